package dev.weir.proxy.health;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.PoolConfig;
import dev.weir.proxy.http2.StatusQuestion;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Transport;
import dev.weir.proxy.origin.OriginDialer;
import dev.weir.proxy.proxyprotocol.ProxyHeader;
import dev.weir.proxy.tls.OriginTls;
import dev.weir.proxy.upstream.Approach;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One check of one address: its own connection, its own deadline, exactly one result. The
/// connection is approached as those of traffic are, but a PROXY header says LOCAL, and a TLS
/// handshake is a whole one. Thread: the control loop.
final class Probe extends ChannelInboundHandlerAdapter implements StatusQuestion.Answer {
  private static final int MAX_STATUS_LINE = 1024;

  private final PoolConfig.Probe kind;
  private final PoolConfig.Protocol protocol;
  private final EndpointsConfig.Endpoint endpoint;
  private final Approach approach;
  private final Consumer<CheckResult> done;
  private final StringBuilder line = new StringBuilder();
  private @Nullable Channel channel;
  private @Nullable StatusQuestion question;
  private Stage stage = Stage.CONNECTING;
  private boolean finished;

  private enum Stage {
    CONNECTING,
    HANDSHAKE,
    PROTOCOL
  }

  private Probe(
      PoolConfig.Probe kind,
      PoolConfig.Protocol protocol,
      EndpointsConfig.Endpoint endpoint,
      Approach approach,
      Consumer<CheckResult> done) {
    this.kind = kind;
    this.protocol = protocol;
    this.endpoint = endpoint;
    this.approach = approach;
    this.done = done;
  }

  /// Starts a check.
  ///
  /// @param endpoint whose Host is used when the probe names none
  /// @param protocol that a request is sent in
  /// @param done is called once, on the control loop
  static void start(
      EventLoops loops,
      SocketAddress address,
      EndpointsConfig.Endpoint endpoint,
      Approach approach,
      PoolConfig.Probe kind,
      PoolConfig.Protocol protocol,
      Duration timeout,
      Consumer<CheckResult> done) {
    var probe = new Probe(kind, protocol, endpoint, approach, done);
    int millis = Math.max(1, (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE));
    ChannelFuture connecting =
        bootstrap(loops.transport(), address)
            .group(loops.control())
            .option(ChannelOption.ALLOCATOR, loops.allocator())
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
            .handler(probe)
            .connect(loops.transport().own(address));
    probe.channel = connecting.channel();
    var deadline = loops.control().schedule(probe::timedOut, millis, TimeUnit.MILLISECONDS);
    connecting.channel().closeFuture().addListener(closed -> deadline.cancel(false));
    connecting.addListener(
        result -> {
          if (!result.isSuccess()) {
            probe.connectFailed(result.cause());
          }
        });
  }

  private static Bootstrap bootstrap(Transport transport, SocketAddress address) {
    return address instanceof UnixDomainSocketAddress
        ? new Bootstrap().channelFactory(transport.domainChannels())
        : new Bootstrap().channel(transport.socketChannel()).option(ChannelOption.SO_LINGER, 0);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (approach.announces() != null) {
      OriginDialer.announce(ctx.channel(), approach.announces(), ProxyHeader.LOCAL);
    }
    OriginTls tls = approach.tls();
    if (kind instanceof PoolConfig.Probe.Tcp) {
      finish(CheckResult.passed("L4OK", "connected"));
    } else if (tls == null) {
      ready(ctx);
    } else if (tls.problem() != null) {
      finish(CheckResult.failed("L6RSP", tls.problem()));
    } else {
      shakeHands(ctx, tls.check(ctx.alloc(), endpoint));
    }
  }

  private void shakeHands(ChannelHandlerContext ctx, SslHandler handler) {
    stage = Stage.HANDSHAKE;
    handler.setHandshakeTimeoutMillis(0); // the check's own deadline is enough
    ctx.pipeline().addFirst(handler);
    handler
        .handshakeFuture()
        .addListener(
            shaken -> {
              if (!shaken.isSuccess()) {
                finish(CheckResult.failed("L6RSP", OriginTls.reason(shaken.cause())));
              } else if (OriginTls.agreed(handler, protocol)) {
                ready(ctx);
              } else {
                finish(CheckResult.failed("L6RSP", "HTTP/2 was not agreed on"));
              }
            });
  }

