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
  /// How long nothing may come before the peer is asked.
  static final Duration SILENCE = Duration.ofSeconds(15);

  /// How long the peer may take to answer.
  static final Duration ANSWER = Duration.ofSeconds(10);

  private static final Duration PATIENCE = Duration.ofSeconds(310);
  private static final int IN_A_ROW = 2;

  private final Http2OriginConnection connection;
  private final Loop loop;
  private long received;
  private long asked;
  private boolean waiting;
  private int pings;
  private boolean used;

  OriginWatch(Http2OriginConnection connection, Loop loop) {
    this.connection = connection;
    this.loop = loop;
    this.received = loop.now();
  }

  /// A request goes out.
  void used() {
    if (!used) {
      used = true;
      received = loop.now();
      loop.deadlines().in(this, SILENCE);
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
    long next = received + SILENCE.toNanos();
    if (pings >= IN_A_ROW) {
      next = Math.max(next, asked + PATIENCE.toNanos());
    }
    if (now < next) {
      loop.deadlines().set(this, next);
      return;
    }
    pings++;
    asked = now;
    waiting = true;
    connection.ping();
    loop.deadlines().in(this, ANSWER);
  }
}
