package dev.weir.proxy.standalone;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Tells when files have changed and then been still for a moment, however they were changed:
/// renamed into place, behind a symbolic link, or written in place, which takes a longer moment.
/// Files that are replaced ten times a second are seen each time. Looks every few milliseconds:
/// that costs next to nothing and works on every file system, where change notifications do not.
/// Thread: one.
final class FileWatch {
  /// How long files must be as they are when one was written in place.
  static final Duration STILL = Duration.ofMillis(100);

  /// How long when they were replaced by others, which are whole: some may come together.
  private static final Duration TOGETHER = Duration.ofMillis(40);

  private static final Duration LOOK = Duration.ofMillis(20);
  private static final Duration RARE_LOOK = Duration.ofMillis(300);
  private static final int REST = 25;

  private final List<Path> paths;
  private volatile List<Path> named = List.of();
  private volatile boolean asked;
  private volatile boolean closed;
  private volatile @Nullable Thread waiting;
  private Fingerprint known;

  FileWatch(List<Path> paths) {
    this.paths = List.copyOf(paths);
    this.known = Fingerprint.of(this.paths, named);
  }

  /// Says which files those that were read name: they are watched, too. Naming others than before
  /// counts as a change, since they may have changed since they were read.
  void also(List<Path> files) {
    named = List.copyOf(files);
  }

  /// What the files looked like when they were last told to have changed, or at the start.
  Fingerprint known() {
    return known;
  }

  /// Waits until the files are other than the last time, and still; or until [#ask].
  ///
  /// @return false when closed
  boolean awaitChange() {
    waiting = Thread.currentThread();
    Fingerprint candidate = known;
    long due = System.nanoTime();
    while (!closed) {
      long look = System.nanoTime();
      Fingerprint now = Fingerprint.of(paths, named);
      if (!now.equals(candidate)) {
        Duration rest = now.writtenSince(candidate) ? STILL : TOGETHER;
        due += Math.max(0, System.nanoTime() + rest.toNanos() - due);
        candidate = now;
      }
      boolean still = System.nanoTime() - due >= 0;
      if ((asked && (still || candidate.equals(known))) || (still && !candidate.equals(known))) {
        asked = false;
        known = candidate;
        return true;
      }
      LockSupport.parkNanos(pause(System.nanoTime() - look));
    }
    return false;
  }

  /// Whether a file was written in place since they were last told to have changed: who read it
  /// meanwhile may have read a part.
  boolean torn() {
    return Fingerprint.of(paths, named).writtenSince(known);
  }

  /// Says that the files are to be read again, changed or not. Thread: any.
  void ask() {
    asked = true;
    wake();
  }

  /// Ends the waiting. Thread: any.
  void close() {
    closed = true;
    wake();
  }

  /// Rests for many times as long as a look takes, so that directories with many files cost little
  /// too.
  private static long pause(long lookNanos) {
    return Math.clamp(lookNanos * REST, LOOK.toNanos(), RARE_LOOK.toNanos());
  }

  private void wake() {
    Thread thread = waiting;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }
}
