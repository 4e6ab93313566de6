package dev.weir.config.haproxy;

import static dev.weir.config.haproxy.ProxyDraft.Timeout.Client;
import static dev.weir.config.haproxy.ProxyDraft.Timeout.HttpKeepAlive;
import static dev.weir.config.haproxy.ProxyDraft.Timeout.HttpRequest;
import static dev.weir.config.haproxy.ProxyDraft.Timeout.Tunnel;

import dev.weir.api.v1alpha1.ForwardedSpec;
import dev.weir.api.v1alpha1.HeaderEditsSpec;
import dev.weir.api.v1alpha1.HttpSpec;
import dev.weir.api.v1alpha1.ListenerLimitsSpec;
import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.ListenerTimeoutsSpec;
import dev.weir.api.v1alpha1.ProxyProtocolSpec;
import dev.weir.api.v1alpha1.TlsSpec;
import dev.weir.config.Addresses;
import dev.weir.config.haproxy.ProxyDraft.Timeout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes the listeners of a `frontend` or `listen`. Used by one thread and thrown away.
final class ListenerAssembly {
  private static final TlsSpec PASSTHROUGH =
      new TlsSpec(TlsSpec.Mode.Passthrough, null, null, null, null, null);

  private static final String TLS_TWICE =
      "'ssl' ends TLS here, and conditions on req.ssl look at TLS that passes through: remove one of"
          + " the two";

  private static final List<String> EVERYONE = List.of("0.0.0.0/0", "::/0");

  private final ReportDraft report;
  private final Places places;
  private final BindTlsAssembly tls;
  private final AccessLogs logs;
  private final HeaderAssembly headers;
  private final Names names;
  private final Names poolNames;

  ListenerAssembly(
      ReportDraft report,
      Places places,
      GlobalDraft global,
      AccessLogs logs,
      HeaderAssembly headers,
      Names names,
      Names poolNames) {
    this.report = report;
    this.places = places;
    this.tls = new BindTlsAssembly(report, places, global);
    this.logs = logs;
    this.headers = headers;
    this.names = names;
    this.poolNames = poolNames;
  }

  /// One listener for each address.
  ///
  /// @param fallback where traffic goes that no line takes; null for nowhere
  /// @param backends all that traffic may go to
  List<ListenerSpec> listeners(
      ProxyDraft proxy, @Nullable ProxyDraft fallback, Set<ProxyDraft> backends) {
    var name = names.of(proxy.name());
    if (!name.equals(proxy.name())) {
      report.notice(
          proxy.line(), proxy.where(), "Renamed", "the listener is called '%s'".formatted(name));
    }
    if (client(proxy) == null) {
      report.notice(
          proxy.line(),
          proxy.where(),
          "Missing",
          "there is no 'timeout client': HAProxy would wait forever, Weir waits 50s");
    }
    var binds = merged(proxy.binds);
    var limit = proxy.maxConnections;
    if (binds.size() > 1 && limit != null && limit.value() > 0) {
      report.notice(
          limit.line(),
          proxy.where(),
          "Differs",
          "the limit of %d connections holds for each of the %d addresses"
              .formatted(limit.value(), binds.size()));
    }
    if (binds.size() > 1) {
      headers.severalNames(proxy);
    }
    boolean forwards = forwardsFor(proxy, backends);
    var tunnel = tunnel(proxy, backends);
    var listeners = new ArrayList<ListenerSpec>();
    for (var bind : binds) {
      var suffix = binds.size() == 1 ? "" : suffix(bind, binds);
      listeners.add(listener(proxy, fallback, forwards, tunnel, bind, Names.label(name + suffix)));
    }
    return listeners;
  }

  /// `*:80` beside `[::]:80` is one listener on all addresses.
  private List<Bind> merged(List<Bind> binds) {
    var merged = new LinkedHashMap<List<Object>, Bind>();
    for (var bind : binds) {
      boolean any = List.of("*", "0.0.0.0", "::").contains(bind.address());
      merged.merge(
          List.of(any ? "*" : bind.address(), bind.port(), tls.likeness(bind)),
          bind,
          (one, other) -> one.address().equals(other.address()) ? one : one.on("*"));
    }
    return List.copyOf(merged.values());
  }

