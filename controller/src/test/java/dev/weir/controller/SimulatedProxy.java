package dev.weir.controller;

import dev.weir.config.ConfigJson;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.stream.ApplyResult;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceType;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.UnboundListener;
import dev.weir.config.stream.Version;
import dev.weir.proxy.stream.SnapshotApplier;
import dev.weir.proxy.stream.StreamClient;
import dev.weir.proxy.stream.StreamOptions;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The proxy's own end of the stream with nothing behind it: takes every snapshot, or rejects what
/// a test says, and calls every endpoint healthy, or not.
final class SimulatedProxy implements SnapshotApplier, AutoCloseable {
  private static final EventLoopGroup LOOPS =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  /// `namespace/name` of what it rejects.
  final Set<String> rejects = ConcurrentHashMap.newKeySet();

  /// Ports that it cannot have.
  final Set<Integer> taken = ConcurrentHashMap.newKeySet();

  /// Ports with which half of all requests fail.
  final Set<Integer> broken = ConcurrentHashMap.newKeySet();

  /// Every body of a LoadBalancer that it was sent, taken or not.
  volatile String offered = "";

  /// Every version that was applied, in its order.
  final List<Version> versions = new CopyOnWriteArrayList<>();

  /// How many resources it had after each.
  final List<Integer> sizes = new CopyOnWriteArrayList<>();

  /// What it was told to make session tickets with, the latest last.
  final List<List<byte[]>> tickets = new CopyOnWriteArrayList<>();

  volatile boolean healthy = true;
  private long requests;
  private long failures;
  volatile Snapshot live = new Snapshot(new Version("", 0, 0, 0), Resources.EMPTY);
  private final StreamClient client;

  SimulatedProxy(int port, ProxyGroup group, String id, Path token, Path ca, @Nullable Path state) {
    this("127.0.0.1", port, group, id, token, ca, state);
  }

  SimulatedProxy(
      String host,
      int port,
      ProxyGroup group,
      String id,
      Path token,
      Path ca,
      @Nullable Path state) {
    client =
        new StreamClient(
            new StreamOptions(
                host,
                port,
                group,
                id,
                "test",
                token,
                ca,
                state,
                null,
                Duration.ofSeconds(2),
                Duration.ofMillis(50),
                Duration.ofMillis(500)),
            LOOPS.next(),
            NioSocketChannel.class,
            this,
            this::health,
            tickets::add);
    client.start();
  }

  boolean connected() {
    return client.status().connected();
  }

  /// Tells all endpoints' health again.
  void tellHealth() {
    health().forEach(client::healthChanged);
  }

  @Override
  public ApplyResult apply(Snapshot wanted) {
    for (Resource resource : wanted.resources()) {
      if (resource.key().type() == ResourceType.LoadBalancer
          && !resource.equals(live.resources().get(resource.key()))) {
        offered += new String(resource.body(), StandardCharsets.UTF_8) + "\n";
      }
    }
    Resources result = wanted.resources();
    List<Rejection> rejected = new ArrayList<>();
    for (String name : rejects) {
      if (!wanted.resources().digestOf(name).equals(live.resources().digestOf(name))) {
        rejected.add(new Rejection(name, "Test", "spec", "the test says so"));
        result = result.withLoadBalancerOf(live.resources(), name);
      }
    }
    live = new Snapshot(wanted.version(), result);
    versions.add(wanted.version());
    sizes.add(result.size());
    tellHealth();
    return new ApplyResult(live, rejected, taken.isEmpty() ? List.of() : unbound(), 1);
  }

  /// It gets a hundred requests from one time that it is asked to the next.
  @Override
  public List<LoadBalancerTraffic> traffic(List<String> loadBalancers) {
    List<LoadBalancerTraffic> counted = new ArrayList<>();
    for (String name : loadBalancers) {
      requests += 100;
      failures += broken.stream().anyMatch(p -> body(name).contains(":" + p + "}")) ? 50 : 1;
      counted.add(new LoadBalancerTraffic(name, requests, failures));
    }
    return counted;
  }

  private List<UnboundListener> unbound() {
    List<UnboundListener> unbound = new ArrayList<>();
    for (Resource resource : live.resources()) {
      if (resource.key().type() == ResourceType.LoadBalancer) {
        LoadBalancerConfig config = read(resource, LoadBalancerConfig.class);
        for (ListenerConfig listener : config.listeners()) {
          int port = Integer.parseInt(listener.bind().substring(listener.bind().indexOf(':') + 1));
          if (taken.contains(port)) {
            unbound.add(
                new UnboundListener(
                    config.name(), listener.name(), "*", port, "address already in use"));
          }
        }
      }
    }
    return unbound;
  }

  private static <T> T read(Resource resource, Class<T> type) {
    try {
      return resource.read(type);
    } catch (ConfigJson.InvalidJsonException e) {
      throw new AssertionError(e);
    }
  }

  /// The body of a resource; empty when it is not there.
  String body(String loadBalancer) {
    StringBuilder all = new StringBuilder();
    for (Resource resource : live.resources().ofLoadBalancer(loadBalancer)) {
      all.append(new String(resource.body(), StandardCharsets.UTF_8)).append('\n');
    }
    return all.toString();
  }

  private List<EndpointHealth> health() {
    List<EndpointHealth> all = new ArrayList<>();
    for (Resource resource : live.resources()) {
      if (resource.key().type() == ResourceType.Endpoints) {
        try {
          EndpointsConfig pool = resource.read(EndpointsConfig.class);
          for (EndpointsConfig.Endpoint endpoint : pool.endpoints()) {
            all.add(
                new EndpointHealth(
                    pool.pool(),
                    endpoint.authority(),
                    healthy,
                    healthy ? "Healthy" : "ConnectRefused",
                    Instant.now()));
          }
        } catch (ConfigJson.InvalidJsonException e) {
          throw new AssertionError(e);
        }
      }
    }
    return all;
  }

  @Override
  public void close() {
    client.close();
  }

  /// Ends the threads of all of them.
  static void end() throws InterruptedException {
    LOOPS.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
  }
}
