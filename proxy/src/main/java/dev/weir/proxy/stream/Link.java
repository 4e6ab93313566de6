package dev.weir.proxy.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.config.stream.Frame;
import dev.weir.config.stream.FrameCodec;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One connection to a controller: TLS, the upgrade, then frames. Its handler runs on the control
/// loop and hands what it hears to a consumer; every other method may be called by any thread.
///
/// Reading stops while more than [#HIGH_WATER] bytes wait to be taken.
final class Link {
  private static final long HIGH_WATER = 16L << 20;
  private static final int CONNECT_MILLIS = 5_000;
  private static final int UPGRADE_MILLIS = 10_000;
  private static final byte[] PING = FrameCodec.encode(new Frame.Ping());
  private static final byte[] PONG = FrameCodec.encode(new Frame.Pong());

  /// What is heard of a link. Nothing comes after `Closed`, which always comes.
  sealed interface Event {
    Link link();

    /// The controller let this proxy in.
    record Opened(Link link) implements Event {}

    /// A text frame; [Link#taken] must be called for it.
    record Received(Link link, byte[] frame) implements Event {}

    /// It is over, or never came to be.
    record Closed(Link link, String reason) implements Event {}
  }

  private final Consumer<Event> heard;
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Channel channel;
  private volatile long lastHeard = System.nanoTime();

  Link(Consumer<Event> heard) {
    this.heard = heard;
  }

  /// Dials; the outcome is an event.
  ///
  /// @param host the name that the certificate must be for
  /// @param token null sends none
  void dial(
      EventLoop loop,
      Class<? extends Channel> type,
      SslContext tls,
      InetSocketAddress address,
      String host,
      String path,
      @Nullable String token) {
    var headers = new DefaultHttpHeaders();
    if (token != null) {
      headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + token);
    }
    String authority = (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    WebSocketClientHandshaker handshaker =
        WebSocketClientHandshakerFactory.newHandshaker(
            URI.create("wss://" + authority + path),
            WebSocketVersion.V13,
            null,
            false,
            headers,
            FrameCodec.MAX_FRAME);
    var initializer =
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel ch) {
            var ssl = tls.newHandler(ch.alloc(), host, address.getPort());
            ssl.setHandshakeTimeoutMillis(CONNECT_MILLIS);
            ch.pipeline()
                .addLast(ssl, new HttpClientCodec(), new HttpObjectAggregator(16 * 1024))
                .addLast(new Handler(handshaker));
          }
        };
    ChannelFuture connecting =
        new Bootstrap()
            .group(loop)
            .channel(type)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .handler(initializer)
            .connect(address);
    channel = connecting.channel();
    connecting.addListener(
        (ChannelFutureListener)
            done -> {
              if (!done.isSuccess()) {
                closed("cannot connect to " + address + ": " + message(done.cause()));
              } else if (closed.get()) {
                done.channel().close();
              }
            });
  }

  /// When anything was last heard, as [System#nanoTime].
  long lastHeard() {
    return lastHeard;
  }

  /// A received frame is not held any more.
  void taken(byte[] frame) {
    Channel open = channel;
    if (waiting.addAndGet(-frame.length) <= HIGH_WATER / 2
        && open != null
        && !open.config().isAutoRead()) {
      open.config().setAutoRead(true);
    }
  }

  void send(byte[] frame) {
    Channel open = channel;
    if (open != null) {
      open.writeAndFlush(new TextWebSocketFrame(Unpooled.wrappedBuffer(frame)));
    }
  }

  /// Ends it after what was sent before.
  void close(String reason) {
    Channel open = channel;
    closed(reason);
    if (open != null) {
      open.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  /// The link never came to be.
  void failed(String reason) {
    closed(reason);
  }

  private void closed(String reason) {
    if (closed.compareAndSet(false, true)) {
      heard.accept(new Event.Closed(this, reason));
    }
  }

  private static String message(@Nullable Throwable cause) {
    if (cause == null) {
      return "unknown";
    }
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private final class Handler extends ChannelInboundHandlerAdapter {
    private final WebSocketClientHandshaker handshaker;

    Handler(WebSocketClientHandshaker handshaker) {
      this.handshaker = handshaker;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      handshaker.handshake(ctx.channel());
      ctx.executor()
          .schedule(
              () -> {
                if (!handshaker.isHandshakeComplete()) {
                  closed("the controller did not answer the upgrade in time");
                  ctx.close();
                }
              },
              UPGRADE_MILLIS,
              TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      lastHeard = System.nanoTime();
      try {
        if (message instanceof FullHttpResponse response && !handshaker.isHandshakeComplete()) {
          upgrade(ctx, response);
        } else if (message instanceof WebSocketFrame frame) {
          received(ctx, frame);
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    private void upgrade(ChannelHandlerContext ctx, FullHttpResponse response) {
      if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
        String body = response.content().toString(UTF_8).strip();
        closed("the controller answers " + response.status() + (body.isEmpty() ? "" : ": " + body));
        ctx.close();
        return;
      }
      try {
        handshaker.finishHandshake(ctx.channel(), response);
        var whole = new WebSocketFrameAggregator(FrameCodec.MAX_FRAME);
        ctx.pipeline().addBefore(ctx.name(), "frames", whole);
        heard.accept(new Event.Opened(Link.this));
      } catch (WebSocketHandshakeException e) {
        closed("the controller's upgrade is not valid: " + e.getMessage());
        ctx.close();
      }
    }

    private void received(ChannelHandlerContext ctx, WebSocketFrame frame) {
      switch (frame) {
        case TextWebSocketFrame text -> {
          ByteBuf content = text.content();
          byte[] bytes = ByteBufUtil.getBytes(content);
          if (Arrays.equals(bytes, PING)) {
            send(PONG);
            return;
          }
          if (waiting.addAndGet(bytes.length) > HIGH_WATER) {
            ctx.channel().config().setAutoRead(false);
          }
          heard.accept(new Event.Received(Link.this, bytes));
        }
        case PingWebSocketFrame ping ->
            ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
        case PongWebSocketFrame ignored -> {}
        case CloseWebSocketFrame ignored -> {
          closed("closed by the controller");
          ctx.close();
        }
        default -> {
          closed("the controller sent a binary message");
          ctx.close();
        }
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      closed("connection lost");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      closed("connection failed: " + message(cause));
      ctx.close();
    }
  }
}
