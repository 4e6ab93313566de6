package dev.weir.proxy.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;

/// Ways to end a connection that do not throw away what was written to it. Thread: the channel's
/// loop.
public final class Closing {

  private Closing() {}

  /// Says that nothing more comes, once everything written before is with the system: with TLS by
  /// an alert close_notify as well.
  public static ChannelFuture output(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    ChannelFuture last =
        tls == null ? channel.writeAndFlush(Unpooled.EMPTY_BUFFER) : tls.closeOutbound();
    return last.addListener(
        (ChannelFuture done) -> {
          if (done.isSuccess() && channel.isActive()) {
            ((DuplexChannel) channel).shutdownOutput();
          }
        });
  }

  /// Whether an event means that the peer will send nothing more: the end of its output, with TLS
  /// its alert close_notify as well. (The event of a close comes for our own alert too.)
  public static boolean inputEnded(Channel channel, Object event) {
    return event instanceof ChannelInputShutdownEvent
        || (event instanceof SslCloseCompletionEvent closed
            && closed.isSuccess()
            && inputComplete(channel));
  }

  /// Whether an end of the input is one that the peer meant: with TLS it has said so by the alert
  /// close_notify, since anybody can end a connection (RFC 8446 section 6.1).
  public static boolean inputComplete(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    return tls == null || tls.engine().isInboundDone();
  }

  /// Closes once everything written before is with the system, or when the peer did not take it in
  /// time.
  public static void afterFlush(Channel channel, Loop loop, Duration patience) {
    if (!channel.isActive()) {
      channel.close();
      return;
    }
    Deadlines.Deadline limit =
        new Deadlines.Deadline() {
          @Override
          protected void expired() {
            channel.close();
          }
        };
    loop.deadlines().in(limit, patience);
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            done -> {
              loop.deadlines().remove(limit);
              channel.close();
            });
  }

  /// Closes with a reset, so that the peer cannot take what it has for complete: with TLS without
  /// the alert close_notify, which would say that it is.
  public static void reset(Channel channel) {
    if (channel.isActive()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    channel.unsafe().close(channel.voidPromise());
  }
}
