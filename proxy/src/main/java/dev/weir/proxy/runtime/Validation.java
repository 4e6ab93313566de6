package dev.weir.proxy.runtime;

import dev.weir.config.Addresses;
import dev.weir.config.BindClaims;
import dev.weir.config.BindConfig;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.HeaderEditsCheck;
import dev.weir.config.HeaderEditsConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.PoolConfig;
import dev.weir.config.RouteConfig;
import dev.weir.config.stream.Rejection;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What one LoadBalancer must be before a proxy runs it, whoever sent it. The renderer has said
/// most of it to the user already; this is the proxy's own guard. Pure but for the list that it
/// fills.
final class Validation {
  private static final int MAX_PORT = 65_535;
  private static final int MAX_WEIGHT = 256;

  private static final int LEAST_HEAD = 1024;
  private static final int MOST_HEAD = 1024 * 1024;

  private final String name;
  private final Set<Integer> ownPorts;
  private final List<Rejection> found;

  Validation(String name, Set<Integer> ownPorts, List<Rejection> found) {
    this.name = name;
    this.ownPorts = ownPorts;
    this.found = found;
  }

  void check(LoadBalancerConfig config, Map<String, EndpointsConfig> endpoints) {
    if (!config.name().equals(name)) {
      reject("NameMismatch", "name", "'%s' came under the name '%s'", config.name(), name);
    }
    unique(config.binds().stream().map(BindConfig::id).toList(), "binds");
    unique(config.listeners().stream().map(ListenerConfig::name).toList(), "listeners");
    unique(config.pools().stream().map(PoolConfig::name).toList(), "pools");
    config.binds().forEach(this::bind);
    share(BindClaims.of(config));
    Set<String> binds = config.binds().stream().map(BindConfig::id).collect(Collectors.toSet());
    Set<String> pools = config.pools().stream().map(PoolConfig::name).collect(Collectors.toSet());
    config.listeners().forEach(listener -> listener(listener, binds, pools));
    unique(config.routes().stream().map(RouteConfig::name).toList(), "routes");
    Set<String> routing =
        config.listeners().stream()
            .filter(ListenerConfig::routes)
            .map(ListenerConfig::name)
            .collect(Collectors.toSet());
    config.routes().forEach(route -> route(route, routing, pools));
    Set<String> wanted = new HashSet<>();
    for (PoolConfig pool : config.pools()) {
      String resource = pool.resourceName(name);
      wanted.add(resource);
      pool(pool);
      EndpointsConfig own = endpoints.get(resource);
      if (own == null) {
        reject("Incomplete", path("pools", pool.name()), "its endpoints are missing");
      } else {
        endpoints(pool, own);
      }
    }
    for (String resource : endpoints.keySet()) {
      if (!wanted.contains(resource)) {
        reject("PoolNotFound", "", "there are endpoints of '%s' but no such pool", resource);
      }
    }
  }

  private void bind(BindConfig bind) {
    String path = path("binds", bind.id());
    if (bind.unix()) {
      socket(path, bind.address(), bind.port());
      return;
    }
    if (!bind.address().equals("*") && Addresses.literal(bind.address()) == null) {
      reject("InvalidAddress", path, "'%s' is not an IP address", bind.address());
    }
    if (bind.port() < 1 || bind.port() > MAX_PORT) {
      reject("InvalidPort", path, "port %d is not between 1 and %d", bind.port(), MAX_PORT);
    }
    if (ownPorts.contains(bind.port())) {
      reject("ReservedPort", path, "port %d is one of the proxy's own", bind.port());
    }
  }

  private void share(List<BindClaims.Claim> claims) {
    var held = new BindClaims();
    for (BindClaims.Claim claim : claims) {
      var conflict = held.conflict(claim);
      if (conflict == null) {
        held.hold(claim);
      } else {
        String path = path("listeners", claim.listener()) + "." + conflict.field();
        reject("Duplicate", path, "%s", conflict.message());
      }
    }
  }

