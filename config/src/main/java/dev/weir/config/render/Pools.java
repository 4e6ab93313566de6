package dev.weir.config.render;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.BalanceSpec;
import dev.weir.api.v1alpha1.EndpointSpec;
import dev.weir.api.v1alpha1.HealthSpec;
import dev.weir.api.v1alpha1.PoolProxyProtocolSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.api.v1alpha1.PoolTimeoutsSpec;
import dev.weir.api.v1alpha1.QueueSpec;
import dev.weir.api.v1alpha1.RetrySpec;
import dev.weir.config.PoolConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Renders the pools of one LoadBalancer without their endpoints. Used by one thread and thrown
/// away.
final class Pools {
  private static final HealthSpec NO_HEALTH =
      new HealthSpec(null, null, null, null, null, null, null, null);
  private static final PoolTimeoutsSpec NO_TIMEOUTS = new PoolTimeoutsSpec(null, null, null, null);
  private static final RetrySpec NO_RETRY = new RetrySpec(null, null);

  private final RenderOptions options;
  private final TlsPools tls;
  private final Problems problems;

  Pools(RenderOptions options, CredentialReferences credentials, Problems problems) {
    this.options = options;
    this.tls = new TlsPools(credentials, problems);
    this.problems = problems;
  }

  List<PoolConfig> render(List<PoolSpec> pools) {
    var names = new HashSet<String>();
    var rendered = new ArrayList<PoolConfig>();
    for (var pool : pools) {
      var path = "spec.pools[" + pool.name() + "]";
      if (!names.add(pool.name())) {
        problems.refuse(
            path + ".name", "DuplicateName", "another pool has the name " + pool.name());
      }
      if ((pool.endpoints() == null) == (pool.serviceRef() == null)) {
        problems.refuse(
            path, "EndpointsInvalid", "exactly one of endpoints and serviceRef must be set");
      }
      if (pool.serviceRef() == null && pool.balance() != null && pool.balance().zones() != null) {
        problems.refuse(
            path + ".balance.zones",
            "ZonesInvalid",
            "only endpoints of a serviceRef have a zone; the pool has none");
      }
      rendered.add(render(pool, path));
    }
    return rendered;
  }

  private PoolConfig render(PoolSpec pool, String path) {
    return new PoolConfig(
        pool.name(),
        protocol(pool.protocol()),
        algorithm(pool.balance()),
        health(requireNonNullElse(pool.health(), NO_HEALTH), pool.tls() != null, path + ".health"),
        connections(pool),
        queue(pool, path + ".queue"),
        retries(requireNonNullElse(pool.retry(), NO_RETRY)),
        timeouts(requireNonNullElse(pool.timeouts(), NO_TIMEOUTS), path + ".timeouts."),
        options.localEndpoints(),
        HeaderEdits.render(pool.requestHeaders(), path + ".requestHeaders", problems),
        HeaderEdits.render(pool.responseHeaders(), path + ".responseHeaders", problems),
        tls.render(pool, path + ".tls"),
        proxyProtocol(pool.proxyProtocol()));
  }

  private static PoolConfig.Protocol protocol(PoolSpec.@Nullable Protocol protocol) {
    return switch (requireNonNullElse(protocol, Defaults.POOL_PROTOCOL)) {
      case HTTP1 -> PoolConfig.Protocol.HTTP1;
      case HTTP2 -> PoolConfig.Protocol.HTTP2;
    };
  }

  private static PoolConfig.Algorithm algorithm(@Nullable BalanceSpec balance) {
    var algorithm = balance == null ? null : balance.algorithm();
    return switch (requireNonNullElse(algorithm, Defaults.ALGORITHM)) {
      case RoundRobin -> PoolConfig.Algorithm.RoundRobin;
      case LeastConnections -> PoolConfig.Algorithm.LeastConnections;
    };
  }

  private static PoolConfig.@Nullable ProxyProtocol proxyProtocol(
      @Nullable PoolProxyProtocolSpec spec) {
    return spec == null
        ? null
        : switch (spec.send()) {
          case V1 -> PoolConfig.ProxyProtocol.V1;
          case V2 -> PoolConfig.ProxyProtocol.V2;
        };
  }

