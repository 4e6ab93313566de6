package dev.weir.proxy.upstream;

/// A connection to an endpoint that nobody uses now. Thread: its loop.
public interface IdleConnection {

  /// Whether it is still open and clean.
  boolean usable();

  /// Closes it.
  void close();
}