  private static String suffix(Bind bind, List<Bind> binds) {
    if (bind.unix()) {
      var path = Addresses.socketPath(bind.address());
      var file = path.substring(path.lastIndexOf('/') + 1);
      long same = binds.stream().filter(other -> other.address().endsWith("/" + file)).count();
      return "-" + (same > 1 ? path : file);
    }
    long same = binds.stream().filter(other -> other.port() == bind.port()).count();
    return "-" + bind.port() + (same > 1 ? "-" + bind.address() : "");
  }

  /// Whether X-Forwarded-For is written: the listener does so for all of its backends, or for none.
  private boolean forwardsFor(ProxyDraft proxy, Set<ProxyDraft> backends) {
    if (!proxy.isHttp()) {
      return false;
    }
    boolean all = HeaderAssembly.forwardsFor(proxy);
    var those = backends.stream().filter(HeaderAssembly::forwardsFor).toList();
    for (var backend : those) {
      var setting = backend.forwardFor;
      if (setting == null) {
        continue;
      }
      report.used(setting.line());
      if (!all && those.size() < backends.size()) {
        report.refused(
            setting.line(),
            backend.where(),
            Refusal.unsupported(
                "other backends of %s are without 'option forwardfor', and a listener does the same"
                        .formatted(proxy.where())
                    + " for all: write it in the frontend, or in each of them"));
      }
    }
    return all || !those.isEmpty();
  }

  /// The longest `timeout tunnel` of the backends.
  private @Nullable Setting<Long> tunnel(ProxyDraft proxy, Set<ProxyDraft> backends) {
    Setting<Long> longest = null;
    boolean same = true;
    for (var backend : backends) {
      var setting = backend.timeouts.get(Tunnel);
      if (setting != null) {
        report.used(setting.line());
        same &= longest == null || longest.value().equals(setting.value());
        longest = longest == null || longest.value() < setting.value() ? setting : longest;
      }
    }
    if (!same && longest != null) {
      report.notice(
          longest.line(),
          proxy.where(),
          "Differs",
          "a listener has one timeout for tunnels: it holds for all backends of the section");
    }
    return longest;
  }

  private ListenerSpec listener(
      ProxyDraft proxy,
      @Nullable ProxyDraft fallback,
      boolean forwards,
      @Nullable Setting<Long> tunnel,
      Bind bind,
      String name) {
    var path = "spec.listeners[" + name + "]";
    proxy.binds.forEach(one -> report.used(one.line()));
    places.put(path, proxy.line());
    places.put(path + ".port", bind.line());
    places.put(path + ".address", bind.line());
    places.put(path + ".proxyProtocol", bind.line());
    places.use(proxy.http, path + ".protocol");
    places.use(proxy.defaultBackend, path + ".defaultPool");
    places.use(proxy.keepAlive, path);
    return new ListenerSpec(
        name,
        bind.port(),
        proxy.isHttp() ? ListenerSpec.Protocol.HTTP : ListenerSpec.Protocol.TCP,
        bind.address(),
        null,
        fallback == null ? null : poolNames.of(fallback.name()),
        tls(proxy, bind, path),
        proxy.isHttp() ? http(proxy, forwards, bind, path + ".http") : null,
        requestHeaders(proxy, forwards, bind, path + ".requestHeaders"),
        proxy.isHttp()
            ? headers.edits(proxy, on(proxy.responseHeaders, bind), path + ".responseHeaders")
            : null,
        timeouts(proxy, tunnel, path + ".timeouts."),
        limits(proxy, path + ".limits.connections"),
        bind.options().proxied
            ? new ProxyProtocolSpec(ProxyProtocolSpec.Accept.Required, EVERYONE)
            : null,
        logs.of(proxy, path + ".accessLog"));
  }

