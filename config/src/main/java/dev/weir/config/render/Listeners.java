package dev.weir.config.render;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.AccessLogSpec;
import dev.weir.api.v1alpha1.ForwardedSpec;
import dev.weir.api.v1alpha1.HttpSpec;
import dev.weir.api.v1alpha1.ListenerLimitsSpec;
import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.ListenerTimeoutsSpec;
import dev.weir.api.v1alpha1.LoadBalancerSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.api.v1alpha1.ProxyProtocolSpec;
import dev.weir.api.v1alpha1.RedirectToHttpsSpec;
import dev.weir.config.Addresses;
import dev.weir.config.BindClaims;
import dev.weir.config.BindConfig;
import dev.weir.config.ListenerConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Renders the listeners of one LoadBalancer and their binds. Used by one thread and thrown away.
final class Listeners {
  private static final ForwardedSpec NO_FORWARDED = new ForwardedSpec(null, null);
  private static final ListenerTimeoutsSpec NO_TIMEOUTS =
      new ListenerTimeoutsSpec(null, null, null, null, null, null);
  private static final HttpSpec NO_HTTP =
      new HttpSpec(null, null, null, null, null, null, null, null);
  private static final ListenerLimitsSpec NO_LIMITS = new ListenerLimitsSpec(null, null, null);
  private static final long LEAST_HEAD = 1024;
  private static final long MOST_HEAD = 1024 * 1024;
  private static final long MOST_BODY = 1L << 50;
  private static final long MOST_RATE = 1L << 40;
  private static final AccessLogSpec NO_LOG = new AccessLogSpec(null, null);

  private final RenderOptions options;
  private final LoadBalancerSpec spec;
  private final Set<String> pools;
  private final Problems problems;
  private final TlsListeners tls;
  private final Set<BindConfig> binds = new LinkedHashSet<>();

