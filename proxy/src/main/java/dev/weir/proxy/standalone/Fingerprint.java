package dev.weir.proxy.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What files look like from outside: equal as long as nobody touched them. Follows symbolic links,
/// so that the swap of a ConfigMap's `..data` shows.
record Fingerprint(Map<Path, Look> files) {
  private static final List<String> SUFFIXES = List.of(".yaml", ".yml", ".json", ".cfg");

  /// How one of them looks; cheap to make, since it is made all the time.
  ///
  /// @param place which file it is; file systems give the place of a file that was replaced to the
  ///   next
  /// @param birth when it was made; as old as its content where the file system does not say
  /// @param size in bytes; it and the time of the last write are left out for a directory, which
  ///   counts with what is in it
  record Look(
      @Nullable Object place,
      @Nullable FileTime birth,
      @Nullable FileTime written,
      long size,
      boolean directory) {
    private static final Look MISSING = new Look(null, null, null, 0, false);

    /// Whether it is the same file, whatever is in it now.
    boolean sameFile(Look other) {
      return Objects.equals(place, other.place) && Objects.equals(birth, other.birth);
    }
  }

  /// Looks at files, and at the manifests in directories.
  ///
  /// @param named files that those name, and directories, of which everything counts
  static Fingerprint of(List<Path> paths, List<Path> named) {
    var looks = new HashMap<Path, Look>();
    paths.forEach(path -> look(path, Fingerprint::isManifest, looks));
    named.forEach(path -> look(path, file -> true, looks));
    return new Fingerprint(looks);
  }

  private static void look(Path path, Predicate<Path> which, Map<Path, Look> into) {
    Look look = look(path);
    into.put(path, look);
    if (look.directory) {
      files(path, which).forEach(file -> into.put(file, look(file)));
    }
  }

  /// Whether a file is new, or the same with another content: it may not be whole yet.
  boolean writtenSince(Fingerprint before) {
    return files.entrySet().stream()
        .anyMatch(
            entry -> {
              Look now = entry.getValue();
              Look then = before.files.getOrDefault(entry.getKey(), Look.MISSING);
              return !now.equals(then) && (now.sameFile(then) || then.equals(Look.MISSING));
            });
  }

  private static boolean isManifest(Path file) {
    return SUFFIXES.stream().anyMatch(file.getFileName().toString()::endsWith);
  }

  private static List<Path> files(Path directory, Predicate<Path> which) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(which).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static Look look(Path path) {
    try {
      var attributes = Files.readAttributes(path, BasicFileAttributes.class);
      Object place = attributes.fileKey();
      return attributes.isDirectory()
          ? new Look(place, null, null, 0, true)
          : new Look(
              place,
              attributes.creationTime(),
              attributes.lastModifiedTime(),
              attributes.size(),
              false);
    } catch (IOException e) {
      return Look.MISSING;
    }
  }
}
