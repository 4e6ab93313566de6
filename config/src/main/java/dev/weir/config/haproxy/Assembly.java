package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.LoadBalancerSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.api.v1alpha1.RouteSpec;
import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.ObjectName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes one LoadBalancer of all sections. Used by one thread and thrown away.
final class Assembly {
  private static final int MAX_LISTENERS = 64;
  private static final int MAX_POOLS = 256;
  private static final int MAX_ROUTES = 1000;
  private static final String TLS_IN_HTTP =
      "mode http cannot look into TLS that passes through: write mode tcp";

  private static final String NO_TCP_ROUTES =
      "'use_backend' chooses by the request, and mode tcp has none; write 'default_backend', and a"
          + " port of its own for each backend, or choose by req.ssl_sni";

  private final ReportDraft report;
  private final Places places;
  private final GlobalDraft global;
  private final List<ProxyDraft> proxies;
  private final Map<String, ProxyDraft> backends = new HashMap<>();

  /// The sections that send traffic to each backend.
  private final Map<ProxyDraft, Set<ProxyDraft>> users = new HashMap<>();

  private final List<ListenerSpec> listeners = new ArrayList<>();
  private final List<PoolSpec> pools = new ArrayList<>();
  private @Nullable List<RouteSpec> routes;
  private boolean incomplete;

  Assembly(ReportDraft report, GlobalDraft global, List<ProxyDraft> proxies) {
    this.report = report;
    this.places = new Places(report);
    this.global = global;
    this.proxies = proxies;
  }

  Imported finish() {
    distinct();
    var poolNames =
        new Names(proxies.stream().filter(p -> p.kind().back()).map(ProxyDraft::name).toList());
    var listenerNames =
        new Names(proxies.stream().filter(p -> p.kind().front()).map(ProxyDraft::name).toList());
    var logs = new AccessLogs(report, places, global);
    var headers = new HeaderAssembly(report, places);
    var poolAssembly = new PoolAssembly(report, places, global, headers, poolNames);
    var listenerAssembly =
        new ListenerAssembly(report, places, global, logs, headers, listenerNames, poolNames);
    var routeAssembly = new RouteAssembly(report, poolNames);
    for (var proxy : proxies) {
      if (proxy.kind().front() && !proxy.binds.isEmpty()) {
        listener(proxy, listenerAssembly, routeAssembly);
      } else if (proxy.kind() == SectionKind.Frontend && !proxy.damaged) {
        leaveOut(proxy, "has no 'bind' and gets no traffic: it is left out");
      }
    }
    for (var proxy : proxies) {
      sharedRedirects(proxy);
      if (backends.get(proxy.name()) == proxy && proxy.hasPool()) {
        pools.add(poolAssembly.pool(proxy, users.getOrDefault(proxy, Set.of())));
      }
    }
    var rendered = routeAssembly.routes(places);
    routes = rendered.isEmpty() ? null : rendered;
    limits(rendered.size());
    var settings =
        new ProcessSettings(
            positive(places.use(global.maxConnections, "")),
            places.use(global.threads, ""),
            logs.stream(),
            ticketSecrets());
    var name = new ObjectName("default", Names.label(baseName(report.file())));
    var documents =
        report.failed()
            ? List.<LoadBalancerResource>of()
            : List.of(
                new LoadBalancerResource(
                    name, null, new LoadBalancerSpec(null, null, listeners, routes, null, pools)));
    return new Imported(documents, settings, report.finish(), places.locator());
  }

  /// The process has one file of them.
  private @Nullable Path ticketSecrets() {
    Setting<String> first = null;
    for (var proxy : proxies) {
      for (var bind : proxy.binds) {
        var file = bind.options().ticketSecrets;
        first = first == null ? file : first;
        if (file != null && first != null && !file.value().equals(first.value())) {
          refuse(
              file.line(),
              proxy,
              Refusal.unsupported(
                  "'tls-ticket-keys' is '%s' on line %d, and a process has one file of them"
                      .formatted(first.value(), first.line())));
        }
      }
    }
    return first == null ? null : Path.of(first.value());
  }

