package dev.weir.proxy.health;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.http2.StatusQuestion;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One check of one address: its own connection, its own deadline, exactly one result. Thread: the
/// control loop.
final class Probe extends ChannelInboundHandlerAdapter implements StatusQuestion.Answer {
  private static final int MAX_STATUS_LINE = 1024;

  private final PoolConfig.Probe kind;
  private final PoolConfig.Protocol protocol;
  private final String defaultHost;
  private final Consumer<CheckResult> done;
  private final StringBuilder line = new StringBuilder();
  private @Nullable Channel channel;
  private @Nullable StatusQuestion question;
  private boolean connected;
  private boolean finished;

  private Probe(
      PoolConfig.Probe kind,
      PoolConfig.Protocol protocol,
      String defaultHost,
      Consumer<CheckResult> done) {
    this.kind = kind;
    this.protocol = protocol;
    this.defaultHost = defaultHost;
    this.done = done;
  }

  /// Starts a check.
  ///
  /// @param host the Host when the probe names none
  /// @param protocol that a request is sent in
  /// @param done is called once, on the control loop
  static void start(
      EventLoops loops,
      SocketAddress address,
      String host,
      PoolConfig.Probe kind,
      PoolConfig.Protocol protocol,
      Duration timeout,
      Consumer<CheckResult> done) {
    var probe = new Probe(kind, protocol, host, done);
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
    connected = true;
    switch (kind) {
      case PoolConfig.Probe.Tcp() -> finish(CheckResult.passed("L4OK", "connected"));
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
    finish(CheckResult.failed("L7RSP", "closed without an HTTP response"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (connected) {
      finish(CheckResult.failed("L7RSP", text(cause)));
    } else {
      connectFailed(cause);
    }
  }

  private void ask(ChannelHandlerContext ctx, PoolConfig.Probe.Http http) {
    switch (protocol) {
      case HTTP1 -> ctx.writeAndFlush(request(http));
      case HTTP2 -> {
        question = new StatusQuestion(this);
        question.ask(ctx, http.method(), host(http), http.path(), false);
      }
    }
  }

  private String host(PoolConfig.Probe.Http http) {
    return http.host() == null ? defaultHost : http.host();
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
        connected
            ? CheckResult.failed("L7TOUT", "no response in time")
            : CheckResult.failed("L4TOUT", "no connection in time"));
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
