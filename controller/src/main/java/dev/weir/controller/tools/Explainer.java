package dev.weir.controller.tools;

import dev.weir.config.BindConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.ListenerConfig.Protocol;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.RouteConfig;
import dev.weir.config.render.Rendered;
import dev.weir.config.route.HostChoice;
import dev.weir.config.route.RouteChoice;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Says what becomes of a request, as [RouteChoice] routes it. Pure.
///
/// @param endpoints says why each is in or out
record Explainer(EndpointReasons endpoints) {

  /// A LoadBalancer with a rendering.
  ///
  /// @param proxies see [Explanation.Answer]
  /// @param note see [Explanation.Answer]
  /// @param lost whether it shares no port with others, since it lost one to them
  record Subject(
      Rendered rendered, @Nullable String proxies, @Nullable String note, boolean lost) {}

  /// A listener on the URL's port.
  private record Heard(Subject subject, LoadBalancerConfig config, ListenerConfig listener) {}

  /// Explains one URL.
  ///
  /// @param url with a scheme and a host
  Explanation explain(URI url, List<Subject> subjects) {
    Map<String, List<Heard>> binds = new LinkedHashMap<>();
    List<String> listeners = new ArrayList<>();
    for (Subject subject : subjects) {
      LoadBalancerConfig config = subject.rendered().config();
      if (config == null) {
        continue;
      }
      for (ListenerConfig listener : config.listeners()) {
        BindConfig bind =
            config.binds().stream()
                .filter(b -> b.id().equals(listener.bind()))
                .findFirst()
                .orElseThrow();
        listeners.add(
            "%s, listener %s: %s on %s"
                .formatted(config.name(), listener.name(), listener.protocol(), bind.id()));
        if (!bind.unix() && bind.port() == port(url)) {
          String alone = subject.lost() ? " " + config.name() : "";
          binds
              .computeIfAbsent(subject.proxies() + " " + bind.id() + alone, b -> new ArrayList<>())
              .add(new Heard(subject, config, listener));
        }
      }
    }
    var answers = binds.values().stream().map(sharing -> answer(url, sharing)).toList();
    return new Explanation(url.toString(), answers, answers.isEmpty() ? listeners : List.of());
  }

  /// Of listeners that share a bind the one that has the host answers.
  private Explanation.Answer answer(URI url, List<Heard> sharing) {
    Map<String, Heard> byHost = new HashMap<>();
    Heard rest = null;
    for (Heard heard : sharing) {
      heard.listener().hosts().forEach(host -> byHost.put(host, heard));
      rest = heard.listener().hosts().isEmpty() ? heard : rest;
    }
    String host = HostChoice.best(byHost.keySet(), url.getHost());
    Heard chosen = host == null ? rest : byHost.get(host);
    if (chosen != null) {
      return answer(url, chosen.subject(), chosen.config(), chosen.listener());
    }
    Heard first = sharing.getFirst();
    return new Explanation.Answer(
        first.config().name(),
        first.subject().proxies(),
        first.listener().name(),
        first.listener().bind(),
        first.listener().protocol().name(),
        first.subject().note(),
        null,
        null,
        List.of(),
        "no listener here has the host, only %s: 404"
            .formatted(String.join(", ", new TreeSet<>(byHost.keySet()))),
        false,
        List.of());
  }

  /// The URL's port, or that of its scheme.
  private static int port(URI url) {
    return url.getPort() >= 0 ? url.getPort() : "https".equals(url.getScheme()) ? 443 : 80;
  }

