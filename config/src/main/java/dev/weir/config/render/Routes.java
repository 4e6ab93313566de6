package dev.weir.config.render;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.BackendSpec;
import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.LoadBalancerSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.api.v1alpha1.RedirectSpec;
import dev.weir.api.v1alpha1.RedirectToHttpsSpec;
import dev.weir.api.v1alpha1.RouteMatchSpec;
import dev.weir.api.v1alpha1.RouteSpec;
import dev.weir.config.ListenerConfig;
import dev.weir.config.RouteConfig;
import dev.weir.config.RouteConfig.PathMatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Renders the routes of one LoadBalancer. Used by one thread and thrown away.
final class Routes {
  private final Problems problems;
  private final List<RouteSpec> routes;
  private final Map<String, ListenerConfig> listeners = new LinkedHashMap<>();
  private final Map<String, RedirectToHttpsSpec> toHttps = new LinkedHashMap<>();
  private final Set<String> pools;

  Routes(LoadBalancerSpec spec, List<ListenerConfig> listeners, Problems problems) {
    this.problems = problems;
    this.routes = requireNonNullElse(spec.routes(), List.<RouteSpec>of());
    listeners.forEach(listener -> this.listeners.put(listener.name(), listener));
    for (var listener : requireNonNullElse(spec.listeners(), List.<ListenerSpec>of())) {
      var redirect = Listeners.redirect(listener);
      if (redirect != null) {
        toHttps.put(listener.name(), redirect);
      }
    }
    this.pools =
        requireNonNullElse(spec.pools(), List.<PoolSpec>of()).stream()
            .map(PoolSpec::name)
            .collect(Collectors.toSet());
  }

  List<RouteConfig> render() {
    var names = new HashSet<String>();
    var rendered = new ArrayList<RouteConfig>();
    for (var route : routes) {
      var path = "spec.routes[" + route.name() + "]";
      if (!names.add(route.name())) {
        problems.refuse(
            path + ".name", "DuplicateName", "another route has the name " + route.name());
      }
      rendered.add(render(route, path));
    }
    toHttps.forEach((listener, redirect) -> rendered.add(toHttps(listener, redirect)));
    return rendered;
  }

  /// The one route of a listener that sends everybody to https. Its name is none that a manifest
  /// can have.
  private RouteConfig toHttps(String listener, RedirectToHttpsSpec spec) {
    var path = "spec.listeners[" + listener + "].http.redirectToHttps";
    int port = requireNonNullElse(spec.port(), Defaults.HTTPS_PORT);
    return new RouteConfig(
        listener + ":redirectToHttps",
        List.of(listener),
        List.of(),
        List.of(new RouteConfig.Path(PathMatch.Prefix, "/")),
        List.of(),
        Defaults.PRIORITY,
        List.of(),
        new RouteConfig.Redirect(
            status(spec.status(), Defaults.TO_HTTPS_STATUS, path),
            "https",
            null,
            port == Defaults.HTTPS_PORT ? null : port,
            null,
            null),
        null,
        null);
  }

  private int status(@Nullable Integer wanted, int fallback, String path) {
    int status = requireNonNullElse(wanted, fallback);
    if (!RouteConfig.Redirect.STATUSES.contains(status)) {
      problems.refuse(
          path + ".status", "InvalidStatus", status + " is not 301, 302, 303, 307 or 308");
    }
    return status;
  }

  private RouteConfig render(RouteSpec route, String path) {
    var paths = paths(route);
    var own = listeners(route, path + ".listeners");
    fits(route, own, path);
    return new RouteConfig(
        route.name(),
        own,
        requireNonNullElse(route.hosts(), List.<String>of()),
        paths,
        requireNonNullElse(route.matches(), List.<RouteMatchSpec>of()).stream()
            .map(RouteMatchSpec::alpn)
            .filter(Objects::nonNull)
            .toList(),
        requireNonNullElse(route.priority(), Defaults.PRIORITY),
        backends(route, path + ".backends"),
        redirect(route.redirect(), paths, path + ".redirect"),
        HeaderEdits.render(route.requestHeaders(), path + ".requestHeaders", problems),
        HeaderEdits.render(route.responseHeaders(), path + ".responseHeaders", problems));
  }

