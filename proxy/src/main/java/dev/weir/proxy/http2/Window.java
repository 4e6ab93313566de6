package dev.weir.proxy.http2;

/// How many bytes of payload may be sent: a flow-control window (RFC 9113 section 5.2), of a stream
/// or of a connection. Negative after the peer has made windows smaller. Thread: the connection's
/// loop.
final class Window {
  /// How large a window is before anybody says anything.
  static final int DEFAULT = 65_535;

  private int left;

  /// Starts with so many bytes.
  void start(int size) {
    left = size;
  }

  /// How many bytes may be sent; 0 or less for none.
  int left() {
    return left;
  }

  /// Bytes were sent.
  void take(int bytes) {
    left -= bytes;
  }

  /// The window becomes wider, or narrower when negative.
  ///
  /// @return false when it would be wider than 2^31-1
  boolean widen(int by) {
    long wider = (long) left + by;
    if (wider > Integer.MAX_VALUE) {
      return false;
    }
    left = (int) wider;
    return true;
  }
}
