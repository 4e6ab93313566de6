package dev.weir.proxy.listener;

import dev.weir.proxy.net.Loop;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One listening socket: accepts while there is room, otherwise leaves clients in the kernel's
/// queue. A connection that was accepted just as the room ran out waits here, so that a limit is
/// never exceeded. Thread: the socket's loop.
final class Acceptor extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
  private static final long PAUSE_SECONDS = 1;

  private final Listener listener;
  private final Loop loop;
  private final ServerChannel socket;
  private final Queue<Channel> waiting = new ArrayDeque<>();
  private boolean accepting;

  Acceptor(Listener listener, Loop loop, ServerChannel socket) {
    this.listener = listener;
    this.loop = loop;
    this.socket = socket;
  }

  ServerChannel socket() {
    return socket;
  }

  void accept() {
    accepting = true;
    socket.config().setAutoRead(true);
  }

  void close() {
    listener.removeFile();
    acceptTheRest();
    accepting = false;
    socket.close();
    for (Channel channel = waiting.poll(); channel != null; channel = waiting.poll()) {
      channel.unsafe().closeForcibly();
    }
  }

  /// The kernel resets what is in the queue of a socket that is closed.
  private void acceptTheRest() {
    try {
      Channel channel = listener.acceptNow(socket);
      while (channel != null) {
        take(channel);
        channel = listener.acceptNow(socket);
      }
    } catch (IOException e) {
      LOG.debug("cannot empty the queue of {}", listener.bind().id(), e);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    take((Channel) message);
  }

  private void take(Channel channel) {
    if (waiting.isEmpty() && listener.acquire(this::retry)) {
      listener.assign(loop, channel);
    } else {
      waiting.add(channel);
      socket.config().setAutoRead(false);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    listener.acceptFailed();
    LOG.warn(
        "cannot accept on {}, trying again in {} s: {}",
        listener.bind().id(),
        PAUSE_SECONDS,
        cause.getMessage());
    socket.config().setAutoRead(false);
    loop.eventLoop().schedule(this::resume, PAUSE_SECONDS, TimeUnit.SECONDS);
  }

  private void retry() {
    loop.eventLoop().execute(this::resume);
  }

  private void resume() {
    if (!accepting) {
      return;
    }
    while (!waiting.isEmpty()) {
      if (!listener.acquire(this::retry)) {
        return;
      }
      listener.assign(loop, waiting.remove());
    }
    socket.config().setAutoRead(true);
  }
}
