package dev.weir.proxy.tls;

/// Alerts (RFC 8446 section 6) that are sent before the library has a say.
enum Alert {
  HANDSHAKE_FAILURE(40),
  ILLEGAL_PARAMETER(47),
  DECODE_ERROR(50),
  PROTOCOL_VERSION(70),
  MISSING_EXTENSION(109),
  UNRECOGNIZED_NAME(112);

  private static final int ALERT = 21;
  private static final int FATAL = 2;

  private final byte code;

  Alert(int code) {
    this.code = (byte) code;
  }

  /// The alert in a record of its own.
  byte[] record() {
    return new byte[] {ALERT, 3, 3, 0, 2, FATAL, code};
  }
}