  private Explanation.Answer answer(
      URI url, Subject subject, LoadBalancerConfig config, ListenerConfig listener) {
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    List<RouteChoice.Match> matches =
        listener.protocol() == Protocol.TCP
            ? List.of()
            : RouteChoice.matches(
                config.routes().stream()
                    .filter(route -> route.listeners().contains(listener.name()))
                    .toList(),
                url.getHost(),
                path);
    RouteChoice.Match match = matches.isEmpty() ? null : matches.getFirst();
    List<Explanation.Pool> pools = pools(subject.rendered(), match, listener.defaultPool());
    String handshake = handshake(url, listener);
    Result result =
        handshake == null ? result(match, listener, pools) : new Result(handshake, false);
    return new Explanation.Answer(
        config.name(),
        subject.proxies(),
        listener.name(),
        listener.bind(),
        listener.protocol().name(),
        subject.note(),
        match == null ? null : match.route().name(),
        match == null ? null : by(match),
        matches.stream()
            .skip(1)
            .map(other -> other.route().name() + " (" + by(other) + ")")
            .toList(),
        result.text(),
        result.served(),
        pools);
  }

  /// What goes wrong before there is a request; null for nothing.
  private static @Nullable String handshake(URI url, ListenerConfig listener) {
    boolean asked = "https".equals(url.getScheme());
    if (listener.protocol() == Protocol.TCP || asked == (listener.tls() != null)) {
      return null;
    }
    return asked
        ? "the listener has no TLS: the handshake fails"
        : "the listener has TLS and gets none: the connection is closed";
  }

  private static String by(RouteChoice.Match match) {
    var path = match.path();
    String host = match.host() == null ? "every host" : "host " + match.host();
    String text =
        path == null
            ? "every path"
            : switch (path.match()) {
              case Exact -> "exactly the path " + path.value();
              case Prefix -> "the prefix " + path.value();
            };
    int priority = match.route().priority();
    return host + " and " + text + (priority == 0 ? "" : ", priority " + priority);
  }

  private List<Explanation.Pool> pools(
      Rendered rendered, RouteChoice.@Nullable Match match, @Nullable String fallback) {
    if (match == null) {
      return fallback == null ? List.of() : List.of(endpoints.pool(rendered, fallback, null));
    }
    List<RouteConfig.Backend> backends = match.route().backends();
    int sum = backends.stream().mapToInt(RouteConfig.Backend::weight).sum();
    return backends.stream()
        .map(
            backend ->
                endpoints.pool(
                    rendered,
                    backend.pool(),
                    backends.size() == 1 ? null : backend.weight() + " of " + sum))
        .toList();
  }

  private record Result(String text, boolean served) {}

  private static Result result(
      RouteChoice.@Nullable Match match, ListenerConfig listener, List<Explanation.Pool> pools) {
    if (match != null && match.route().redirect() != null) {
      return new Result(redirect(match.route().redirect()), true);
    }
    boolean tcp = listener.protocol() == Protocol.TCP;
    if (pools.isEmpty()) {
      return new Result(
          match == null
              ? "no route fits and there is no defaultPool: 404"
              : "the route has no backend: 503",
          false);
    }
    String why = match != null ? "" : tcp ? "" : "no route fits, so defaultPool: ";
    if (pools.stream().noneMatch(pool -> pool.in() > 0 && !"0".equals(weight(pool)))) {
      return new Result(
          why + (tcp ? "no endpoint is in: the connection is closed" : "no endpoint is in: 503"),
          false);
    }
    return new Result(why + (tcp ? "relayed" : "forwarded"), true);
  }

  private static String weight(Explanation.Pool pool) {
    return Objects.requireNonNullElse(pool.share(), "all").replaceFirst(" of .*", "");
  }

  private static String redirect(RouteConfig.Redirect redirect) {
    var changes = new ArrayList<String>();
    if (redirect.scheme() != null) {
      changes.add("scheme " + redirect.scheme());
    }
    if (redirect.host() != null) {
      changes.add("host " + redirect.host());
    }
    if (redirect.port() != null) {
      changes.add("port " + redirect.port());
    }
    if (redirect.path() != null) {
      changes.add("path " + redirect.path());
    }
    if (redirect.prefix() != null) {
      changes.add("the prefix becomes " + redirect.prefix());
    }
    return "redirected with "
        + redirect.status()
        + (changes.isEmpty() ? "" : ": " + String.join(", ", changes));
  }
}
