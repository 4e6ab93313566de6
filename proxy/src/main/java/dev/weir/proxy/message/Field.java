package dev.weir.proxy.message;

import java.nio.charset.StandardCharsets;

/// The header fields that a proxy has to know, and how they are recognised without making a String.
public enum Field {
  OTHER(""),
  HOST("host"),
  CONNECTION("connection"),
  CONTENT_LENGTH("content-length"),
  TRANSFER_ENCODING("transfer-encoding"),
  UPGRADE("upgrade"),
  EXPECT("expect"),
  TE("te"),
  TRAILER("trailer"),
  KEEP_ALIVE("keep-alive"),
  PROXY_CONNECTION("proxy-connection"),
  PROXY_AUTHORIZATION("proxy-authorization"),
  HTTP2_SETTINGS("http2-settings"),
  FORWARDED("forwarded"),
  X_FORWARDED_FOR("x-forwarded-for"),
  X_FORWARDED_PROTO("x-forwarded-proto"),
  X_FORWARDED_HOST("x-forwarded-host"),
  /// One of these spelled with underscores, which many origins read as the real one.
  ALIAS("");

  private static final Field[][] BY_LENGTH = new Field[20][];

  static {
    for (int length = 0; length < BY_LENGTH.length; length++) {
      int wanted = length;
      BY_LENGTH[length] =
          java.util.Arrays.stream(values())
              .filter(f -> f.lower.length == wanted && wanted > 0)
              .toArray(Field[]::new);
    }
  }

  private final byte[] lower;

  Field(String lower) {
    this.lower = lower.getBytes(StandardCharsets.US_ASCII);
  }

  /// The field's own bit, for sets of fields.
  public long bit() {
    return 1L << ordinal();
  }

  /// Recognises a field name, whatever its case.
  public static Field of(byte[] bytes, int start, int end) {
    int length = end - start;
    if (length >= BY_LENGTH.length) {
      return OTHER;
    }
    for (Field field : BY_LENGTH[length]) {
      int match = field.match(bytes, start);
      if (match > 0) {
        return match == 1 ? field : ALIAS;
      }
    }
    return OTHER;
  }

  /// 1 when equal, 2 when equal but for underscores, else 0.
  private int match(byte[] bytes, int start) {
    boolean alias = false;
    for (int i = 0; i < lower.length; i++) {
      byte b = bytes[start + i];
      if (lower[i] == '-' && b == '_') {
        alias = true;
      } else if (lower[i] != (b >= 'A' && b <= 'Z' ? b + 32 : b)) {
        return 0;
      }
    }
    return alias ? 2 : 1;
  }
}
