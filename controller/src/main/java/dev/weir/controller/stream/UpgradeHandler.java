package dev.weir.controller.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.config.stream.FrameCodec;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.controller.stream.StreamMetrics.Refusal;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/// The first and only HTTP request of a connection: names a group, proves who asks, becomes a
/// WebSocket. On the connection's event loop, but for the authenticator, which has a virtual
/// thread.
final class UpgradeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final String BEARER = "Bearer ";
  private static final int MAX_TOKEN = 12 * 1024;

  private final StreamServer server;
  private boolean asked;
  private boolean settled;

  UpgradeHandler(StreamServer server) {
    this.server = server;
  }

  private record Refused(Refusal counted, HttpResponseStatus status, String reason) {}

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.executor()
        .schedule(
            () -> {
              if (!settled) {
                server.refused(Refusal.HandshakeTimeout, address(ctx), "no request in time");
                ctx.close();
              }
            },
            server.options().handshakeTimeout().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    settle();
    ctx.fireChannelInactive();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (asked) {
      ctx.close();
      return;
    }
    asked = true;
    boolean replica = request.uri().equals(StreamServer.REPLICA_PATH);
    ProxyGroup group = null;
    try {
      group = replica ? null : ProxyGroup.parse(request.uri());
    } catch (IllegalArgumentException e) {
      refuse(
          ctx,
          new Refused(
              Refusal.BadRequest, HttpResponseStatus.NOT_FOUND, String.valueOf(e.getMessage())));
      return;
    }
    Refused refused = refused(request);
    if (refused != null) {
      refuse(ctx, refused);
      return;
    }
    PeerIdentity peer = peer(ctx);
    if (group == null) {
      answered(ctx, request.retain(), null, replica(peer));
    } else if (peer instanceof PeerIdentity.Proxy(ProxyGroup own)) {
      answered(ctx, request.retain(), group, server.admit(own, group));
    } else {
      review(ctx, request, group);
    }
  }

  private static Entry replica(@Nullable PeerIdentity peer) {
    return peer instanceof PeerIdentity.Replica
        ? Entry.Allowed.ANYBODY
        : new Entry.Denied(Refusal.Forbidden, "only replicas may do this");
  }

  /// Who the peer is by its certificate; null when it showed none of the controller's CA.
  private static @Nullable PeerIdentity peer(ChannelHandlerContext ctx) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    try {
      return tls.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate shown
          ? PeerIdentity.of(shown)
          : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  private void review(ChannelHandlerContext ctx, FullHttpRequest request, ProxyGroup group) {
    String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
    if (!authorization.startsWith(BEARER)
        || authorization.length() == BEARER.length()
        || authorization.length() > MAX_TOKEN) {
      refuse(ctx, new Refused(Refusal.NoToken, HttpResponseStatus.UNAUTHORIZED, "no bearer token"));
      return;
    }
    String token = authorization.substring(BEARER.length());
    FullHttpRequest kept = request.retain();
    Thread.ofVirtual()
        .name("weir-authenticate")
        .start(
            () -> {
              Entry answer = server.admit(token, group);
              ctx.executor().execute(() -> answered(ctx, kept, group, answer));
            });
  }

  private static @Nullable Refused refused(FullHttpRequest request) {
    if (!request.decoderResult().isSuccess() || request.content().isReadable()) {
      return new Refused(
          Refusal.BadRequest, HttpResponseStatus.BAD_REQUEST, "not a plain GET request");
    }
    if (!request.method().equals(HttpMethod.GET)) {
      return new Refused(Refusal.BadRequest, HttpResponseStatus.METHOD_NOT_ALLOWED, "GET only");
    }
    if (!request
        .headers()
        .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
      return new Refused(
          Refusal.BadRequest, HttpResponseStatus.UPGRADE_REQUIRED, "no WebSocket upgrade");
    }
    return null;
  }

  private static Refused refused(Refusal refusal, String reason) {
    HttpResponseStatus status =
        switch (refusal) {
          case NoToken, BadToken -> HttpResponseStatus.UNAUTHORIZED;
          case Forbidden -> HttpResponseStatus.FORBIDDEN;
          case AuthenticationUnavailable,
              TooManyPending,
              TooManySessions,
              HandshakeTimeout,
              Tls,
              Protocol,
              Unresponsive ->
              HttpResponseStatus.SERVICE_UNAVAILABLE;
          case BadRequest -> HttpResponseStatus.BAD_REQUEST;
        };
    return new Refused(refusal, status, reason);
  }

  private void answered(
      ChannelHandlerContext ctx, FullHttpRequest request, @Nullable ProxyGroup group, Entry entry) {
    try {
      if (!ctx.channel().isActive()) {
        return;
      }
      Entry.Allowed allowed;
      switch (entry) {
        case Entry.Allowed in -> allowed = in;
        case Entry.Denied(Refusal refusal, String reason) -> {
          refuse(ctx, refused(refusal, reason));
          return;
        }
      }
      var factory =
          new WebSocketServerHandshakerFactory(
              "wss://controller" + request.uri(), null, false, FrameCodec.MAX_FRAME);
      WebSocketServerHandshaker handshaker = factory.newHandshaker(request);
      if (handshaker == null) {
        refuse(
            ctx,
            new Refused(
                Refusal.BadRequest,
                HttpResponseStatus.UPGRADE_REQUIRED,
                "not a WebSocket version that is spoken here"));
        return;
      }
      settle();
      ctx.channel().config().setAutoRead(false);
      var channel = new SessionChannel(ctx.channel(), address(ctx), server.metrics());
      ctx.pipeline().addLast(new WebSocketFrameAggregator(FrameCodec.MAX_FRAME), channel);
      handshaker.handshake(ctx.channel(), request);
      ctx.pipeline().remove(this);
      if (group == null) {
        server.startReplica(channel);
      } else {
        server.start(new Session(server, channel, group, allowed));
      }
    } finally {
      request.release();
    }
  }

  private void refuse(ChannelHandlerContext ctx, Refused refused) {
    server.refused(refused.counted, address(ctx), refused.reason);
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            refused.status,
            Unpooled.copiedBuffer(refused.reason + "\n", UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    if (refused.status.equals(HttpResponseStatus.UNAUTHORIZED)) {
      response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (refused.status.equals(HttpResponseStatus.UPGRADE_REQUIRED)) {
      response.headers().set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
    }
    settle();
    ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  private void settle() {
    if (!settled) {
      settled = true;
      server.settled();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!settled) {
      boolean tls = cause.getCause() instanceof SSLException;
      server.refused(
          tls ? Refusal.Tls : Refusal.BadRequest, address(ctx), String.valueOf(cause.getMessage()));
    }
    ctx.close();
  }

  private static String address(ChannelHandlerContext ctx) {
    return ctx.channel().remoteAddress() instanceof InetSocketAddress peer
        ? peer.getAddress().getHostAddress() + ":" + peer.getPort()
        : "unknown";
  }
}