  /// Two frontends may not have one name, nor two backends; a `listen` is both.
  private void distinct() {
    var fronts = new HashMap<String, ProxyDraft>();
    for (var proxy : proxies) {
      incomplete |= proxy.damaged;
      var other = proxy.kind().front() ? fronts.putIfAbsent(proxy.name(), proxy) : null;
      var twin = proxy.kind().back() ? backends.putIfAbsent(proxy.name(), proxy) : null;
      var first = other == null ? twin : other;
      if (first != null) {
        refuse(
            proxy.line(),
            proxy,
            new Refusal(
                "DuplicateName",
                "line %d has the name '%s' already".formatted(first.line(), proxy.name())));
      }
    }
  }

  private void listener(ProxyDraft proxy, ListenerAssembly assembly, RouteAssembly routing) {
    boolean last = proxy.defaultBackend != null || !proxy.servers.isEmpty();
    boolean routed = proxy.isHttp() || proxy.passesTls();
    var rules = routed ? proxy.routeRules() : List.<RouteRule>of();
    Integer tls = proxy.tlsLine();
    if (proxy.isHttp() && tls != null) {
      refuse(tls, proxy, Refusal.unsupported(TLS_IN_HTTP));
    }
    if (!last && rules.isEmpty()) {
      withoutBackend(proxy);
      return;
    }
    var fallback = last ? backend(proxy) : null;
    boolean complete = !last || fallback != null;
    var backends = new LinkedHashSet<ProxyDraft>();
    if (fallback != null) {
      backends.add(fallback);
    }
    for (var rule : proxy.uses) {
      if (!routed) {
        refuse(rule.line(), proxy, Refusal.unsupported(NO_TCP_ROUTES));
      } else if (rule.action() instanceof RouteRule.Use use) {
        var backend = named(proxy, new Setting<>(use.backend(), rule.line()));
        complete &= backend != null;
        if (backend != null) {
          backends.add(backend);
        }
      }
    }
    for (var backend : backends) {
      users.computeIfAbsent(backend, b -> new LinkedHashSet<>()).add(proxy);
    }
    if (complete) {
      var made = assembly.listeners(proxy, fallback, backends);
      listeners.addAll(made);
      if (!rules.isEmpty()) {
        if (fallback == null && !proxy.uses.isEmpty() && proxy.isHttp()) {
          report.notice(
              proxy.line(),
              proxy.where(),
              "Differs",
              "there is no 'default_backend': what no line takes gets 404, in HAProxy 503");
        }
        routes(proxy, fallback, made, routing);
      }
    }
  }

  /// Listeners with and without TLS have routes of their own where a condition tells them apart.
  private static void routes(
      ProxyDraft proxy,
      @Nullable ProxyDraft fallback,
      List<ListenerSpec> made,
      RouteAssembly routing) {
    boolean apart = proxy.routeRules().stream().anyMatch(rule -> rule.condition().asksForTls());
    var kinds = new LinkedHashMap<Boolean, List<String>>();
    for (var listener : made) {
      boolean tls = apart && listener.tls() != null && !proxy.passesTls();
      kinds.computeIfAbsent(tls, t -> new ArrayList<>()).add(listener.name());
    }
    kinds.forEach((tls, names) -> routing.add(proxy, fallback, names, tls));
  }

  /// The lines of a `listen` hold for what other sections send to its servers, too.
  private void sharedRedirects(ProxyDraft proxy) {
    var others = new LinkedHashSet<>(users.getOrDefault(proxy, Set.of()));
    others.remove(proxy);
    for (var rule : others.isEmpty() ? List.<RouteRule>of() : proxy.routeRules()) {
      if (rule.action() instanceof RouteRule.Redirect) {
        refuse(
            rule.line(),
            proxy,
            Refusal.unsupported(
                "other sections send traffic here as well: make a frontend and a backend of it,"
                    + " with the line in the frontends"));
      }
    }
  }

