package dev.weir.config.manifest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Reads manifests strictly: unknown fields, wrong types, duplicates and values out of their limits
/// are all found at once, each with its line and path.
public final class ManifestReader {
  private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");

  private ManifestReader() {}

  /// Reads files and directories (`*.yaml`, `*.yml`, `*.json` in them, by name, not deeper, none
  /// whose name starts with a dot), at most [TextFile#MAX_BYTES] each.
  public static Manifests read(List<Path> files) {
    var documents = new Documents();
    for (var file : files) {
      if (Files.isDirectory(file)) {
        directory(file, documents);
      } else {
        file(file, documents);
      }
    }
    return documents.finish();
  }

  /// Reads one text.
  ///
  /// @param file what findings call it
  public static Manifests read(String file, String text) {
    var documents = new Documents();
    documents.add(new Findings(file), text);
    return documents.finish();
  }

  /// Whether the directory has a file that [#read] would read; false when it cannot be listed.
  public static boolean hasManifests(Path directory) {
    try {
      return !manifests(directory).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private static void directory(Path directory, Documents documents) {
    try {
      var files = manifests(directory);
      if (files.isEmpty()) {
        error(documents, directory, "has no file that ends in .yaml, .yml or .json");
      }
      files.forEach(file -> file(file, documents));
    } catch (IOException e) {
      error(documents, directory, "cannot be read: " + e.getMessage());
    }
  }

  private static List<Path> manifests(Path directory) throws IOException {
    try (var listed = Files.list(directory)) {
      return listed
          .filter(file -> isManifest(String.valueOf(file.getFileName())))
          .filter(file -> !Files.isDirectory(file))
          .sorted()
          .toList();
    }
  }

  private static boolean isManifest(String name) {
    return !name.startsWith(".") && ENDINGS.stream().anyMatch(name::endsWith);
  }

  private static void file(Path file, Documents documents) {
    var read = TextFile.read(file);
    if (read.problem() == null) {
      documents.add(new Findings(file.toString()), read.text());
    } else {
      error(documents, file, read.problem());
    }
  }

  private static void error(Documents documents, Path file, String message) {
    var findings = new Findings(file.toString());
    findings.error(0, "", "Unreadable", message);
    documents.add(findings, "");
  }
}
