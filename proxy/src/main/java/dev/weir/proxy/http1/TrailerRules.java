package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.Trailers;
import java.util.stream.Stream;

/// Which trailers go on: those that frame, route, authenticate or modify a message, or say what its
/// content is, have no place behind it (RFC 9110 section 6.5.1): a hop that took them for fields of
/// the head would have let a client add what was checked already.
public final class TrailerRules {
  private static final byte[][] PREFIXES =
      Stream.of("content-", "proxy-", "x-forwarded-", "if-")
          .map(Ascii::bytes)
          .toArray(byte[][]::new);
  private static final byte[][] NAMES =
      Stream.of(
              "age",
              "authorization",
              "cache-control",
              "cookie",
              "date",
              "expires",
              "location",
              "max-forwards",
              "pragma",
              "range",
              "retry-after",
              "set-cookie",
              "vary",
              "www-authenticate",
              "x-real-ip")
          .map(Ascii::bytes)
          .toArray(byte[][]::new);

  private TrailerRules() {}

  /// Drops what has no place behind a message.
  public static void apply(Trailers trailers) {
    for (int i = 0; i < trailers.fields(); i++) {
      if (trailers.id(i) != Field.OTHER || belongsInFront(trailers, i)) {
        trailers.drop(i);
      }
    }
  }

  private static boolean belongsInFront(Trailers trailers, int field) {
    byte[] bytes = trailers.bytes();
    int start = trailers.nameStart(field);
    int end = trailers.nameEnd(field);
    for (byte[] prefix : PREFIXES) {
      int to = start + prefix.length;
      if (to <= end && Ascii.equalsIgnoreCase(bytes, start, to, prefix)) {
        return true;
      }
    }
    for (byte[] name : NAMES) {
      if (Ascii.equalsIgnoreCase(bytes, start, end, name)) {
        return true;
      }
    }
    return false;
  }
}
