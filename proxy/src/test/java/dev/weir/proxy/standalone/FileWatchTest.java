package dev.weir.proxy.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {
  @TempDir Path directory;

  @Test
  void everyWayToChangeAFileIsSeenSoon() throws Exception {
    Path file = Files.writeString(directory.resolve("a.yaml"), "1");
    var watch = new FileWatch(List.of(directory));
    seen(watch, () -> Files.writeString(file, "22"));
    seen(watch, () -> ConfigFile.replace(file, "3"));
    seen(watch, () -> Files.writeString(file, "4"));
    seen(watch, () -> Files.delete(file));
    seen(watch, () -> ConfigFile.publish(directory, "b.yaml", "5"));
    seen(watch, () -> ConfigFile.publish(directory, "b.yaml", "6"));
    seen(watch, () -> Files.writeString(directory.resolve("c.yml"), "7"));
  }

  @Test
  void whatIsNoManifestDoesNotCount() throws Exception {
    Files.writeString(directory.resolve("a.yaml"), "1");
    var before = Fingerprint.of(List.of(directory), List.of());
    Files.writeString(directory.resolve(".a.yaml.swp"), "x");
    Files.writeString(directory.resolve("notes.txt"), "x");
    Files.createDirectory(directory.resolve("sub"));
    assertEquals(before, Fingerprint.of(List.of(directory), List.of()));
  }

  @Test
  void aFileThatKeepsChangingIsNotReadBeforeItIsStill() throws Exception {
    Path file = Files.writeString(directory.resolve("a.yaml"), "1");
    var watch = new FileWatch(List.of(file));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> change = threads.submit(watch::awaitChange);
      long last = System.nanoTime();
      long longest = 0;
      for (int i = 0; i < 40; i++) {
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000L + i));
        long now = System.nanoTime();
        longest = Math.max(longest, now - last);
        last = now;
        TimeUnit.MILLISECONDS.sleep(10); // the pace is what is tested
      }
      assertTrue(change.get(5, TimeUnit.SECONDS));
      // On a machine that stops this thread for longer the file was still.
      long still = Math.max(longest, System.nanoTime() - last);
      assertTrue(still >= FileWatch.STILL.toNanos());
      assertFalse(watch.torn());
    }
  }

  @Test
  void filesThatAreReplacedTenTimesASecondAreSeenEachTime() throws Exception {
    Path one = Files.writeString(directory.resolve("a.yaml"), "1");
    Path two = Files.writeString(directory.resolve("b.yaml"), "1");
    var watch = new FileWatch(List.of(one, two));
    var seen = new AtomicInteger();
    Thread watching =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (watch.awaitChange()) {
                    seen.incrementAndGet();
                  }
                });
    int replaced = 0;
    for (; replaced < 20 || (seen.get() < 10 && replaced < 100); replaced++) {
      int i = replaced;
      ConfigFile.replace(one, "a" + i);
      ConfigFile.replace(two, "b" + i);
      TimeUnit.MILLISECONDS.sleep(100); // the pace is what is tested
    }
    watch.close();
    watching.join();
    int times = replaced;
    assertTrue(seen.get() >= 10, () -> seen + " of " + times);
  }

  @Test
  void askingWakesItWithoutAChangeAndClosingEndsIt() throws Exception {
    Path file = Files.writeString(directory.resolve("a.yaml"), "1");
    var watch = new FileWatch(List.of(file));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> asked = threads.submit(watch::awaitChange);
      watch.ask();
      assertTrue(asked.get(5, TimeUnit.SECONDS));
      Future<Boolean> closed = threads.submit(watch::awaitChange);
      watch.close();
      assertFalse(closed.get(5, TimeUnit.SECONDS));
    }
  }

  private interface Change {
    void make() throws Exception;
  }

  private static void seen(FileWatch watch, Change change) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> waiting = threads.submit(watch::awaitChange);
      try {
        assertFalse(waiting.get(200, TimeUnit.MILLISECONDS), "nothing has changed");
      } catch (TimeoutException expected) {
        change.make();
      }
      assertTrue(waiting.get(5, TimeUnit.SECONDS));
      while (watch.torn()) {
        // the writer was held up between its two steps
        assertTrue(threads.submit(watch::awaitChange).get(5, TimeUnit.SECONDS));
      }
    }
  }
}
