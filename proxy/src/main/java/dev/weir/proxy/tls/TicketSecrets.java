package dev.weir.proxy.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A file with secrets of session tickets that several proxies share, in HAProxy's form: one a line
/// in base64, the oldest first, the last one not in use yet. The last but one makes tickets, all of
/// them open them; a rotation appends a line and takes the first one away, in any order among the
/// proxies. Not thread-safe.
public final class TicketSecrets {
  private static final int MOST = 8;
  private static final int LARGEST = 64 * 1024;

  private final Path file;
  private @Nullable String known;

  public TicketSecrets(Path file) {
    this.file = file;
  }

  /// The secrets, the one that makes tickets first; null when they are the same as the last time.
  ///
  /// @throws IOException when the file cannot be read or is not one of secrets; what is in it is
  ///   not in the message
  public @Nullable List<byte[]> changed() throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException(file + " is larger than a file of ticket secrets");
    }
    String text = Files.readString(file);
    if (text.equals(known)) {
      return null;
    }
    var secrets = new ArrayList<byte[]>();
    for (String line : text.lines().map(String::strip).filter(l -> !l.isEmpty()).toList()) {
      secrets.add(secret(line));
    }
    if (secrets.isEmpty() || secrets.size() > MOST) {
      throw new IOException(file + " must have from 1 to " + MOST + " lines");
    }
    known = text;
    if (secrets.size() > 1) {
      secrets.addFirst(secrets.remove(secrets.size() - 2));
    }
    return secrets;
  }

  private byte[] secret(String line) throws IOException {
    byte[] bytes = {};
    try {
      bytes = Base64.getDecoder().decode(line);
    } catch (IllegalArgumentException e) {
      // Said below, without what is in it.
    }
    if (bytes.length < TicketKeys.LEAST_SECRET) {
      throw new IOException(
          file
              + ": each line must be base64 of "
              + TicketKeys.LEAST_SECRET
              + " bytes or more: openssl rand -base64 48");
    }
    return bytes;
  }
}
