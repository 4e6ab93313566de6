package dev.weir.proxy.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/// Secrets of session tickets in a file: one a line in base64, behind it when it was made in
/// seconds since 1970. Replaced by an atomic rename, readable by its owner alone. Not thread-safe.
public final class TicketFile {
  private static final String NAME = "ticket-secrets";
  private static final Set<StandardOpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  private final Path file;

  /// @param directory of the proxy's state
  public TicketFile(Path directory) {
    this.file = directory.resolve(NAME);
  }

  /// Those that were written last, the newest first; none when there is no file.
  List<TicketKeys.Secret> read() throws IOException {
    var secrets = new ArrayList<TicketKeys.Secret>();
    try {
      for (String line : Files.readAllLines(file)) {
        String[] words = line.split(" ", 2);
        byte[] bytes = Base64.getDecoder().decode(words[0]);
        if (words.length < 2 || bytes.length < TicketKeys.LEAST_SECRET) {
          throw new IOException(file + " is damaged");
        }
        secrets.add(new TicketKeys.Secret(bytes, Instant.ofEpochSecond(Long.parseLong(words[1]))));
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is damaged", e);
    }
    return secrets;
  }

  void write(List<TicketKeys.Secret> secrets) throws IOException {
    var text = new StringBuilder();
    for (TicketKeys.Secret secret : secrets) {
      text.append(Base64.getEncoder().encodeToString(secret.bytes()))
          .append(' ')
          .append(secret.made().getEpochSecond())
          .append('\n');
    }
    Path temporary = file.resolveSibling(NAME + ".tmp");
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.deleteIfExists(temporary);
    try (FileChannel channel = FileChannel.open(temporary, NEW, attributes())) {
      ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private FileAttribute<?>[] attributes() {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
