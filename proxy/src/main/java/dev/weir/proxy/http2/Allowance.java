package dev.weir.proxy.http2;

import java.util.concurrent.TimeUnit;

/// How much of something a peer may do that costs it nothing and us something: a number at once,
/// and so many a second. Thread: the connection's loop.
final class Allowance {
  private final int most;
  private final long nanosEach;
  private long left;
  private long since;

  /// @param most at once
  /// @param perSecond how fast it comes back
  Allowance(int most, int perSecond, long now) {
    this.most = most;
    this.nanosEach = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.left = most;
    this.since = now;
  }

  /// Uses one. False when there is none left.
  boolean use(long now) {
    if (left == 0) {
      long back = Math.max(0, now - since) / nanosEach;
      if (back == 0) {
        return false;
      }
      left = Math.min(most, back);
      since = now;
    }
    left--;
    return true;
  }

  /// Gives some back, for what the peer did that is of use.
  void earn(int some) {
    left = Math.min(most, left + some);
  }
}
