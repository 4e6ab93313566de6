package dev.weir.proxy.corpus;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What a message means to its reader.
///
/// @param start `METHOD TARGET` of a request, the status of a response
/// @param host the Host of a request; empty for a response
/// @param digest the start of the SHA-256 of the unframed body
public record Message(String start, String host, String digest) {
  private static final int DIGEST_BYTES = 8;

  /// A message with that body.
  public static Message of(String start, String host, byte[] body) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
      return new Message(start, host, HexFormat.of().formatHex(hash, 0, DIGEST_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A message whose body is ISO-8859-1 text.
  public static Message of(String start, String host, String body) {
    return of(start, host, body.getBytes(StandardCharsets.ISO_8859_1));
  }
}
