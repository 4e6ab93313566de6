package dev.weir.proxy.upstream;

/// A connection to an endpoint that takes another request. Thread: its loop.
public interface IdleConnection {

  /// Whether it is still open and clean, and speaks what the pool is configured for.
  boolean usable();

  /// Whether it takes several requests at once: then it stays where it is until it says itself that
  /// it takes no more.
  default boolean shared() {
    return false;
  }

  /// Closes it, a shared one as soon as nobody uses it.
  void close();
}
