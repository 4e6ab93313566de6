package dev.weir.proxy.message;

import org.jspecify.annotations.Nullable;

/// How TLS handshakes with clients end.
public enum Handshake {
  /// Agreed, with certificates and keys.
  FULL("full", null),
  /// Agreed, on keys of an earlier connection.
  RESUMED("resumed", null),
  /// The client closed before anything was agreed.
  CLOSED("closed", "the client closed the connection"),
  /// Took longer than the listener's header timeout.
  TIMEOUT("timeout", "it took too long"),
  /// The first bytes are not those of TLS, plain HTTP for example.
  NOT_TLS("not_tls", "the client does not speak TLS"),
  /// The ClientHello is longer than we read.
  HELLO_TOO_LARGE("hello_too_large", "the ClientHello is too large"),
  /// The ClientHello contradicts itself.
  BAD_HELLO("bad_hello", "the ClientHello is malformed"),
  /// There is no certificate for it: what the configuration names is missing or unusable.
  NO_CERTIFICATE("no_certificate", "the listener has no usable certificate"),
  /// The client asks for no name, or for one that no certificate is for, where that is not enough.
  UNKNOWN_NAME("unknown_name", "the client asks for no name that a certificate is for"),
  /// No version that both speak.
  VERSION("version", "no common version of TLS"),
  /// No cipher suite, group or signature that both speak.
  CIPHER("cipher", "no common cipher suite"),
  /// The listener demands a certificate and the client has none.
  CLIENT_CERTIFICATE_MISSING("client_certificate_missing", "the client has no certificate"),
  /// The client's certificate cannot be verified: unknown authority, expired, revoked.
  CLIENT_CERTIFICATE_REFUSED(
      "client_certificate_refused", "the client's certificate is not accepted"),
  /// The client sent an alert: it does not accept our certificate, for example.
  CLIENT_ALERT("client_alert", "the client refused"),
  /// Anything else that breaks the protocol.
  PROTOCOL("protocol", "the client broke the protocol");

  private final String label;
  private final String text;

  Handshake(String label, @Nullable String text) {
    this.label = label;
    this.text = text == null ? label : text;
  }

  /// The value of the label `result` in metrics.
  public String label() {
    return label;
  }

  /// One clause for a person.
  public String text() {
    return text;
  }
}
