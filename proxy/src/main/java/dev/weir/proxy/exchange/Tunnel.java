package dev.weir.proxy.exchange;

import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import java.time.Duration;

/// What a request becomes by a 101 or a CONNECT: bytes pass both ways as they are, until both sides
/// have ended or nothing passed for as long as the listener allows. Each end is passed on alone.
/// Thread: the exchange's loop.
final class Tunnel extends Deadlines.Deadline {
  private final Exchange exchange;
  private final ClientStream client;
  private final OriginStream origin;
  private final Loop loop;
  private final Duration idle;
  private boolean clientEnded;
  private boolean originEnded;
  private boolean closed;

  /// @param origin the tunnel's from now on
  /// @param idle how long it may be silent
  Tunnel(Exchange exchange, ClientStream client, OriginStream origin, Loop loop, Duration idle) {
    this.exchange = exchange;
    this.client = client;
    this.origin = origin;
    this.loop = loop;
    this.idle = idle;
  }

  /// Both sides know by a head that this is one: tells their streams.
  void open() {
    if (!closed) {
      renew();
      origin.tunnel();
      client.tunnel();
    }
  }

  /// Whether bytes may be read from the client now.
  boolean wantsMore() {
    return !closed && !clientEnded && origin.writable();
  }

  /// The client takes bytes again.
  void clientWritable() {
    if (client.writable()) {
      origin.readMore();
    }
  }

  /// Takes ownership.
  void fromClient(ByteBuf data) {
    renew();
    origin.body(data);
    origin.flush();
  }

  /// Takes ownership.
  void fromOrigin(ByteBuf data) {
    renew();
    client.body(data);
    client.flush();
  }

  /// The client sends nothing more.
  void clientEnded() {
    if (!clientEnded) {
      clientEnded = true;
      origin.shutdownOutput();
      endIfBothDid();
    }
  }

  /// The origin sends nothing more.
  void originEnded() {
    if (!originEnded) {
      originEnded = true;
      client.shutdownOutput();
      endIfBothDid();
    }
  }

  private void endIfBothDid() {
    if (clientEnded && originEnded && !closed) {
      exchange.end(null);
    }
  }

  private void renew() {
    loop.deadlines().in(this, idle);
  }

  /// Gives the origin up. Nothing comes after this.
  void close() {
    closed = true;
    loop.deadlines().remove(this);
    origin.close();
  }

  @Override
  protected void expired() {
    exchange.end(null);
  }
}