  private List<String> listeners(RouteSpec route, String path) {
    if (route.listeners() == null) {
      var http =
          named(
              listener ->
                  listener.protocol() == ListenerConfig.Protocol.HTTP
                      && !toHttps.containsKey(listener.name()));
      return http.isEmpty() ? named(ListenerConfig::passthrough) : http;
    }
    for (var name : route.listeners()) {
      var listener = listeners.get(name);
      if (listener == null) {
        problems.dangling(
            path + "[" + name + "]",
            "ListenerNotFound",
            "there is no listener '%s'; the listeners are %s"
                .formatted(name, String.join(", ", listeners.keySet())));
      } else if (!listener.routes()) {
        problems.refuse(
            path + "[" + name + "]",
            "RouteOnTcp",
            "listener '%s' relays bytes as they are: routes are for protocol HTTP, and for TCP with tls.mode Passthrough"
                .formatted(name));
      } else if (toHttps.containsKey(name)) {
        problems.refuse(
            path + "[" + name + "]",
            "RouteOnRedirect",
            "listener '" + name + "' redirects everything to https and has no other routes");
      }
    }
    return route.listeners();
  }

  private List<String> named(Predicate<ListenerConfig> which) {
    return listeners.values().stream().filter(which).map(ListenerConfig::name).toList();
  }

  /// A route has nothing that one of its listeners cannot see.
  private void fits(RouteSpec route, List<String> names, String path) {
    var own = names.stream().map(listeners::get).filter(Objects::nonNull).toList();
    boolean edits = route.requestHeaders() != null || route.responseHeaders() != null;
    var matches = requireNonNullElse(route.matches(), List.<RouteMatchSpec>of());
    for (var listener : own) {
      if (listener.passthrough()) {
        unseen(route.redirect() != null, path + ".redirect", listener);
        unseen(edits, path + ".requestHeaders", listener);
        unseen(matches.stream().anyMatch(m -> m.path() != null), path + ".matches", listener);
      } else if (listener.routes() && matches.stream().anyMatch(m -> m.alpn() != null)) {
        problems.refuse(
            path + ".matches",
            "AlpnOnHttp",
            "alpn is for listeners that pass TLS through, and listener '%s' is not one"
                .formatted(listener.name()));
      }
    }
  }

  private void unseen(boolean wanted, String path, ListenerConfig listener) {
    if (wanted) {
      problems.refuse(
          path,
          "RouteOnTls",
          "listener '%s' passes TLS through, and what is in it is not seen: only hosts and alpn can be told apart"
              .formatted(listener.name()));
    }
  }

  private List<RouteConfig.Path> paths(RouteSpec route) {
    var paths = new ArrayList<RouteConfig.Path>();
    for (var match : requireNonNullElse(route.matches(), List.<RouteMatchSpec>of())) {
      var wanted = match.path();
      if (wanted == null && match.alpn() != null) {
        continue;
      }
      if (wanted != null && wanted.exact() != null) {
        paths.add(new RouteConfig.Path(PathMatch.Exact, wanted.exact()));
      } else {
        var prefix = wanted == null ? null : wanted.prefix();
        paths.add(new RouteConfig.Path(PathMatch.Prefix, requireNonNullElse(prefix, "/")));
      }
    }
    return paths;
  }

  private List<RouteConfig.Backend> backends(RouteSpec route, String path) {
    var backends = new ArrayList<RouteConfig.Backend>();
    long sum = 0;
    for (var backend : requireNonNullElse(route.backends(), List.<BackendSpec>of())) {
      if (!pools.contains(backend.pool())) {
        problems.dangling(
            path + "[" + backend.pool() + "]",
            "PoolNotFound",
            "there is no pool '" + backend.pool() + "'");
      }
      int weight = requireNonNullElse(backend.weight(), Defaults.BACKEND_WEIGHT);
      sum += weight;
      backends.add(new RouteConfig.Backend(backend.pool(), weight));
    }
    if (!backends.isEmpty() && sum == 0) {
      problems.unready(
          path, "NoWeight", "no backend has a weight above 0: requests are answered with 503");
    }
    return backends;
  }

  private RouteConfig.@Nullable Redirect redirect(
      @Nullable RedirectSpec redirect, List<RouteConfig.Path> paths, String path) {
    if (redirect == null) {
      return null;
    }
    int status = status(redirect.status(), Defaults.REDIRECT_STATUS, path);
    var to = redirect.path();
    boolean prefix = to != null && to.replacePrefix() != null;
    if (prefix && paths.stream().anyMatch(p -> p.match() != PathMatch.Prefix)) {
      problems.refuse(
          path + ".path.replacePrefix",
          "PrefixNotMatched",
          "only a prefix can be replaced, and this route matches an exact path");
    }
    return new RouteConfig.Redirect(
        status,
        redirect.scheme(),
        redirect.host(),
        redirect.port(),
        to == null ? null : to.full(),
        to == null ? null : to.replacePrefix());
  }
}
