package dev.weir.controller.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.config.stream.ApplyResult;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.Frame;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceKey;
import dev.weir.config.stream.ResourceType;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.UnboundListener;
import dev.weir.config.stream.Version;
import dev.weir.proxy.stream.SnapshotApplier;
import dev.weir.proxy.stream.StreamClient;
import dev.weir.proxy.stream.StreamOptions;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Ports;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A real server and real clients on loopback, with a source that tests set and appliers that tests
/// look into.
final class StreamHarness implements AutoCloseable {
  static final ProxyGroup FLEET = new ProxyGroup.Fleet("edge");
  static final String TOKEN = "fleet-token";

  final Source source = new Source();
  final Reports reports = new Reports();
  final Path directory;
  @Nullable Authenticator authenticator;
  private @Nullable CurrentCa ca;
  final MemoryCaStore caStore = new MemoryCaStore();
  private final EventLoopGroup clientLoops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final List<Proxy> proxies = new ArrayList<>();
  private @Nullable StreamServer server;
  private int port;

  /// How long clients wait for a server before they run their last known good.
  Duration grace = Duration.ofSeconds(2);

  StreamHarness(Path directory) throws IOException {
    this.directory = directory;
    Files.writeString(directory.resolve("token"), TOKEN + "\n");
  }

  static StreamServerOptions options(int port) {
    return options(port, Duration.ofSeconds(3));
  }

  static StreamServerOptions options(int port, Duration pingInterval) {
    return new StreamServerOptions(
        "controller-0",
        "127.0.0.1",
        port,
        pingInterval,
        Duration.ofSeconds(5),
        Duration.ofMillis(300),
        Duration.ofSeconds(30),
        16,
        100);
  }

  StreamServer startServer() throws IOException {
    return startServer(options(port()));
  }

  StreamServer startServer(StreamServerOptions options) throws IOException {
    var current = new CurrentCa(caStore, InstantSource.system(), () -> {});
    ca = current;
    Files.writeString(directory.resolve("ca.crt"), current.get().certificatePem());
    Map<String, ProxyIdentity> tokens =
        Map.of(
            TOKEN,
            new ProxyIdentity("weir", "edge-fleet-weir"),
            "web-token",
            new ProxyIdentity("web", "shop-weir"));
    var started =
        new StreamServer(
            options,
            new TlsIdentity(
                current,
                Set.of("weir-controller.weir.svc"),
                InstantSource.system(),
                Files.exists(directory.resolve("serving"))
                    ? new ServingCertificate(directory.resolve("serving"), () -> {})
                    : null),
            authenticator != null
                ? authenticator
                : token -> {
                  ProxyIdentity identity = tokens.get(token);
                  if (token.equals("outage")) {
                    return new Authenticator.Answer.Unavailable("the API server is away");
                  }
                  return identity == null
                      ? new Authenticator.Answer.Refused("the token is not valid")
                      : new Authenticator.Answer.Known(identity);
                },
            Authorizer.byServiceAccount("weir", name -> name + "-weir"),
            node -> node.equals("node-b") ? "zone-b" : null,
            source,
            reports);
    port = started.start();
    server = started;
    return started;
  }

  void stopServer() throws InterruptedException {
    StreamServer running = server;
    server = null;
    if (running != null) {
      running.stop();
    }
  }

  CurrentCa ca() {
    CurrentCa running = ca;
    if (running == null) {
      throw new IllegalStateException("no server runs");
    }
    return running;
  }

  StreamServer server() {
    StreamServer running = server;
    if (running == null) {
      throw new IllegalStateException("no server runs");
    }
    return running;
  }

  /// A port that nobody listens on yet is kept for a server that starts later, or again.
  int port() {
    if (port == 0) {
      port = Ports.free();
    }
    return port;
  }

  Proxy proxy(String id) throws IOException {
    return proxy(id, "build-1", null);
  }

  Proxy proxy(String id, String build, @Nullable Path state) throws IOException {
    var proxy = new Proxy(id, build, state);
    proxies.add(proxy);
    proxy.client.start();
    return proxy;
  }

  @Override
  public void close() throws Exception {
    for (Proxy proxy : proxies) {
      proxy.client.close();
    }
    stopServer();
    clientLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
  }

  static void await(String what, BooleanSupplier condition) throws InterruptedException {
    Await.until(what, condition::getAsBoolean);
  }

  static Resource lb(String name, String body) {
    return Resource.of(new ResourceKey(ResourceType.LoadBalancer, name), body.getBytes(UTF_8));
  }

  static Resource endpoints(String name, String body) {
    return Resource.of(new ResourceKey(ResourceType.Endpoints, name), body.getBytes(UTF_8));
  }

  static final class MemoryCaStore implements CaStore {
    private @Nullable Material stored;

    @Override
    public @Nullable Material load() {
      return stored;
    }

    @Override
    public void replace(Material loaded, Material material) {
      stored = material;
    }

    @Override
    public Material createIfAbsent(Material material) {
      Material kept = stored == null ? material : stored;
      stored = kept;
      return kept;
    }
  }

  /// What every group should run, as a test sets it.
  static final class Source implements SnapshotSource {
    private volatile @Nullable Wanted wanted;
    private volatile @Nullable Listener listener;
    private volatile Version version = new Version("lease", 100, 1, 0);