  private void listener(ListenerConfig listener, Set<String> binds, Set<String> pools) {
    String path = path("listeners", listener.name());
    if (!binds.contains(listener.bind())) {
      reject("BindNotFound", path + ".bind", "there is no bind '%s'", listener.bind());
    }
    String pool = listener.defaultPool();
    if (pool != null && !pools.contains(pool)) {
      reject("PoolNotFound", path + ".defaultPool", "there is no pool '%s'", pool);
    }
    if (pool == null
        && listener.protocol() == ListenerConfig.Protocol.TCP
        && !listener.passthrough()) {
      reject("PoolRequired", path + ".defaultPool", "a TCP listener needs a pool");
    }
    networks(path + ".forwarded.trust", listener.forwarded().trust());
    if (listener.proxyProtocol() != null) {
      networks(path + ".proxyProtocol.from", listener.proxyProtocol().from());
    }
    visible(path + ".name", listener.name());
    edits(path + ".requestHeaders", listener.requestHeaders());
    edits(path + ".responseHeaders", listener.responseHeaders());
    limits(path + ".limits", listener.limits());
    versions(path + ".versions", listener.versions());
    var timeouts = listener.timeouts();
    positive(path + ".timeouts.header", timeouts.header());
    positive(path + ".timeouts.keepAlive", timeouts.keepAlive());
    positive(path + ".timeouts.idle", timeouts.idle());
    positive(path + ".timeouts.tunnelIdle", timeouts.tunnelIdle());
    if (timeouts.request() != null) {
      positive(path + ".timeouts.request", timeouts.request());
    }
  }

  private void networks(String path, List<String> networks) {
    for (String network : networks) {
      if (!Addresses.isNetwork(network)) {
        reject("InvalidNetwork", path, "'%s' is not a network", network);
      }
    }
  }

  private void route(RouteConfig route, Set<String> listeners, Set<String> pools) {
    String path = path("routes", route.name());
    for (String name : route.listeners()) {
      if (!listeners.contains(name)) {
        reject(
            "ListenerNotFound",
            path + ".listeners",
            "there is no listener '%s' that takes routes",
            name);
      }
    }
    for (RouteConfig.Backend backend : route.backends()) {
      if (!pools.contains(backend.pool())) {
        reject("PoolNotFound", path + ".backends", "there is no pool '%s'", backend.pool());
      }
      notNegative(path + ".backends.weight", backend.weight());
    }
    if (route.backends().isEmpty() == (route.redirect() == null)) {
      reject("RouteInvalid", path, "it must have either backends or a redirect");
    }
    edits(path + ".requestHeaders", route.requestHeaders());
    edits(path + ".responseHeaders", route.responseHeaders());
  }

  private void versions(String path, ListenerConfig.Versions versions) {
    atLeastOne(path + ".streams", versions.streams());
    if (!versions.http1() && !versions.http2()) {
      reject("NoVersion", path, "a listener speaks at least one version of HTTP");
    }
  }

  private void limits(String path, ListenerConfig.Limits limits) {
    notNegative(path + ".connections", limits.connections());
    notNegative(path + ".connectionsPerClient", limits.connectionsPerClient());
    notNegative(path + ".bodySize", limits.bodySize());
    notNegative(path + ".bodyRate", limits.bodyRate());
    atLeastOne(path + ".headers", limits.headers());
    if (limits.headSize() < LEAST_HEAD || limits.headSize() > MOST_HEAD) {
      reject(
          "InvalidSize",
          path + ".headSize",
          "%d is not between %d and %d",
          limits.headSize(),
          LEAST_HEAD,
          MOST_HEAD);
    }
  }

  private void pool(PoolConfig pool) {
    String path = path("pools", pool.name());
    edits(path + ".requestHeaders", pool.requestHeaders());
    edits(path + ".responseHeaders", pool.responseHeaders());
    notNegative(path + ".retries", pool.retries());
    notNegative(path + ".connections.perEndpoint", pool.connections().perEndpoint());
    notNegative(path + ".connections.total", pool.connections().total());
    notNegative(path + ".queue.length", pool.queue().length());
    var timeouts = pool.timeouts();
    positive(path + ".timeouts.connect", timeouts.connect());
    positive(path + ".timeouts.response", timeouts.response());
    positive(path + ".timeouts.idle", timeouts.idle());
    positive(path + ".timeouts.keepAlive", timeouts.keepAlive());
    var health = pool.health();
    if (health != null) {
      positive(path + ".health.interval", health.interval());
      positive(path + ".health.timeout", health.timeout());
      atLeastOne(path + ".health.rise", health.rise());
      atLeastOne(path + ".health.fall", health.fall());
      if (health.probe() instanceof PoolConfig.Probe.Tls && pool.tls() == null) {
        reject("TlsRequired", path + ".health.probe", "the pool does not speak TLS");
      }
    }
    String serverName = pool.tls() == null ? null : pool.tls().serverName();
    if (serverName != null
        && Addresses.literal(serverName) == null
        && !Addresses.isDnsName(serverName)) {
      reject(
          "InvalidServerName",
          path + ".tls.serverName",
          "'%s' is neither a DNS name nor an IP address",
          serverName);
    }
  }

