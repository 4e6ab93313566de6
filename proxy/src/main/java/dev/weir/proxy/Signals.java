package dev.weir.proxy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/// Signals of the operating system. A handler runs on a thread of the JVM's.
final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /// Replaces what happens on a signal.
  ///
  /// @param name without `SIG`
  static void handle(String name, Runnable action) {
    try {
      Signal.handle(new Signal(name), signal -> action.run());
    } catch (IllegalArgumentException e) {
      LOG.debug("no handler for SIG{}: {}", name, e.getMessage());
    }
  }
}
