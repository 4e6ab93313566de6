package dev.weir.proxy.accesslog;

/// Where a listener's access log lines go. Never blocks; may drop a line and then counts it.
public interface AccessLog {

  /// Logs one request (HTTP) or connection (TCP). The record may be reused as soon as this returns.
  ///
  /// Thread: the connection's loop.
  void log(AccessRecord record);
}
