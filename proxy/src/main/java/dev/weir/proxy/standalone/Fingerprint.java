package dev.weir.proxy.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What files look like from outside: equal as long as nobody touched them. Follows symbolic links,
/// so that the swap of a ConfigMap's `..data` shows.
record Fingerprint(Map<Path, Look> files) {
  private static final List<String> SUFFIXES = List.of(".yaml", ".yml", ".json", ".cfg");

  /// How one of them looks.
  ///
  /// @param place where it is; file systems give the place of a file that was replaced to the next
  /// @param birth when it was made; as old as its content where the file system does not say
  /// @param content changes with what is in it; empty for a directory
  record Look(String place, String birth, String content) {
    private static final Look MISSING = new Look("missing", "", "");
  }

  /// Looks at files, and at the manifests in directories.
  ///
  /// @param named files that those name, and directories, of which everything counts
  static Fingerprint of(List<Path> paths, List<Path> named) {
    var looks = new HashMap<Path, Look>();
    for (Path path : paths) {
      looks.put(path, look(path));
      if (Files.isDirectory(path)) {
        files(path, Fingerprint::isManifest).forEach(file -> looks.put(file, look(file)));
      }
    }
    for (Path path : named) {
      looks.put(path, look(path));
      if (Files.isDirectory(path)) {
        files(path, file -> true).forEach(file -> looks.put(file, look(file)));
      }
    }
    return new Fingerprint(Map.copyOf(looks));
  }

  /// Whether a file is new, or the same with another content: it may not be whole yet.
  boolean writtenSince(Fingerprint before) {
    return files.entrySet().stream()
        .anyMatch(
            entry -> {
              Look now = entry.getValue();
              Look then = before.files.getOrDefault(entry.getKey(), Look.MISSING);
              boolean same = then.place.equals(now.place) && then.birth.equals(now.birth);
              return !now.equals(then) && (same || then.equals(Look.MISSING));
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
      Path real = path.toRealPath();
      var attributes = Files.readAttributes(real, BasicFileAttributes.class);
      String place = real + " " + attributes.fileKey();
      String written = attributes.lastModifiedTime().toInstant().toString();
      return attributes.isDirectory()
          ? new Look(place, "", "")
          : new Look(
              place,
              attributes.creationTime().toInstant().toString(),
              attributes.size() + " " + written);
    } catch (IOException e) {
      return Look.MISSING;
    }
  }
}