  private @Nullable TlsSpec tls(ProxyDraft proxy, Bind bind, String path) {
    if (proxy.passesTls() && bind.options().tls) {
      report.refused(bind.line(), proxy.where(), Refusal.unsupported(TLS_TWICE));
    }
    if (!proxy.isHttp() && bind.options().versions != null) {
      report.notice(
          bind.line(),
          proxy.where(),
          "Differs",
          "in mode tcp no protocol is offered by ALPN, and clients go without");
    }
    return proxy.passesTls() ? PASSTHROUGH : tls.tls(proxy, bind, path);
  }

  private static List<HeaderRule> on(List<HeaderRule> rules, Bind bind) {
    return HeaderAssembly.on(rules, bind.options().tls, bind.port());
  }

  private HttpSpec http(ProxyDraft proxy, boolean forwards, Bind bind, String path) {
    return new HttpSpec(
        places.use(bind.options().versions, path + ".versions"),
        forwarded(proxy, forwards, bind, path + ".forwarded"),
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private ForwardedSpec forwarded(ProxyDraft proxy, boolean forwards, Bind bind, String path) {
    places.use(proxy.forwardFor, path);
    if (!forwards) {
      return new ForwardedSpec(ForwardedSpec.Headers.None, null);
    }
    var distrust = HeaderAssembly.distrust(on(proxy.requestHeaders, bind));
    if (distrust == null) {
      return new ForwardedSpec(ForwardedSpec.Headers.XForwarded, EVERYONE);
    }
    places.put(path + ".trust", distrust.line());
    report.notice(
        distrust.line(),
        proxy.where(),
        "Differs",
        "nobody is believed who the client is: X-Forwarded-Proto, X-Forwarded-Host and Forwarded of"
            + " clients are replaced as well");
    return new ForwardedSpec(ForwardedSpec.Headers.XForwarded, null);
  }

  private @Nullable HeaderEditsSpec requestHeaders(
      ProxyDraft proxy, boolean forwards, Bind bind, String path) {
    if (!proxy.isHttp()) {
      return null;
    }
    var rules = new ArrayList<>(on(proxy.requestHeaders, bind));
    var id = proxy.uniqueIdHeader;
    if (id != null) {
      rules.add(new HeaderRule(HeaderRule.Action.Add, id.value(), "%{request.id}", id.line()));
    }
    return headers.edits(proxy, forwards ? headers.withForwardFor(proxy, rules) : rules, path);
  }

  private @Nullable ListenerTimeoutsSpec timeouts(
      ProxyDraft proxy, @Nullable Setting<Long> tunnel, String path) {
    var client = client(proxy);
    if (!proxy.isHttp()) {
      var idle = duration(tunnel == null ? client : tunnel, path + "idle");
      var header = proxy.passesTls() ? duration(proxy.inspectDelay, path + "header") : null;
      return idle == null && header == null
          ? null
          : new ListenerTimeoutsSpec(header, null, idle, null, null, null);
    }
    var request = first(proxy, HttpRequest, Client);
    var keepAlive = first(proxy, HttpKeepAlive, HttpRequest, Client);
    if (request == null && keepAlive == null && tunnel == null) {
      return null;
    }
    return new ListenerTimeoutsSpec(
        duration(request, path + "header"),
        duration(keepAlive, path + "keepAlive"),
        duration(client, path + "idle"),
        null,
        duration(tunnel, path + "tunnelIdle"),
        null);
  }

  private static @Nullable Setting<Long> client(ProxyDraft proxy) {
    return proxy.timeouts.get(Client);
  }

  private static @Nullable Setting<Long> first(ProxyDraft proxy, Timeout... timeouts) {
    for (var timeout : timeouts) {
      var setting = proxy.timeouts.get(timeout);
      if (setting != null) {
        return setting;
      }
    }
    return null;
  }

  private @Nullable String duration(@Nullable Setting<Long> setting, String path) {
    var millis = places.use(setting, path);
    return millis == null ? null : Units.duration(millis);
  }

  private @Nullable ListenerLimitsSpec limits(ProxyDraft proxy, String path) {
    var connections = Assembly.positive(places.use(proxy.maxConnections, path));
    return connections == null ? null : new ListenerLimitsSpec(connections, null, null);
  }
}
