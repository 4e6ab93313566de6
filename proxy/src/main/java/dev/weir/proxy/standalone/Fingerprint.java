package dev.weir.proxy.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What files look like from outside: equal as long as nobody touched them. Follows symbolic links,
/// so that the swap of a ConfigMap's `..data` shows.
record Fingerprint(String text) {
  private static final List<String> SUFFIXES = List.of(".yaml", ".yml", ".json", ".cfg");

  /// Looks at files, and at the manifests in directories.
  ///
  /// @param named files that those name, and directories, of which everything counts
  static Fingerprint of(List<Path> paths, List<Path> named) {
    var text = new StringBuilder();
    for (Path path : paths) {
      append(text, path);
      if (Files.isDirectory(path)) {
        files(path, Fingerprint::isManifest).forEach(file -> append(text, file));
      }
    }
    for (Path path : named) {
      append(text, path);
      if (Files.isDirectory(path)) {
        files(path, file -> true).forEach(file -> append(text, file));
      }
    }
    return new Fingerprint(text.toString());
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

  private static void append(StringBuilder text, Path path) {
    text.append(path).append('=');
    try {
      Path real = path.toRealPath();
      var attributes = Files.readAttributes(real, BasicFileAttributes.class);
      text.append(real);
      if (!attributes.isDirectory()) {
        text.append(' ')
            .append(attributes.fileKey())
            .append(' ')
            .append(attributes.size())
            .append(' ')
            .append(attributes.lastModifiedTime().toInstant());
      }
    } catch (IOException e) {
      text.append("missing");
    }
    text.append('\n');
  }
}