  private void ready(ChannelHandlerContext ctx) {
    stage = Stage.PROTOCOL;
    switch (kind) {
      case PoolConfig.Probe.Tcp() -> finish(CheckResult.passed("L4OK", "connected"));
      case PoolConfig.Probe.Tls() -> finish(CheckResult.passed("L6OK", "handshake done"));
      case PoolConfig.Probe.Http http -> ask(ctx, http);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var bytes = (ByteBuf) message;
    try {
      if (question != null) {
        question.read(bytes);
      } else if (kind instanceof PoolConfig.Probe.Http http) {
        read(http, bytes);
      }
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    finish(
        stage == Stage.PROTOCOL
            ? CheckResult.failed("L7RSP", "closed without an HTTP response")
            : CheckResult.failed("L6RSP", "closed during the TLS handshake"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    switch (stage) {
      case CONNECTING -> connectFailed(cause);
      case HANDSHAKE -> finish(CheckResult.failed("L6RSP", OriginTls.reason(cause)));
      case PROTOCOL ->
          finish(
              cause instanceof DecoderException
                  ? CheckResult.failed("L6RSP", OriginTls.reason(cause))
                  : CheckResult.failed("L7RSP", text(cause)));
    }
  }

  private void ask(ChannelHandlerContext ctx, PoolConfig.Probe.Http http) {
    switch (protocol) {
      case HTTP1 -> ctx.writeAndFlush(request(http));
      case HTTP2 -> {
        question = new StatusQuestion(this);
        question.ask(ctx, http.method(), host(http), http.path(), approach.tls() != null);
      }
    }
  }

  private String host(PoolConfig.Probe.Http http) {
    return http.host() == null ? endpoint.host() : http.host();
  }

  @Override
  public void status(int status) {
    if (kind instanceof PoolConfig.Probe.Http http) {
      finish(judge(http, status));
    }
  }

  @Override
  public void invalid(String problem) {
    finish(CheckResult.failed("L7RSP", problem));
  }

  private void read(PoolConfig.Probe.Http http, ByteBuf bytes) {
    while (bytes.isReadable()) {
      char c = (char) bytes.readUnsignedByte();
      if (c == '\n') {
        finish(judge(http, line.toString().trim()));
        return;
      }
      line.append(c);
      if (line.length() > MAX_STATUS_LINE) {
        finish(CheckResult.failed("L7RSP", "not an HTTP response"));
        return;
      }
    }
  }

  private ByteBuf request(PoolConfig.Probe.Http http) {
    String text =
        http.method()
            + " "
            + http.path()
            + " HTTP/1.1\r\nHost: "
            + host(http)
            + "\r\nUser-Agent: weir-health\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  static CheckResult judge(PoolConfig.Probe.Http http, String statusLine) {
    if (!statusLine.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
      return CheckResult.failed("L7RSP", "not an HTTP response");
    }
    return judge(http, Integer.parseInt(statusLine.substring(9, 12)));
  }

  private static CheckResult judge(PoolConfig.Probe.Http http, int status) {
    String detail = "HTTP " + status + " from " + http.path();
    boolean wanted =
        http.statuses().stream().anyMatch(r -> status >= r.first() && status <= r.last());
    return wanted ? CheckResult.passed("L7OK", detail) : CheckResult.failed("L7STS", detail);
  }

  private void timedOut() {
    finish(
        switch (stage) {
          case CONNECTING -> CheckResult.failed("L4TOUT", "no connection in time");
          case HANDSHAKE -> CheckResult.failed("L6TOUT", "no TLS handshake in time");
          case PROTOCOL -> CheckResult.failed("L7TOUT", "no response in time");
        });
  }

  private void connectFailed(Throwable cause) {
    finish(CheckResult.failed("L4CON", text(cause)));
  }

  private static String text(Throwable cause) {
    String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (cause instanceof ConnectException && message.contains("refused")) {
      return "connection refused";
    }
    if (message.contains("reset")) {
      return "connection reset";
    }
    if (message.contains("unreachable")) {
      return message.contains("host") ? "host unreachable" : "network unreachable";
    }
    return message;
  }

  private void finish(CheckResult result) {
    if (finished) {
      return;
    }
    finished = true;
    if (channel != null) {
      channel.close();
    }
    done.accept(result);
  }
}