  private PoolConfig.@Nullable HealthCheck health(HealthSpec health, boolean tls, String path) {
    var interval =
        problems.duration(health.interval(), Defaults.HEALTH_INTERVAL, path + ".interval");
    var timeout = problems.duration(health.timeout(), Defaults.HEALTH_TIMEOUT, path + ".timeout");
    if (Stream.of(health.http(), health.tcp(), health.tls()).filter(Objects::nonNull).count() > 1) {
      problems.refuse(path, "HealthInvalid", "at most one of http, tcp and tls may be set");
    }
    if (health.tls() != null && !tls) {
      problems.refuse(
          path + ".tls", "TlsRequired", "the pool does not speak TLS: it needs tls itself");
    }
    PoolConfig.Probe probe;
    if (health.http() != null) {
      probe = probe(health.http(), path + ".http.expect.status");
    } else {
      boolean handshake = health.tls() != null || (tls && health.tcp() == null);
      probe = handshake ? new PoolConfig.Probe.Tls() : new PoolConfig.Probe.Tcp();
    }
    if (!requireNonNullElse(health.enabled(), Defaults.HEALTH_ENABLED)) {
      return null;
    }
    return new PoolConfig.HealthCheck(
        probe,
        interval,
        timeout,
        requireNonNullElse(health.rise(), Defaults.RISE),
        requireNonNullElse(health.fall(), Defaults.FALL));
  }

  private PoolConfig.Probe probe(HealthSpec.Http http, String path) {
    var expect = http.expect();
    var texts =
        requireNonNullElse(
            expect == null ? null : expect.status(), List.of(Defaults.HEALTH_STATUS));
    var ranges = new ArrayList<PoolConfig.StatusRange>();
    for (var text : texts) {
      var range = range(text);
      if (range == null) {
        problems.refuse(
            path + "[" + text + "]",
            "InvalidStatusRange",
            "'" + text + "' is not a status code or a range of them, such as 204 or 200-399");
      } else {
        ranges.add(range);
      }
    }
    return new PoolConfig.Probe.Http(
        requireNonNullElse(http.method(), Defaults.HEALTH_METHOD),
        requireNonNullElse(http.path(), Defaults.HEALTH_PATH),
        http.host(),
        ranges);
  }

  private static PoolConfig.@Nullable StatusRange range(String text) {
    var parts = text.split("-", -1);
    try {
      int first = Integer.parseInt(parts[0]);
      int last = parts.length == 1 ? first : Integer.parseInt(parts[1]);
      boolean good = parts.length <= 2 && first >= 100 && first <= last && last <= 599;
      return good ? new PoolConfig.StatusRange(first, last) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static PoolConfig.Connections connections(PoolSpec pool) {
    var connections = pool.connections();
    return connections == null
        ? PoolConfig.Connections.UNLIMITED
        : new PoolConfig.Connections(
            requireNonNullElse(connections.perEndpoint(), 0),
            requireNonNullElse(connections.total(), 0));
  }

  private PoolConfig.Queue queue(PoolSpec pool, String path) {
    var queue = pool.queue();
    boolean limited =
        requireNonNullElse(pool.endpoints(), List.<EndpointSpec>of()).stream()
            .anyMatch(endpoint -> endpoint.maxConnections() != null);
    limited |= !connections(pool).equals(PoolConfig.Connections.UNLIMITED);
    if (queue == null) {
      return new PoolConfig.Queue(limited ? Defaults.QUEUE_LENGTH : 0, Defaults.QUEUE_TIMEOUT);
    }
    return new PoolConfig.Queue(
        queueLength(queue),
        problems.duration(queue.timeout(), Defaults.QUEUE_TIMEOUT, path + ".timeout"));
  }

  private static int queueLength(QueueSpec queue) {
    return requireNonNullElse(queue.length(), Defaults.QUEUE_LENGTH);
  }

  private static int retries(RetrySpec retry) {
    var conditions = requireNonNullElse(retry.conditions(), Defaults.RETRY_CONDITIONS);
    return conditions.contains(RetrySpec.Condition.ConnectFailure)
        ? requireNonNullElse(retry.attempts(), Defaults.RETRY_ATTEMPTS)
        : 0;
  }

  private PoolConfig.Timeouts timeouts(PoolTimeoutsSpec timeouts, String path) {
    return new PoolConfig.Timeouts(
        problems.duration(timeouts.connect(), Defaults.CONNECT_TIMEOUT, path + "connect"),
        problems.duration(timeouts.response(), Defaults.RESPONSE_TIMEOUT, path + "response"),
        problems.duration(timeouts.idle(), Defaults.ORIGIN_IDLE, path + "idle"),
        problems.duration(timeouts.keepAlive(), Defaults.ORIGIN_KEEP_ALIVE, path + "keepAlive"));
  }
}
