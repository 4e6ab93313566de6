package dev.weir.proxy.http1;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.ListenerConfig.AccessLog;
import dev.weir.config.ListenerConfig.Forwarded;
import dev.weir.config.ListenerConfig.ForwardedHeaders;
import dev.weir.config.ListenerConfig.LogFormat;
import dev.weir.config.ListenerConfig.Protocol;
import dev.weir.config.PoolConfig;
import dev.weir.proxy.edit.MessageEdits;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.exchange.Networks;
import dev.weir.proxy.exchange.OriginConnector;
import dev.weir.proxy.exchange.OriginConnectors;
import dev.weir.proxy.exchange.Route;
import dev.weir.proxy.http2.Http2Connector;
import dev.weir.proxy.http2.WebSocketConnector;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.OriginSockets;
import dev.weir.proxy.net.Transport;
import dev.weir.proxy.origin.OriginDialer;
import dev.weir.proxy.route.RouteTable;
import dev.weir.proxy.tcp.TcpPlan;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.EndpointTarget;
import dev.weir.proxy.upstream.Pool;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/// The data path alone: one listener on one loop in this process, with plans that a test may swap.
public final class Frontend implements AutoCloseable {
  private final EventLoops loops = EventLoops.start(Transport.detect(), 1);
  private final Loop loop = loops.data().all().getFirst();
  private final OriginDialer dialer =
      new OriginDialer(new OriginSockets(loops.transport(), loops.allocator()));
  private final Queue<Line> lines = new ConcurrentLinkedQueue<>();
  private final Set<LiveConnection> live = ConcurrentHashMap.newKeySet();
  private final Pool pool;
  private final PerLoopTraffic traffic = new PerLoopTraffic(1);
  private final Channel server;
  private volatile ListenerPlan plan;
  private volatile boolean draining;

  /// What the access log got.
  public record Line(int status, String termination, String target, String endpoint, int retries) {}

  /// The timeouts and limits of a test's listener and pool, short where a test waits for them.
  public record Limits(
      Duration header, Duration idle, Duration response, Duration connect, int retries, int slots) {
    public static final Limits USUAL =
        new Limits(
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(2),
            3,
            0);
  }

  private Frontend(
      Protocol protocol, Limits limits, Forwarded forwarded, MessageEdits edits, int... ports) {
    this(
        protocol,
        PoolConfig.Protocol.HTTP1,
        sockets -> new Http2Connector(sockets, 1),
        limits,
        forwarded,
        edits,
        ports);
  }

