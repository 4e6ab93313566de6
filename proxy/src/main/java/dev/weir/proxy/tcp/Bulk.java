package dev.weir.proxy.tcp;

import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.RawSocket;
import dev.weir.proxy.net.RawSocket.Result;
import io.netty.buffer.ByteBufAllocator;

/// The data of a relay that moves much, on epoll: both sockets are off their channels, and bytes go
/// from one to the other through pipes of the kernel (splice(2)) while a direction is busy.
///
/// What Netty's own `spliceTo` does not do: pipes are lent, not owned by each channel; the end of
/// input is told from an empty socket and comes after all bytes; reading stops by itself when the
/// other end does not take more. Thread: the relay's loop.
final class Bulk implements RawSocket.Owner {
  private final Relay relay;
  private final Loop loop;
  private final Flow fromClient;
  private final Flow fromOrigin;
  private final RawSocket clientSocket;
  private final RawSocket originSocket;
  private final Runnable next = this::nextTurn;
  private boolean scheduled;
  private boolean closed;

  /// Takes over two ends whose channels left the loop. [#start] follows.
  Bulk(Relay relay, Loop loop, Side client, Side origin, ByteBufAllocator allocator) {
    this.relay = relay;
    this.loop = loop;
    clientSocket = client.raw(loop, this);
    try {
      originSocket = origin.raw(loop, this);
    } catch (RuntimeException e) {
      clientSocket.detach();
      throw e;
    }
    fromClient = new Flow(client, origin, clientSocket, originSocket, loop, allocator);
    fromOrigin = new Flow(origin, client, originSocket, clientSocket, loop, allocator);
  }

  void start() {
    pump();
  }

  /// Bytes that were read and not written yet.
  long pending() {
    return fromClient.pending() + fromOrigin.pending();
  }

  /// Lets go of everything; the channels are closed before.
  void close() {
    closed = true;
    fromClient.release();
    fromOrigin.release();
    clientSocket.detach();
    originSocket.detach();
  }

  @Override
  public void ready(RawSocket socket) {
    pump();
  }

  @Override
  public void failed(RawSocket socket) {
    if (!closed) {
      broken(socket == clientSocket ? fromClient : fromOrigin);
      pump();
    }
  }

  @Override
  public void stopped() {
    relay.close();
  }

  private void nextTurn() {
    scheduled = false;
    pump();
  }

  private void pump() {
    if (closed) {
      return;
    }
    long in = fromClient.moved();
    long out = fromOrigin.moved();
    run(fromClient);
    run(fromOrigin);
    relay.moved(fromClient.moved() - in, fromOrigin.moved() - out);
    if (!closed && fromClient.finished() && fromOrigin.finished()) {
      relay.finished();
    }
  }

  private void run(Flow flow) {
    if (closed || flow.finished()) {
      return;
    }
    Result result = flow.pump();
    switch (result) {
      case MOVED -> {
        if (!scheduled) {
          scheduled = true;
          loop.eventLoop().execute(next);
        }
      }
      case BLOCKED -> {}
      case ENDED -> flow.finish();
      case BROKEN, IMPOSSIBLE -> {
        if (flow.sinkFailed()) {
          broken(opposite(flow));
        } else {
          flow.source().inputIsShut();
          broken(flow);
        }
        run(flow);
      }
    }
  }

  /// The end that a flow comes from is broken. When the other end had finished, then what came
  /// before is still passed on; otherwise that is the end.
  private void broken(Flow flow) {
    Flow back = opposite(flow);
    if (back.source().inputShut()) {
      back.abandon();
    } else {
      relay.broken(flow == fromClient);
    }
  }

  private Flow opposite(Flow flow) {
    return flow == fromClient ? fromOrigin : fromClient;
  }
}