  private void withoutBackend(ProxyDraft proxy) {
    if (!proxy.stats.isEmpty()) {
      leaveOut(proxy, "serves statistics only: it is left out. " + Lines.STATS_NOTE);
    } else if (!proxy.damaged) {
      refuse(
          proxy.line(),
          proxy,
          new Refusal(
              "NoBackend",
              "there is neither 'default_backend' nor 'server': HAProxy would refuse all that"
                  + " comes; add one, or remove the section"));
    }
  }

  private @Nullable ProxyDraft backend(ProxyDraft proxy) {
    var chosen = proxy.defaultBackend;
    if (chosen == null) {
      return proxy;
    }
    report.used(chosen.line());
    var backend = named(proxy, chosen);
    if (backend != null && backend != proxy && !proxy.servers.isEmpty()) {
      report.notice(
          chosen.line(),
          proxy.where(),
          "Differs",
          "'default_backend' takes all traffic: the servers of this section get none");
    }
    return backend;
  }

  private @Nullable ProxyDraft named(ProxyDraft proxy, Setting<String> chosen) {
    var backend = backends.get(chosen.value());
    if (backend == null || (!backend.hasPool() && !backend.damaged)) {
      if (!incomplete || backend == null) {
        refuse(
            chosen.line(),
            proxy,
            new Refusal(
                "BackendNotFound",
                "there is no backend '%s'%s"
                    .formatted(
                        chosen.value(), Refusals.suggestion(chosen.value(), backends.keySet()))));
      }
      return null;
    }
    if (proxy.isHttp() != backend.isHttp()) {
      refuse(
          chosen.line(),
          proxy,
          new Refusal(
              "ModeConflict",
              "%s has mode %s and backend '%s' has mode %s: give both the same"
                  .formatted(proxy.where(), mode(proxy), chosen.value(), mode(backend))));
      return null;
    }
    return backend;
  }

  private void leaveOut(ProxyDraft proxy, String message) {
    report.noted(proxy.line(), proxy.where(), message);
    proxy.section.statements().stream()
        .map(Statement::line)
        .filter(line -> !report.isRefused(line))
        .forEach(report::noted);
  }

  private void limits(int routeCount) {
    if (routeCount > MAX_ROUTES) {
      limit(
          "the conditions make %d routes, and a LoadBalancer has at most %d"
              .formatted(routeCount, MAX_ROUTES));
    }
    if (listeners.size() > MAX_LISTENERS) {
      limit(
          "%d addresses are listened on, and a LoadBalancer has at most %d listeners"
              .formatted(listeners.size(), MAX_LISTENERS));
    }
    if (pools.size() > MAX_POOLS) {
      limit(
          "there are %d backends, and a LoadBalancer has at most %d pools"
              .formatted(pools.size(), MAX_POOLS));
    }
    if (listeners.isEmpty() && !report.failed()) {
      report.refused(
          0, "", new Refusal("NoListener", "nothing is listened on: there is no 'bind'"));
    }
  }

  private void limit(String message) {
    report.refused(0, "", new Refusal("TooMany", message + "; split the file"));
  }

  private void refuse(int line, ProxyDraft proxy, Refusal refusal) {
    report.refused(line, proxy.where(), refusal);
  }

  static String mode(ProxyDraft proxy) {
    return proxy.isHttp() ? "http" : "tcp";
  }

  /// 0 means the default.
  static @Nullable Integer positive(@Nullable Integer number) {
    return number == null || number == 0 ? null : number;
  }

  private static String baseName(String file) {
    var name = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
    int dot = name.lastIndexOf('.');
    var base = dot > 0 ? name.substring(0, dot) : name;
    return base.isEmpty() ? "haproxy" : base;
  }
}
