package dev.weir.config.manifest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A configuration file as text.
///
/// @param text empty when there is a problem
/// @param problem why it cannot be read, as the end of a sentence that starts with its name; null
///   when it could
public record TextFile(String text, @Nullable String problem) {
  /// The largest file that is read, in bytes.
  public static final int MAX_BYTES = 16 * 1024 * 1024;

  /// Reads a file in UTF-8. Never throws for a file that cannot be read.
  public static TextFile read(Path file) {
    try {
      byte[] bytes;
      try (var in = Files.newInputStream(file)) {
        bytes = in.readNBytes(MAX_BYTES + 1);
      }
      return bytes.length > MAX_BYTES
          ? unreadable("is larger than " + MAX_BYTES / (1024 * 1024) + " MiB")
          : new TextFile(
              StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(), null);
    } catch (NoSuchFileException e) {
      return unreadable("cannot be read: no such file");
    } catch (AccessDeniedException e) {
      return unreadable("cannot be read: permission denied");
    } catch (CharacterCodingException e) {
      return unreadable("is not UTF-8");
    } catch (IOException e) {
      return unreadable("cannot be read: " + e.getMessage());
    }
  }

  private static TextFile unreadable(String problem) {
    return new TextFile("", problem);
  }
}
