package dev.weir.proxy.listener;

/// A client's connection, as its listener sees it. Thread: its loop.
public interface LiveConnection {

  /// Finishes what is under way, then closes. Idle connections close at once; HTTP says
  /// `Connection: close`.
  void drain();

  /// Closes now, whatever is under way.
  void close();
}
