package dev.weir.controller.stream;

import dev.weir.config.stream.ProxyGroup;
import dev.weir.controller.stream.StreamMetrics.Refusal;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves the config stream. Made once, started once; any thread may ask for the sessions.
public final class StreamServer implements SnapshotSource.Listener {
  /// The path that other replicas ask for.
  public static final String REPLICA_PATH = "/relay/v1";

  private static final Logger LOG = LoggerFactory.getLogger(StreamServer.class);
  private static final int MAX_REVIEWS_AT_ONCE = 32;
  private static final long LEAST_PACE_MILLIS = 10;
  private static final long MOST_PACE_MILLIS = 100;

  private final StreamServerOptions options;
  private final TlsIdentity credentials;
  private final Authenticator authenticator;
  private final Authorizer authorizer;
  private final Zones zones;
  private final SnapshotSource source;
  private final ProxyReports reports;
  private final StreamMetrics metrics = new StreamMetrics();
  private final RejectionMemory rejections = new RejectionMemory();
  private final RefusalLog refusalLog = new RefusalLog();
  private final Semaphore reviews = new Semaphore(MAX_REVIEWS_AT_ONCE);
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicInteger sessionCount = new AtomicInteger();
  private final AtomicLong sessionIds = new AtomicLong();
  private final Map<ProxyGroup, Set<Session>> sessions = new ConcurrentHashMap<>();
  private final Map<ProxyName, Session> byName = new ConcurrentHashMap<>();
  private final Set<Session> started = ConcurrentHashMap.newKeySet();
  private final Set<SessionChannel> replicas = ConcurrentHashMap.newKeySet();
  private final ChannelGroup connections = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
  private @Nullable EventLoopGroup loops;
  private @Nullable Channel listening;
  private volatile @Nullable Tls tls;
  private volatile boolean stopping;
  private @Nullable Consumer<SessionChannel> replicaServer;
  private Gate gate = Gate.OPEN;
  private Function<ProxyGroup, List<String>> tickets = group -> List.of();

  private record ProxyName(ProxyGroup group, String proxyId) {}

  private record Tls(SslContext context, TlsIdentity.Current of) {}

  public StreamServer(
      StreamServerOptions options,
      TlsIdentity credentials,
      Authenticator authenticator,
      Authorizer authorizer,
      Zones zones,
      SnapshotSource source,
      ProxyReports reports) {
    this.options = options;
    this.credentials = credentials;
    this.authenticator = authenticator;
    this.authorizer = authorizer;
    this.zones = zones;
    this.source = source;
    this.reports = reports;
  }

  /// Who serves connections of other replicas, each on a thread of its own; without it they are
  /// refused. Set once, before [#start].
  public void onReplica(Consumer<SessionChannel> server) {
    replicaServer = server;
  }

  /// Says which proxies may have the latest. Set once, before [#start].
  public void gate(Gate newGate) {
    gate = newGate;
  }

  Gate gate() {
    return gate;
  }

  /// Where the secrets of session tickets come from, for [dev.weir.config.stream.Frame.Tickets];
  /// none are sent while the list is empty. Set once, before [#start].
  public void tickets(Function<ProxyGroup, List<String>> source) {
    tickets = source;
  }

  List<String> tickets(ProxyGroup group) {
    return tickets.apply(group);
  }

