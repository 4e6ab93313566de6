package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.LoadBalancerSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.ObjectName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes one LoadBalancer of all sections. Used by one thread and thrown away.
final class Assembly {
  private static final int MAX_LISTENERS = 64;
  private static final int MAX_POOLS = 256;

  private final ReportDraft report;
  private final Places places;
  private final GlobalDraft global;
  private final List<ProxyDraft> proxies;
  private final Map<String, ProxyDraft> backends = new HashMap<>();

  /// The sections that send traffic to each backend.
  private final Map<ProxyDraft, Set<ProxyDraft>> users = new HashMap<>();

  private final List<ListenerSpec> listeners = new ArrayList<>();
  private final List<PoolSpec> pools = new ArrayList<>();
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
    var poolAssembly = new PoolAssembly(report, places, headers, poolNames);
    var listenerAssembly =
        new ListenerAssembly(report, places, logs, headers, listenerNames, poolNames);
    for (var proxy : proxies) {
      if (proxy.kind().front() && !proxy.binds.isEmpty()) {
        listener(proxy, listenerAssembly);
      } else if (proxy.kind() == SectionKind.Frontend && !proxy.damaged) {
        leaveOut(proxy, "has no 'bind' and gets no traffic: it is left out");
      }
    }
    for (var proxy : proxies) {
      if (backends.get(proxy.name()) == proxy && proxy.hasPool()) {
        pools.add(poolAssembly.pool(proxy, users.getOrDefault(proxy, Set.of())));
      }
    }
    limits();
    var settings =
        new ProcessSettings(
            positive(places.use(global.maxConnections, "")),
            places.use(global.threads, ""),
            logs.stream());
    var name = new ObjectName("default", Names.label(baseName(report.file())));
    var documents =
        report.failed()
            ? List.<LoadBalancerResource>of()
            : List.of(
                new LoadBalancerResource(
                    name, null, new LoadBalancerSpec(null, null, listeners, null, pools)));
    return new Imported(documents, settings, report.finish(), places.locator());
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

  private void listener(ProxyDraft proxy, ListenerAssembly assembly) {
    if (proxy.defaultBackend == null && proxy.servers.isEmpty()) {
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
      return;
    }
    var backend = backend(proxy);
    if (backend != null) {
      users.computeIfAbsent(backend, b -> new LinkedHashSet<>()).add(proxy);
      listeners.addAll(assembly.listeners(proxy, backend));
    }
  }

  private @Nullable ProxyDraft backend(ProxyDraft proxy) {
    var chosen = proxy.defaultBackend;
    if (chosen == null) {
      return proxy;
    }
    report.used(chosen.line());
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
    if (backend != proxy && !proxy.servers.isEmpty()) {
      report.notice(
          chosen.line(),
          proxy.where(),
          "Differs",
          "'default_backend' takes all traffic: the servers of this section get none");
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

  private void limits() {
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
