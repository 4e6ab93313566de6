package dev.weir.proxy.listener;

/// A client's connection, as its listener sees it. Thread: its loop.
public interface LiveConnection {

  /// Finishes what is under way, then closes: HTTP says so to its clients (`Connection: close`,
  /// GOAWAY), of which one that is idle may have sent a last request already. A relay has no such
  /// end and goes on.
  void drain();

  /// Closes now, whatever is under way.
  void close();
}
