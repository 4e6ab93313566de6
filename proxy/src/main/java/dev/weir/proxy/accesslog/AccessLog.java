package dev.weir.proxy.accesslog;

/// Where a listener's access log lines go. Never blocks; may drop a line and then counts it.
public interface AccessLog {

  /// Logs one request (HTTP) or connection (TCP). The record may be reused as soon as this returns.
  ///
  /// Thread: the connection's loop.
  void log(AccessRecord record);

  /// Whether lines say how many connections were open: without that nobody has to count them.
  default boolean counts() {
    return true;
  }
}
