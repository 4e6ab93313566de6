package dev.weir.proxy.stream;

import dev.weir.config.stream.Bundle;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the parts of a [Bundle] are mounted, with the file `key` beside them.
///
/// @param group whose bundle it must be
record BundleDirectory(Path directory, ProxyGroup group) {
  private static final String KEY = "key";
  private static final int MAX_PART = 1 << 20;
  private static final int MAX_PARTS = 64;

  /// The newest bundle that is whole; null when there is none.
  ///
  /// @throws IOException when there is one that cannot be used
  @Nullable Snapshot read() throws IOException {
    if (!Files.isDirectory(directory)) {
      return null;
    }
    List<Path> files;
    try (var listed = Files.list(directory)) {
      files =
          listed
              .filter(file -> Files.isRegularFile(file) && !file.endsWith(KEY))
              .sorted()
              .limit(MAX_PARTS)
              .toList();
    }
    if (files.isEmpty()) {
      return null;
    }
    byte[] key = read(directory.resolve(KEY));
    if (key.length != Bundle.KEY_SIZE) {
      throw new IOException(directory.resolve(KEY) + " is not " + Bundle.KEY_SIZE + " bytes long");
    }
    var parts = new ArrayList<byte[]>();
    for (Path file : files) {
      parts.add(read(file));
    }
    return Bundle.open(parts, group, key);
  }

  private static byte[] read(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_PART + 1);
      if (bytes.length > MAX_PART) {
        throw new IOException(file + " is longer than a part of a bundle");
      }
      return bytes;
    }
  }
}