  Listeners(
      RenderOptions options,
      LoadBalancerSpec spec,
      CredentialReferences credentials,
      Problems problems) {
    this.options = options;
    this.spec = spec;
    this.problems = problems;
    this.tls = new TlsListeners(credentials, problems);
    this.pools =
        requireNonNullElse(spec.pools(), List.<PoolSpec>of()).stream()
            .map(PoolSpec::name)
            .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  List<BindConfig> binds() {
    return List.copyOf(binds);
  }

  List<ListenerConfig> render() {
    if (spec.defaultPool() != null) {
      find(spec.defaultPool(), "spec.defaultPool");
    }
    var names = new HashSet<String>();
    var rendered = new ArrayList<ListenerConfig>();
    var claims = new BindClaims();
    for (var listener : requireNonNullElse(spec.listeners(), List.<ListenerSpec>of())) {
      var path = "spec.listeners[" + listener.name() + "]";
      if (!names.add(listener.name())) {
        problems.refuse(
            path + ".name", "DuplicateName", "another listener has the name " + listener.name());
      }
      checkBind(listener, path);
      var bind = bind(listener);
      binds.add(bind);
      var config = render(listener, bind, path);
      claim(BindClaims.of("", config, bind), claims, path);
      rendered.add(config);
    }
    return rendered;
  }

  private void checkBind(ListenerSpec listener, String path) {
    int port = listener.port();
    var address = address(listener);
    if (Addresses.isUnix(address)) {
      problems.socket(address, port, options, path);
      return;
    }
    if (port < 1 || port > 65_535) {
      problems.refuse(path + ".port", "InvalidPort", port + " is not a port (1 to 65535)");
    }
    if (options.reservedPorts().contains(port)) {
      problems.refuse(
          path + ".port",
          "PortReserved",
          "port " + port + " is the proxy's own, for health and metrics; choose another");
    }
    if (!address.equals("*")) {
      var literal = Addresses.literal(address);
      if (literal == null || literal.isMulticastAddress()) {
        problems.refuse(
            path + ".address",
            "InvalidAddress",
            "'" + address + "' is not an IP address that can be listened on; use one, or *");
      }
    }
  }

  private void claim(BindClaims.Claim claim, BindClaims earlier, String path) {
    var conflict = earlier.conflict(claim);
    if (conflict == null) {
      earlier.hold(claim);
    } else {
      problems.refuse(path + "." + conflict.field(), "PortConflict", conflict.message());
    }
  }

  private static BindConfig bind(ListenerSpec listener) {
    return new BindConfig(address(listener), listener.port());
  }

  private static String address(ListenerSpec listener) {
    return requireNonNullElse(listener.address(), Defaults.LISTENER_ADDRESS);
  }

  private ListenerConfig render(ListenerSpec listener, BindConfig bind, String path) {
    var protocol =
        switch (requireNonNullElse(listener.protocol(), Defaults.PROTOCOL)) {
          case HTTP -> ListenerConfig.Protocol.HTTP;
          case TCP -> ListenerConfig.Protocol.TCP;
        };
    var pool = defaultPool(listener, path);
    boolean passthrough = TlsListeners.passthrough(listener);
    boolean needed = protocol == ListenerConfig.Protocol.TCP && (!passthrough || noRoutes());
    if (pool == null && needed && !dangling(listener)) {
      problems.refuse(
          path + ".defaultPool",
          "DefaultPoolRequired",
          "a TCP listener needs a pool, and there %s: set defaultPool here or in spec"
              .formatted(pools.isEmpty() ? "is none" : "are several (" + list(pools) + ")"));
    }
    if (pool != null && protocol == ListenerConfig.Protocol.TCP) {
      refuseHttp(pool, path);
    }
    return new ListenerConfig(
        listener.name(),
        bind.id(),
        requireNonNullElse(listener.hosts(), List.<String>of()),
        protocol,
        passthrough,
        pool,
        forwarded(listener, path),
        versions(listener),
        timeouts(requireNonNullElse(listener.timeouts(), NO_TIMEOUTS), path + ".timeouts."),
        limits(listener, path + ".http."),
        accessLog(requireNonNullElse(listener.accessLog(), NO_LOG)),
        proxyProtocol(listener.proxyProtocol(), path + ".proxyProtocol.from"),
        HeaderEdits.render(listener.requestHeaders(), path + ".requestHeaders", problems),
        HeaderEdits.render(listener.responseHeaders(), path + ".responseHeaders", problems),
        tls.render(listener, path));
  }

  private @Nullable String defaultPool(ListenerSpec listener, String path) {
    if (redirect(listener) != null) {
      return null;
    }
    if (listener.defaultPool() != null) {
      return find(listener.defaultPool(), path + ".defaultPool") ? listener.defaultPool() : null;
    }
    if (spec.defaultPool() != null) {
      return pools.contains(spec.defaultPool()) ? spec.defaultPool() : null;
    }
    boolean only = pools.size() == 1 && (!routes(listener) || noRoutes());
    return only ? pools.iterator().next() : null;
  }

  private static boolean routes(ListenerSpec listener) {
    return requireNonNullElse(listener.protocol(), Defaults.PROTOCOL) == ListenerSpec.Protocol.HTTP
        || TlsListeners.passthrough(listener);
  }

  /// How every request is sent to https; null when none is.
  static @Nullable RedirectToHttpsSpec redirect(ListenerSpec listener) {
    return listener.http() == null ? null : listener.http().redirectToHttps();
  }

  private boolean noRoutes() {
    return spec.routes() == null || spec.routes().isEmpty();
  }

  /// A relay does not look at what it passes on.
  private void refuseHttp(String pool, String path) {
    for (var spec : requireNonNullElse(this.spec.pools(), List.<PoolSpec>of())) {
      if (!spec.name().equals(pool)) {
        continue;
      }
      if (spec.requestHeaders() != null || spec.responseHeaders() != null) {
        refuseHttp("HeadersOnTcp", pool, "edits headers", path);
      }
      if (spec.protocol() != null) {
        refuseHttp("ProtocolOnTcp", pool, "has a protocol", path);
      }
    }
  }

  private void refuseHttp(String rule, String pool, String what, String path) {
    problems.refuse(
        path + ".defaultPool",
        rule,
        "pool '%s' %s, and this listener relays bytes as they are: give it a pool of its own"
            .formatted(pool, what));
  }

  private boolean dangling(ListenerSpec listener) {
    return listener.defaultPool() != null || spec.defaultPool() != null;
  }

  private boolean find(String pool, String path) {
    if (pools.contains(pool)) {
      return true;
    }
    problems.dangling(
        path,
        "PoolNotFound",
        "there is no pool '%s'; %s"
            .formatted(
                pool, pools.isEmpty() ? "spec.pools is empty" : "the pools are " + list(pools)));
    return false;
  }

  private static String list(Set<String> names) {
    var shown = names.stream().limit(8).collect(Collectors.joining(", "));
    return names.size() > 8 ? shown + ", …" : shown;
  }

  private ListenerConfig.Forwarded forwarded(ListenerSpec listener, String path) {
    var http = listener.http();
    var forwarded = requireNonNullElse(http == null ? null : http.forwarded(), NO_FORWARDED);
    var trust = requireNonNullElse(forwarded.trust(), List.<String>of());
    networks(trust, path + ".http.forwarded.trust");
    var headers =
        switch (requireNonNullElse(forwarded.headers(), Defaults.FORWARDED)) {
          case XForwarded -> ListenerConfig.ForwardedHeaders.XForwarded;
          case Forwarded -> ListenerConfig.ForwardedHeaders.Forwarded;
          case None -> ListenerConfig.ForwardedHeaders.None;
        };
    return new ListenerConfig.Forwarded(headers, trust);
  }

  private void networks(List<String> networks, String path) {
    for (var network : networks) {
      if (!Addresses.isNetwork(network)) {
        problems.refuse(
            path + "[" + network + "]",
            "InvalidNetwork",
            "'" + network + "' is not a network in CIDR notation, such as 10.0.0.0/8");
      }
    }
  }

  private ListenerConfig.@Nullable ProxyProtocol proxyProtocol(
      @Nullable ProxyProtocolSpec spec, String path) {
    if (spec == null) {
      return null;
    }
    networks(spec.from(), path);
    return new ListenerConfig.ProxyProtocol(spec.from());
  }

  private static ListenerConfig.Versions versions(ListenerSpec listener) {
    var http = requireNonNullElse(listener.http(), NO_HTTP);
    var limits = requireNonNullElse(listener.limits(), NO_LIMITS);
    var versions = requireNonNullElse(http.versions(), Defaults.VERSIONS);
    return new ListenerConfig.Versions(
        versions.contains(HttpSpec.Version.HTTP1),
        versions.contains(HttpSpec.Version.HTTP2),
        requireNonNullElse(limits.streams(), Defaults.STREAMS),
        requireNonNullElse(http.allowConnect(), Defaults.ALLOW_CONNECT));
  }

  private ListenerConfig.Limits limits(ListenerSpec listener, String path) {
    var http = requireNonNullElse(listener.http(), NO_HTTP);
    var limits = requireNonNullElse(listener.limits(), NO_LIMITS);
    return new ListenerConfig.Limits(
        requireNonNullElse(limits.connections(), 0),
        requireNonNullElse(limits.connectionsPerClient(), 0),
        (int)
            problems.size(
                http.maxHeadSize(),
                Defaults.MAX_HEAD_SIZE,
                LEAST_HEAD,
                MOST_HEAD,
                path + "maxHeadSize"),
        requireNonNullElse(http.maxHeaders(), Defaults.MAX_HEADERS),
        problems.size(http.maxBodySize(), 0, 1, MOST_BODY, path + "maxBodySize"),
        problems.size(
            http.minBodyRate(), Defaults.MIN_BODY_RATE, 0, MOST_RATE, path + "minBodyRate"));
  }

  private ListenerConfig.Timeouts timeouts(ListenerTimeoutsSpec timeouts, String path) {
    return new ListenerConfig.Timeouts(
        problems.duration(timeouts.header(), Defaults.HEADER_TIMEOUT, path + "header"),
        problems.duration(timeouts.keepAlive(), Defaults.CLIENT_KEEP_ALIVE, path + "keepAlive"),
        problems.duration(timeouts.idle(), Defaults.CLIENT_IDLE, path + "idle"),
        problems.duration(timeouts.tunnelIdle(), Defaults.TUNNEL_IDLE, path + "tunnelIdle"),
        problems.optionalZero(timeouts.drain(), Defaults.DRAIN, path + "drain"),
        timeouts.request() == null
            ? null
            : problems.duration(timeouts.request(), Defaults.HEADER_TIMEOUT, path + "request"));
  }

  private static ListenerConfig.AccessLog accessLog(AccessLogSpec log) {
    var format =
        switch (requireNonNullElse(log.format(), Defaults.LOG_FORMAT)) {
          case JSON -> ListenerConfig.LogFormat.JSON;
          case HTTPLog -> ListenerConfig.LogFormat.HTTPLog;
          case TCPLog -> ListenerConfig.LogFormat.TCPLog;
          case None -> ListenerConfig.LogFormat.None;
        };
    return new ListenerConfig.AccessLog(
        format, requireNonNullElse(log.skipEmpty(), Defaults.LOG_SKIP_EMPTY));
  }
}
