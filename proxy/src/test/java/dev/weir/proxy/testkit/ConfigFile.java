package dev.weir.proxy.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicLong;

/// Writes configuration the ways that people and Kubernetes do.
public final class ConfigFile {
  private static final AtomicLong NUMBER = new AtomicLong();

  private ConfigFile() {}

  /// Replaces a file by renaming a finished one over it.
  public static void replace(Path file, String text) throws IOException {
    var next = file.resolveSibling("." + file.getFileName() + "." + NUMBER.incrementAndGet());
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Publishes a file as a ConfigMap volume does: `file` links through `..data` into a directory of
  /// its own, and `..data` is swapped atomically.
  public static void publish(Path directory, String file, String text) throws IOException {
    var version = Files.createDirectory(directory.resolve("..v" + NUMBER.incrementAndGet()));
    Files.writeString(version.resolve(file), text);
    var swap = directory.resolve("..data_tmp");
    Files.createSymbolicLink(swap, version.getFileName());
    Files.move(swap, directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    var visible = directory.resolve(file);
    if (!Files.isSymbolicLink(visible)) {
      Files.createSymbolicLink(visible, Path.of("..data", file));
    }
  }
}
