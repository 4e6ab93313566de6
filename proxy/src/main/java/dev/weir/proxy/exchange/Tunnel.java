package dev.weir.proxy.exchange;

import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import java.time.Duration;

/// What a request becomes by a 101 or a CONNECT: bytes pass both ways as they are, until both sides
/// have ended or nothing passed for as long as the listener allows. Each end is passed on alone.
/// Thread: the exchange's loop.
public final class Tunnel extends Deadlines.Deadline {
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
      origin.tunnel(this);
      client.tunnel(this);
    }
  }

  /// Whether bytes may be read from the client now.
  public boolean wantsMore() {
    return !closed && !clientEnded && origin.writable();
  }

  /// The client takes bytes again.
  void clientWritable() {
    if (client.writable()) {
      origin.readMore();
    }
  }

  /// Passes on what the client sent. Takes ownership.
  public void fromClient(ByteBuf data) {
    if (closed) {
      data.release();
      return;
    }
    renew();
    origin.body(data);
    origin.flush();
  }

  /// Passes on what the origin sent. Takes ownership.
  public void fromOrigin(ByteBuf data) {
    if (closed) {
      data.release();
      return;
    }
    renew();
    client.body(data);
    client.flush();
  }

  /// The client sends nothing more.
  public void clientEnded() {
    if (!clientEnded && !closed) {
      clientEnded = true;
      origin.shutdownOutput();
      endIfBothDid();
    }
  }

  /// The origin sends nothing more.
  public void originEnded() {
    if (!originEnded && !closed) {
      originEnded = true;
      client.shutdownOutput();
      endIfBothDid();
    }
  }

  private void endIfBothDid() {
    if (clientEnded && originEnded) {
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