  private Frontend(
      Protocol protocol,
      PoolConfig.Protocol origins,
      Function<OriginDialer, OriginConnector> http2,
      Limits limits,
      Forwarded forwarded,
      MessageEdits edits,
      int... ports) {
    pool = new Pool("test/lb/web", poolConfig(origins, limits), Approach.PLAIN, loops.data());
    endpoints(limits.slots(), ports);
    var timeouts =
        new ListenerConfig.Timeouts(
            limits.header(),
            limits.idle(),
            limits.idle(),
            limits.idle(),
            Duration.ofSeconds(5),
            null);
    var config =
        new ListenerConfig(
            "http",
            "127.0.0.1:0",
            List.of(),
            protocol,
            false,
            "web",
            forwarded,
            new ListenerConfig.Versions(true, true, 128),
            timeouts,
            new ListenerConfig.Limits(0, 0, 32768, 128, 0, 1024),
            new AccessLog(LogFormat.JSON, true),
            null,
            null,
            null,
            null);
    plan =
        switch (protocol) {
          case HTTP ->
              new HttpPlan(
                  "test/lb",
                  config,
                  RouteTable.of(List.of(), route -> null),
                  Route.to(new Route.Destination(pool, edits)),
                  new Networks(forwarded.trust()),
                  traffic,
                  this::log,
                  List.of(),
                  Http1ClientConnection::accept,
                  null,
                  new OriginConnectors(
                      new Http1Connector(dialer),
                      http2.apply(dialer),
                      new WebSocketConnector(new Http1Connector(dialer))),
                  null);
          case TCP ->
              new TcpPlan(
                  "test/lb", config, pool, null, traffic, this::log, List.of(), dialer, null);
        };
    var listener = new OneListener();
    server =
        new ServerBootstrap()
            .group(loop.eventLoop())
            .channel(loops.transport().serverChannel())
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.ALLOCATOR, loops.allocator())
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, OriginSockets.WATER_MARK)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new OnActive(listener));
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  /// Takes over when the connection is there.
  private final class OnActive extends io.netty.channel.ChannelInboundHandlerAdapter {
    private final LoopListener listener;

    OnActive(LoopListener listener) {
      this.listener = listener;
    }

    @Override
    public void channelActive(io.netty.channel.ChannelHandlerContext ctx) {
      ctx.pipeline().remove(this);
      live.add(plan.accept(Arrival.of(ctx.channel()), listener));
    }
  }

  public static Frontend http(int... ports) {
    return http(Limits.USUAL, ports);
  }

  public static Frontend http(Limits limits, int... ports) {
    return http(limits, new Forwarded(ForwardedHeaders.XForwarded, List.of()), ports);
  }

  public static Frontend http(Limits limits, Forwarded forwarded, int... ports) {
    return new Frontend(Protocol.HTTP, limits, forwarded, MessageEdits.NONE, ports);
  }

  public static Frontend http(MessageEdits edits, Forwarded forwarded, int... ports) {
    return new Frontend(Protocol.HTTP, Limits.USUAL, forwarded, edits, ports);
  }

  public static Frontend tcp(Limits limits, int... ports) {
    return new Frontend(
        Protocol.TCP,
        limits,
        new Forwarded(ForwardedHeaders.None, List.of()),
        MessageEdits.NONE,
        ports);
  }

  /// To origins that speak HTTP/2.
  public static Frontend http2(Limits limits, MessageEdits edits, int... ports) {
    return http2(limits, edits, sockets -> new Http2Connector(sockets, 1), ports);
  }

  /// As above, with a connector of the test's own.
  public static Frontend http2(
      Limits limits,
      MessageEdits edits,
      Function<OriginDialer, OriginConnector> connector,
      int... ports) {
    return new Frontend(
        Protocol.HTTP,
        PoolConfig.Protocol.HTTP2,
        connector,
        limits,
        new Forwarded(ForwardedHeaders.XForwarded, List.of()),
        edits,
        ports);
  }

  private static PoolConfig poolConfig(PoolConfig.Protocol protocol, Limits limits) {
    return new PoolConfig(
        "web",
        protocol,
        PoolConfig.Algorithm.RoundRobin,
        null,
        PoolConfig.Connections.UNLIMITED,
        new PoolConfig.Queue(10, Duration.ofMillis(500)),
        limits.retries(),
        new PoolConfig.Timeouts(
            limits.connect(), limits.response(), limits.idle(), Duration.ofSeconds(60)),
        true,
        null,
        null,
        null,
        null);
  }

  /// Puts other endpoints in force.
  public void endpoints(int slots, int... ports) {
    List<EndpointTarget> targets = new ArrayList<>();
    for (int port : ports) {
      var config =
          new EndpointsConfig.Endpoint(
              "127.0.0.1",
              port,
              1,
              0,
              EndpointsConfig.State.Ready,
              slots,
              false,
              null,
              "s" + targets.size());
      targets.add(
          new EndpointTarget(
              config, new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
    }
    pool.update(targets);
  }

  private void log(dev.weir.proxy.accesslog.AccessRecord record) {
    String target =
        new String(
            record.head,
            record.methodStart,
            record.targetEnd - record.methodStart,
            java.nio.charset.StandardCharsets.ISO_8859_1);
    lines.add(
        new Line(
            record.status,
            "" + record.endedBy() + record.endedAt(),
            target,
            String.valueOf(record.endpoint),
            record.retries));
  }

  /// The port that clients connect to.
  public int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  /// The pool behind the listener.
  public Pool pool() {
    return pool;
  }

  /// What was logged so far.
  public List<Line> lines() {
    return List.copyOf(lines);
  }

  /// Connections of clients that are open.
  public int connections() {
    return live.size();
  }

  /// Drains: as when the listener is removed.
  public void drain() {
    draining = true;
    loop.eventLoop().execute(() -> live.forEach(LiveConnection::drain));
  }

  @Override
  public void close() {
    server.close().syncUninterruptibly();
    loop.eventLoop().submit(() -> live.forEach(LiveConnection::close)).syncUninterruptibly();
    pool.close();
    try {
      loops.stop(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class OneListener implements LoopListener {
    @Override
    public Loop loop() {
      return loop;
    }

    @Override
    public ListenerPlan plan() {
      return plan;
    }

    @Override
    public boolean draining() {
      return draining;
    }

    @Override
    public int connections() {
      return live.size();
    }

    @Override
    public int processConnections() {
      return live.size();
    }

    @Override
    public boolean admit(Arrival arrival) {
      return true;
    }

    @Override
    public void replace(LiveConnection before, LiveConnection now) {
      live.remove(before);
      live.add(now);
    }

    @Override
    public void closed(LiveConnection connection) {
      live.remove(connection);
    }
  }
}
