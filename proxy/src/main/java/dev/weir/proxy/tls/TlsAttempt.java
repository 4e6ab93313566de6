package dev.weir.proxy.tls;

import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.Passage;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Handshake;
import dev.weir.proxy.metrics.Traffic;
import dev.weir.proxy.net.SocketAddresses;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection's handshake: reads the ClientHello, lets it choose a certificate of the plan that
/// is in force by then, and leaves the rest to the library's handler, which takes its place.
///
/// ```
///   ClientHello ──complete──▶ handshake ──agreed──▶ next stage
///        └── not TLS, too large, malformed, no certificate or name: alert ──▶ closed
/// ```
///
/// Thread: the connection's loop.
final class TlsAttempt extends ChannelInboundHandlerAdapter implements Stage.Attempt {
  private static final Logger LOG = LoggerFactory.getLogger(TlsAttempt.class);

  private final Arrival arrival;
  private final Passage passage;
  private final HelloReader reader = new HelloReader();
  private @Nullable ByteBuf bytes;
  private @Nullable ChannelHandlerContext context;
  private boolean ended;

  /// The name that the client asks for; null for none, and as long as it is not known.
  private @Nullable String asked;

  TlsAttempt(Arrival arrival, Passage passage) {
    this.arrival = arrival;
    this.passage = passage;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  // --- the ClientHello

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf all = add(ctx, (ByteBuf) message);
    switch (reader.read(all)) {
      case INCOMPLETE -> {}
      case COMPLETE -> hello(ctx, all);
      case NOT_TLS -> refuse(Handshake.NOT_TLS, Alert.PROTOCOL_VERSION);
      case TOO_LARGE -> refuse(Handshake.HELLO_TOO_LARGE, Alert.ILLEGAL_PARAMETER);
    }
  }

  private ByteBuf add(ChannelHandlerContext ctx, ByteBuf more) {
    ByteBuf before = bytes;
    if (before == null) {
      bytes = more;
      return more;
    }
    if (before.maxFastWritableBytes() >= more.readableBytes()) {
      before.writeBytes(more);
      more.release();
      return before;
    }
    ByteBuf all = ctx.alloc().directBuffer(2 * (before.readableBytes() + more.readableBytes()));
    all.writeBytes(before).writeBytes(more);
    before.release();
    more.release();
    bytes = all;
    return all;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!ended) {
      ctx.read();
    }
  }

  private void hello(ChannelHandlerContext ctx, ByteBuf all) {
    ClientHello hello = ClientHello.parse(reader.hello());
    if (hello == null) {
      refuse(Handshake.BAD_HELLO, Alert.DECODE_ERROR);
      return;
    }
    asked = hello.name();
    TlsStage now = TlsStage.of(passage.plan());
    ServerCertificates known = now == null ? null : now.certificatesFor(hello);
    if (known != null && known.refuses(hello)) {
      // RFC 8446 section 9.2, RFC 6066 section 3
      Alert alert = asked == null ? Alert.MISSING_EXTENSION : Alert.UNRECOGNIZED_NAME;
      refuse(Handshake.UNKNOWN_NAME, alert);
      return;
    }
    ServerContext chosen = known == null ? null : known.choose(hello);
    if (chosen == null) {
      refuse(Handshake.NO_CERTIFICATE, Alert.HANDSHAKE_FAILURE);
      return;
    }
    SslHandler tls = chosen.handler(ctx.alloc());
    ctx.pipeline().addAfter(ctx.name(), null, tls);
    tls.handshakeFuture().addListener(done -> handshaken(done, tls, chosen, hello));
    bytes = null;
    ctx.fireChannelRead(all);
    ctx.pipeline().remove(this);
  }

  // --- the handshake

  private void handshaken(
      Future<?> done, SslHandler tls, ServerContext context, ClientHello hello) {
    if (ended) {
      return;
    }
    if (!done.isSuccess()) {
      end(Outcomes.of(done.cause()));
      return;
    }
    ended = true;
    Outcomes.Agreed agreed = Outcomes.agreed(tls, context, hello);
    traffic().handshake(agreed.resumed() ? Handshake.RESUMED : Handshake.FULL);
    passage.pass(arrival.over(agreed.facts()));
  }

  // --- the end

  @Override
  public void expired() {
    end(Handshake.TIMEOUT);
    arrival.channel().close();
  }

  @Override
  public void closed() {
    end(Handshake.CLOSED);
    release();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    release();
  }

  private void release() {
    ByteBuf last = bytes;
    bytes = null;
    if (last != null) {
      last.release();
    }
  }

  /// Says why in an alert, then closes.
  private void refuse(Handshake why, Alert alert) {
    end(why);
    release();
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      ctx.writeAndFlush(Unpooled.wrappedBuffer(alert.record()))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void end(Handshake why) {
    if (ended) {
      return;
    }
    ended = true;
    traffic().handshake(why);
    traffic().failure(Failure.TLS_HANDSHAKE);
    if (LOG.isDebugEnabled()) {
      SocketAddress client = arrival.client();
      LOG.debug(
          "TLS handshake with {} on {} failed: {}",
          client == null ? "unknown" : SocketAddresses.text(client),
          plan().listener(),
          why.text());
    }
  }

  /// That of the listener which the client means.
  private ListenerPlan plan() {
    return passage.plan().meant(asked);
  }

  private Traffic traffic() {
    return plan().traffic().on(passage.loop());
  }
}
