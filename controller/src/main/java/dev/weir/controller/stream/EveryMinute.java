package dev.weir.controller.stream;

import java.time.Duration;

/// Looks at something as soon as it is started, and every minute from then on, on a platform thread
/// of its own. Safe for use by any thread.
final class EveryMinute {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Runnable look;
  private final Thread thread;

  /// @param thread its name
  /// @param look must not throw
  EveryMinute(String thread, Runnable look) {
    this.look = look;
    this.thread = Thread.ofPlatform().name(thread).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// Ends looking; a look that has begun may go on.
  void stop() {
    thread.interrupt();
  }

  private void run() {
    try {
      while (true) {
        look.run();
        Thread.sleep(MINUTE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
