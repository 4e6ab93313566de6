package dev.weir.proxy.upstream;

import dev.weir.proxy.net.Loop;

/// Who waits in a pool's queue for a slot on an endpoint.
public interface Waiter {

  /// The loop that the waiter lives on.
  Loop loop();

  /// A slot may be free: try again. Thread: the waiter's loop.
  void slotFree();
}