  private void endpoints(PoolConfig pool, EndpointsConfig endpoints) {
    String path = path("pools", pool.name()) + ".endpoints";
    if (!endpoints.pool().equals(pool.resourceName(name))) {
      reject("NameMismatch", path, "'%s' came under another name", endpoints.pool());
    }
    unique(endpoints.endpoints().stream().map(EndpointsConfig.Endpoint::authority).toList(), path);
    unique(
        endpoints.endpoints().stream()
            .map(EndpointsConfig.Endpoint::name)
            .filter(Objects::nonNull)
            .toList(),
        path);
    for (EndpointsConfig.Endpoint endpoint : endpoints.endpoints()) {
      endpoint(pool, endpoint, path + "[" + endpoint.authority() + "]");
    }
  }

  private void endpoint(PoolConfig pool, EndpointsConfig.Endpoint endpoint, String path) {
    if (endpoint.unix()) {
      socket(path, endpoint.address(), endpoint.port());
      if (!pool.localEndpoints()) {
        reject("AddressNotAllowed", path, "'%s' is a unix socket", endpoint.address());
      }
    } else {
      target(pool, endpoint, path);
    }
    if (endpoint.weight() < 0 || endpoint.weight() > MAX_WEIGHT) {
      reject(
          "InvalidWeight",
          path,
          "weight %d is not between 0 and %d",
          endpoint.weight(),
          MAX_WEIGHT);
    }
    if (endpoint.name() != null) {
      visible(path + ".name", endpoint.name());
    }
    notNegative(path + ".tier", endpoint.tier());
    notNegative(path + ".maxConnections", endpoint.maxConnections());
  }

  private void socket(String path, String address, int port) {
    String problem = Addresses.socketProblem(address);
    if (problem != null) {
      reject("InvalidAddress", path, "'%s' %s", address, problem);
    }
    if (port != 0) {
      reject("InvalidPort", path, "a unix socket has no port, and this has %d", port);
    }
  }

  private void target(PoolConfig pool, EndpointsConfig.Endpoint endpoint, String path) {
    String text = endpoint.address();
    InetAddress address = Addresses.literal(text);
    if (address == null && !Addresses.isDnsName(text)) {
      reject("InvalidAddress", path, "'%s' is neither an IP address nor a DNS name", text);
    }
    boolean local = address == null ? Addresses.isLocalName(text) : Addresses.isLocal(address);
    if (local && !pool.localEndpoints()) {
      reject(
          "AddressNotAllowed",
          path,
          "'%s' is a loopback, link-local, multicast or cloud metadata address",
          text);
    }
    if (endpoint.port() < 1 || endpoint.port() > MAX_PORT) {
      reject("InvalidPort", path, "port %d is not between 1 and %d", endpoint.port(), MAX_PORT);
    }
    Integer checkPort = endpoint.checkPort();
    if (checkPort != null && (checkPort < 1 || checkPort > MAX_PORT)) {
      reject("InvalidPort", path, "check port %d is not between 1 and %d", checkPort, MAX_PORT);
    }
  }

  private void edits(String path, @Nullable HeaderEditsConfig edits) {
    if (edits != null) {
      HeaderEditsCheck.check(
          edits, (field, rule, message) -> reject(rule, path + "." + field, "%s", message));
    }
  }

  /// Names stand in headers and logs.
  private void visible(String path, String name) {
    if (!name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      reject("InvalidName", path, "it has characters other than visible ones of ASCII");
    }
  }

  private void unique(List<String> names, String path) {
    var seen = new HashSet<String>();
    for (String each : names) {
      if (!seen.add(each)) {
        reject("Duplicate", path, "'%s' is there twice", each);
      }
    }
  }

  private void positive(String path, Duration value) {
    if (value.isZero() || value.isNegative()) {
      reject("InvalidDuration", path, "it must be longer than 0");
    }
  }

  private void notNegative(String path, long value) {
    if (value < 0) {
      reject("OutOfRange", path, "%d is less than 0", value);
    }
  }

  private void atLeastOne(String path, int value) {
    if (value < 1) {
      reject("OutOfRange", path, "%d is less than 1", value);
    }
  }

  private static String path(String list, String key) {
    return list + "[" + key + "]";
  }

  private void reject(String rule, String path, String message, Object... values) {
    found.add(new Rejection(name, rule, path, message.formatted(values)));
  }
}
