package dev.weir.proxy.http2;

import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import java.time.Duration;

/// Closes a connection that nobody uses, and one whose peer is gone without a word: when nothing
/// comes for a while although requests are under way, the peer is asked (PING) and must answer.
///
/// Servers of gRPC take more than a few pings without data for an attack and close: after two
/// without anything else the next ones come minutes apart. Thread: the connection's loop.
final class OriginWatch extends Deadlines.Deadline {
  private static final int IN_A_ROW = 2;

  /// How long what may take.
  ///
  /// @param silence nothing may come while requests are under way before the peer is asked
  /// @param answer the peer may take to answer
  /// @param between two questions when there were two in a row without anything else
  record Patience(Duration silence, Duration answer, Duration between) {
    /// What servers of gRPC put up with.
    static final Patience USUAL =
        new Patience(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(310));
  }

  private final Http2OriginConnection connection;
  private final Loop loop;
  private final Patience patience;
  private long received;
  private long asked;
  private boolean waiting;
  private int pings;
  private boolean used;

  OriginWatch(Http2OriginConnection connection, Loop loop, Patience patience) {
    this.patience = patience;
    this.connection = connection;
    this.loop = loop;
    this.received = loop.now();
  }

  /// A request goes out.
  void used() {
    if (!used) {
      used = true;
      received = loop.now();
      loop.deadlines().in(this, patience.silence());
    }
  }

  /// No request is under way any more.
  void idle() {
    used = false;
    waiting = false;
    loop.deadlines().set(this, loop.now() + connection.keepAlive());
  }

  /// Bytes came.
  void received(long now) {
    received = now;
  }

  /// A response moves: the peer counts pings anew.
  void progress() {
    pings = 0;
  }

  /// The peer answered.
  void answered() {
    waiting = false;
  }

  /// The connection is closed.
  void stop() {
    loop.deadlines().remove(this);
  }

  @Override
  protected void expired() {
    if (!used) {
      connection.unused();
      return;
    }
    long now = loop.now();
    if (waiting && received < asked) {
      connection.dead();
      return;
    }
    waiting = false;
    long next = received + patience.silence().toNanos();
    if (pings >= IN_A_ROW) {
      next = Math.max(next, asked + patience.between().toNanos());
    }
    if (now < next) {
      loop.deadlines().set(this, next);
      return;
    }
    pings++;
    asked = now;
    waiting = true;
    connection.ping();
    loop.deadlines().in(this, patience.answer());
  }
}
