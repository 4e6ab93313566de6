package dev.weir.config.manifest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads manifests strictly: unknown fields, wrong types, duplicates and values out of their limits
/// are all found at once, each with its line and path.
public final class ManifestReader {
  /// The largest file that is read, in bytes.
  public static final long MAX_BYTES = 16L * 1024 * 1024;

  private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");

  private ManifestReader() {}

  /// Reads files and directories (`*.yaml`, `*.yml`, `*.json` in them, by name, not deeper, none
  /// whose name starts with a dot).
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

  private static void directory(Path directory, Documents documents) {
    try (var listed = Files.list(directory)) {
      var files =
          listed
              .filter(file -> isManifest(String.valueOf(file.getFileName())))
              .filter(file -> !Files.isDirectory(file))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        error(documents, directory, "has no file that ends in .yaml, .yml or .json");
      }
      files.forEach(file -> file(file, documents));
    } catch (IOException e) {
      error(documents, directory, unreadable(e));
    }
  }

  private static boolean isManifest(String name) {
    return !name.startsWith(".") && ENDINGS.stream().anyMatch(name::endsWith);
  }

  private static void file(Path file, Documents documents) {
    try {
      var text = text(file, documents);
      if (text != null) {
        documents.add(new Findings(file.toString()), text);
      }
    } catch (CharacterCodingException e) {
      error(documents, file, "is not UTF-8");
    } catch (IOException e) {
      error(documents, file, unreadable(e));
    }
  }

  private static @Nullable String text(Path file, Documents documents) throws IOException {
    byte[] bytes;
    try (var in = Files.newInputStream(file)) {
      bytes = in.readNBytes((int) MAX_BYTES + 1);
    }
    if (bytes.length > MAX_BYTES) {
      error(documents, file, "is larger than " + MAX_BYTES / (1024 * 1024) + " MiB");
      return null;
    }
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  private static void error(Documents documents, Path file, String message) {
    var findings = new Findings(file.toString());
    findings.error(0, "", "Unreadable", message);
    documents.add(findings, "");
  }

  private static String unreadable(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "cannot be read: no such file";
      case AccessDeniedException _ -> "cannot be read: permission denied";
      default -> "cannot be read: " + e.getMessage();
    };
  }
}
