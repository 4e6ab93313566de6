package dev.weir.proxy.runtime;

import dev.weir.config.BindConfig;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.PoolConfig;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Small configurations for tests of the runtime: each listener on a port of 127.0.0.1, one pool.
final class Configs {
  private static final Duration LONG = Duration.ofSeconds(5);

  private Configs() {}

  /// A LoadBalancer with a listener `l<port>` for each port and the pool `web` with the endpoints.
  static List<Resource> loadBalancer(String name, List<Integer> ports, Integer... endpoints) {
    return loadBalancer(name, ports, "web", List.of(endpoints));
  }

  /// As above, with another default pool of the listeners, which may not exist.
  static List<Resource> loadBalancer(
      String name, List<Integer> ports, String defaultPool, List<Integer> endpoints) {
    var config =
        new LoadBalancerConfig(
            name,
            ports.stream().map(port -> new BindConfig("127.0.0.1", port)).toList(),
            ports.stream().map(port -> listener(port, defaultPool)).toList(),
            List.of(),
            List.of(pool()));
    return List.of(Resource.of(config), endpoints(name, endpoints));
  }

  static Resource endpoints(String name, List<Integer> ports) {
    return Resource.of(
        new EndpointsConfig(
            name + "/web",
            IntStream.range(0, ports.size()).mapToObj(i -> endpoint(ports.get(i))).toList()));
  }

  @SafeVarargs
  static Snapshot snapshot(long number, List<Resource>... loadBalancers) {
    var all = new ArrayList<Resource>();
    for (List<Resource> one : loadBalancers) {
      all.addAll(one);
    }
    return new Snapshot(new Version("", 0, 0, number), Resources.of(all));
  }

  private static ListenerConfig listener(int port, String pool) {
    return new ListenerConfig(
        "l" + port,
        "127.0.0.1:" + port,
        List.of(),
        ListenerConfig.Protocol.HTTP,
        false,
        pool,
        new ListenerConfig.Forwarded(ListenerConfig.ForwardedHeaders.XForwarded, List.of()),
        new ListenerConfig.Versions(true, true, 128),
        new ListenerConfig.Timeouts(LONG, LONG, LONG, LONG, Duration.ofSeconds(1), null),
        new ListenerConfig.Limits(0, 0, 32768, 128, 0, 1024),
        new ListenerConfig.AccessLog(ListenerConfig.LogFormat.None, true),
        null,
        null,
        null,
        null);
  }

  private static PoolConfig pool() {
    return new PoolConfig(
        "web",
        PoolConfig.Protocol.HTTP1,
        PoolConfig.Algorithm.RoundRobin,
        new PoolConfig.HealthCheck(
            new PoolConfig.Probe.Tcp(), Duration.ofMillis(50), Duration.ofSeconds(1), 1, 1),
        PoolConfig.Connections.UNLIMITED,
        new PoolConfig.Queue(0, LONG),
        3,
        new PoolConfig.Timeouts(LONG, LONG, LONG, LONG),
        true,
        null,
        null,
        null,
        null);
  }

  private static EndpointsConfig.Endpoint endpoint(int port) {
    return new EndpointsConfig.Endpoint(
        "127.0.0.1", port, 1, 0, EndpointsConfig.State.Ready, 0, true, null, null);
  }
}