    @Override
    public @Nullable Wanted wanted(ProxyGroup group) {
      return wanted;
    }

    @Override
    public boolean follow(ProxyGroup group, Version seen) {
      return false;
    }

    @Override
    public void subscribe(Listener subscribed) {
      listener = subscribed;
    }

    /// Replaces everything, at the next version.
    void set(Resource... resources) {
      set(Resources.of(List.of(resources)), Set.of());
    }

    void set(Resources resources, Set<String> held) {
      version =
          new Version(
              version.lease(),
              version.leaseCreated(),
              version.transitions(),
              version.counter() + 1);
      wanted = new Wanted(new Snapshot(version, resources), held);
      tell();
    }

    /// Changes some, at the next version.
    void put(Resource... resources) {
      Resources all = resources();
      for (Resource resource : resources) {
        all = all.with(resource);
      }
      set(all, Set.of());
    }

    Resources resources() {
      Wanted now = wanted;
      return now == null ? Resources.EMPTY : now.snapshot().resources();
    }

    void epoch(String lease, long created, long transitions) {
      version = new Version(lease, created, transitions, 0);
      wanted = new Wanted(new Snapshot(version, resources()), Set.of());
      tell();
    }

    void forget() {
      wanted = null;
    }

    private void tell() {
      Listener subscribed = listener;
      if (subscribed != null) {
        subscribed.changed(FLEET);
      }
    }
  }

  /// What proxies reported.
  static final class Reports implements ProxyReports {
    final List<ProxyInfo> connected = new CopyOnWriteArrayList<>();
    final List<Frame.Ack> acks = new CopyOnWriteArrayList<>();
    final List<Frame.Health> health = new CopyOnWriteArrayList<>();
    final List<ProxyInfo> lagging = new CopyOnWriteArrayList<>();
    final List<String> disconnected = new CopyOnWriteArrayList<>();

    @Override
    public void connected(ProxyInfo proxy) {
      connected.add(proxy);
    }

    @Override
    public void acked(ProxyInfo proxy, Frame.Ack ack) {
      acks.add(ack);
    }

    @Override
    public void health(ProxyInfo proxy, Frame.Health told) {
      health.add(told);
    }

    @Override
    public void lagging(ProxyInfo proxy) {
      lagging.add(proxy);
    }

    @Override
    public void disconnected(ProxyInfo proxy, String reason) {
      disconnected.add(reason);
    }
  }

  /// A client whose applier rejects LoadBalancers with `bad` in their body and can be held up.
  final class Proxy implements SnapshotApplier {
    final StreamClient client;
    final String id;
    final List<Snapshot> applied = new CopyOnWriteArrayList<>();
    final Set<EndpointHealth> health = ConcurrentHashMap.newKeySet();
    final List<List<byte[]>> tickets = new CopyOnWriteArrayList<>();
    volatile List<UnboundListener> unbound = List.of();
    volatile Snapshot live = new Snapshot(new Version("", 0, 0, 0), Resources.EMPTY);
    private volatile @Nullable CountDownLatch held;

    Proxy(String id, String build, @Nullable Path state) throws IOException {
      this.id = id;
      EventLoop loop = clientLoops.next();
      client =
          new StreamClient(
              new StreamOptions(
                  "127.0.0.1",
                  port(),
                  FLEET,
                  id,
                  build,
                  directory.resolve("token"),
                  directory.resolve("ca.crt"),
                  state,
                  null,
                  grace,
                  Duration.ofMillis(20),
                  Duration.ofMillis(200)),
              loop,
              NioSocketChannel.class,
              this,
              () -> List.copyOf(health),
              tickets::add);
    }

    void hold() {
      held = new CountDownLatch(1);
    }

    void release() {
      CountDownLatch latch = held;
      held = null;
      if (latch != null) {
        latch.countDown();
      }
    }

    @Override
    public ApplyResult apply(Snapshot wanted) {
      CountDownLatch latch = held;
      if (latch != null) {
        try {
          latch.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      Resources result = wanted.resources();
      var rejected = new ArrayList<Rejection>();
      for (Resource resource : wanted.resources()) {
        if (new String(resource.body(), UTF_8).contains("bad")) {
          String name = resource.key().loadBalancer();
          rejected.add(new Rejection(name, "Bad", "spec.bad", "bad is not good"));
          result = result.withLoadBalancerOf(live.resources(), name);
        }
      }
      live = new Snapshot(wanted.version(), result);
      applied.add(live);
      return new ApplyResult(live, rejected, unbound, 1);
    }

    boolean runs(Collection<Resource> resources) {
      return live.digest().equals(Resources.of(resources).digest());
    }

    boolean runsWhatIsWanted() {
      return live.digest().equals(source.resources().digest());
    }

    SessionState state() {
      return sessions().findFirst().orElseThrow();
    }

    boolean current() {
      return sessions().anyMatch(SessionState::current);
    }

    private Stream<SessionState> sessions() {
      return server().sessions().stream().filter(s -> s.proxy().proxyId().equals(id));
    }

    /// Why it is not connected; empty when it is.
    String problem() {
      String problem = client.status().problem();
      return problem == null ? "" : problem;
    }
  }
}