  /// Binds and accepts from now on.
  ///
  /// @return the port
  /// @throws IOException when the port cannot be bound
  public int start() throws IOException {
    source.subscribe(this);
    var group =
        new MultiThreadIoEventLoopGroup(
            2, new DefaultThreadFactory("weir-stream", true), NioIoHandler.newFactory());
    loops = group;
    var address =
        options.address().equals("*")
            ? new InetSocketAddress(options.port())
            : new InetSocketAddress(options.address(), options.port());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 * 1024, 256 * 1024))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) throws IOException {
                    connections.add(channel);
                    accept(channel);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException("cannot listen for proxies on " + address, bound.cause());
    }
    listening = bound.channel();
    LOG.info("listening for proxies on {}", bound.channel().localAddress());
    return port();
  }

  /// The port that it listens on.
  ///
  /// @throws IllegalStateException before [#start]
  public int port() {
    Channel channel = listening;
    if (channel == null) {
      throw new IllegalStateException("not started");
    }
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  /// Closes all streams and the port. Returns when the sessions have ended, or after five seconds.
  public void stop() throws InterruptedException {
    stopping = true;
    Channel channel = listening;
    if (channel != null) {
      channel.close().await();
    }
    for (Session session : started) {
      session.channel().end("the controller stops");
    }
    for (SessionChannel replica : replicas) {
      replica.end("the controller stops");
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (!(started.isEmpty() && replicas.isEmpty()) && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    hangUp();
    EventLoopGroup group = loops;
    if (group != null) {
      group.shutdownGracefully(0, 2, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
    }
  }

  /// Before the loops end every connection is closed, whether or not its peer took the last words.
  private void hangUp() throws InterruptedException {
    var closed = connections.newCloseFuture();
    if (!closed.await(1, TimeUnit.SECONDS)) {
      for (Channel channel : connections) {
        SessionChannel.cut(channel);
      }
      closed.await(1, TimeUnit.SECONDS);
    }
  }

  /// What is known of each connected proxy.
  public List<SessionState> sessions() {
    var states = new ArrayList<SessionState>();
    sessions.values().forEach(set -> addStates(set, states));
    return states;
  }

  /// What is known of the connected proxies of one group.
  public List<SessionState> sessions(ProxyGroup group) {
    var states = new ArrayList<SessionState>();
    addStates(sessions.getOrDefault(group, Set.of()), states);
    return states;
  }

  /// What each connected proxy of a group runs, compared with what it should; none while that is
  /// not known.
  public List<ProxyDifference> differences(ProxyGroup group) {
    Wanted wanted = source.wanted(group);
    var differences = new ArrayList<ProxyDifference>();
    if (wanted != null) {
      for (Session session : sessions.getOrDefault(group, Set.of())) {
        SessionState state = session.state();
        if (state != null) {
          differences.add(ProxyDifference.of(state, session.running(), wanted.snapshot()));
        }
      }
    }
    return differences;
  }

  private static void addStates(Set<Session> from, List<SessionState> to) {
    for (Session session : from) {
      SessionState state = session.state();
      if (state != null) {
        to.add(state);
      }
    }
  }

  /// What was counted.
  public StreamMetrics metrics() {
    return metrics;
  }

  @Override
  public void changed(ProxyGroup group) {
    for (Session session : sessions.getOrDefault(group, Set.of())) {
      session.channel().changed();
    }
  }

  @Override
  public void allChanged() {
    sessions.values().forEach(set -> set.forEach(session -> session.channel().changed()));
  }

  /// How long after a delta the next one follows, in nanoseconds: a millisecond for each connected
  /// proxy, from 10 to 100, so that a burst of changes costs a replica no more than a few hundred
  /// deltas a second, however many proxies it has.
  long pace() {
    return TimeUnit.MILLISECONDS.toNanos(
        Math.clamp(sessionCount.get(), LEAST_PACE_MILLIS, MOST_PACE_MILLIS));
  }

  StreamServerOptions options() {
    return options;
  }

  SnapshotSource source() {
    return source;
  }

  ProxyReports reports() {
    return reports;
  }

  RejectionMemory rejections() {
    return rejections;
  }

  /// A number that no other session of this process has.
  public long nextSession() {
    return sessionIds.incrementAndGet();
  }

  /// A connection that was let in has proved who it is, or is gone.
  void settled() {
    pending.decrementAndGet();
  }

  /// Counts and logs a refusal, also of those who asked elsewhere in this process. Any thread.
  public void refused(Refusal refusal, String address, String reason) {
    metrics.countRefused(refusal);
    refusalLog.refused(refusal, address, reason);
  }

  /// Whether a proxy with a certificate for `own` may have the group's config.
  Entry admit(ProxyGroup own, ProxyGroup group) {
    if (sessionCount.get() >= options.maxSessions()) {
      return new Entry.Denied(Refusal.TooManySessions, tooMany());
    }
    return own.equals(group)
        ? Entry.Allowed.ANYBODY
        : new Entry.Denied(
            Refusal.Forbidden,
            "a certificate for " + own + " does not give the config of " + group);
  }

  private String tooMany() {
    return "this controller has " + options.maxSessions() + " proxies";
  }

  /// Whether the token's owner may have the group's config. Blocks.
  Entry admit(String token, ProxyGroup group) {
    if (sessionCount.get() >= options.maxSessions()) {
      return new Entry.Denied(Refusal.TooManySessions, tooMany());
    }
    Authenticator.Answer answer;
    reviews.acquireUninterruptibly();
    try {
      answer = authenticator.authenticate(token);
    } catch (RuntimeException e) {
      LOG.error("authenticator failed", e);
      answer = new Authenticator.Answer.Unavailable("the authenticator failed");
    } finally {
      reviews.release();
    }
    return switch (answer) {
      case Authenticator.Answer.Known(ProxyIdentity identity) ->
          authorizer.allows(identity, group)
              ? new Entry.Allowed(identity.pod(), zone(identity))
              : new Entry.Denied(
                  Refusal.Forbidden,
                  "ServiceAccount " + identity + " may not have the config of " + group);
      case Authenticator.Answer.Refused(String reason) ->
          new Entry.Denied(Refusal.BadToken, reason);
      case Authenticator.Answer.Unavailable(String reason) ->
          new Entry.Denied(Refusal.AuthenticationUnavailable, reason);
    };
  }

  private @Nullable String zone(ProxyIdentity identity) {
    return identity.node() == null ? null : zones.of(identity.node());
  }

  /// Serves a replica that has proved that it is one.
  void startReplica(SessionChannel channel) {
    Consumer<SessionChannel> server = replicaServer;
    if (server == null) {
      channel.refuse("replicas are not served here");
      return;
    }
    replicas.add(channel);
    if (stopping) {
      channel.end("the controller stops");
    }
    Thread.ofVirtual()
        .name("weir-follower")
        .start(
            () -> {
              try {
                server.accept(channel);
              } finally {
                replicas.remove(channel);
                channel.close();
              }
            });
  }

  void start(Session session) {
    sessionCount.incrementAndGet();
    started.add(session);
    if (stopping) {
      session.channel().end("the controller stops");
    }
    Thread.ofVirtual().name("weir-session").start(session);
  }

  /// From now on the session hears of changes. An older one of the same proxy ends.
  void begun(Session session, ProxyInfo proxy) {
    sessions.compute(
        proxy.group(),
        (ignored, present) -> {
          Set<Session> set = present == null ? ConcurrentHashMap.newKeySet() : present;
          set.add(session);
          return set;
        });
    Session older = byName.put(new ProxyName(proxy.group(), proxy.proxyId()), session);
    if (older != null) {
      older.channel().end("the same proxy connected again");
    }
  }

  void ended(Session session, ProxyGroup group, @Nullable ProxyInfo proxy) {
    started.remove(session);
    sessionCount.decrementAndGet();
    sessions.computeIfPresent(
        group,
        (ignored, set) -> {
          set.remove(session);
          return set.isEmpty() ? null : set;
        });
    if (proxy != null) {
      byName.remove(new ProxyName(group, proxy.proxyId()), session);
    }
  }

  private void accept(SocketChannel channel) throws IOException {
    SslContext context = tls();
    if (pending.incrementAndGet() > options.maxPending()) {
      pending.decrementAndGet();
      refused(
          Refusal.TooManyPending,
          channel.remoteAddress().getAddress().getHostAddress(),
          "too many connections that have not proved who they are");
      channel.close();
      return;
    }
    SslHandler handler = context.newHandler(channel.alloc());
    handler.setHandshakeTimeoutMillis(options.handshakeTimeout().toMillis());
    channel
        .pipeline()
        .addLast(handler)
        .addLast(new HttpServerCodec(2048, 16 * 1024, 1024))
        .addLast(new HttpObjectAggregator(1, true))
        .addLast(new UpgradeHandler(this));
  }

  private SslContext tls() throws IOException {
    TlsIdentity.Current now = credentials.current();
    Tls current = tls;
    if (current == null || current.of != now) {
      current =
          new Tls(
              SslContextBuilder.forServer(now.servingKey(), now.servingChain())
                  .trustManager(now.trusted())
                  .clientAuth(ClientAuth.OPTIONAL)
                  .sslProvider(SslProvider.JDK)
                  .protocols("TLSv1.3", "TLSv1.2")
                  .build(),
              now);
      tls = current;
    }
    return current.context;
  }
}
