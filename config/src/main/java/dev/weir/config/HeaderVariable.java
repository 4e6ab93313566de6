package dev.weir.config;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a value of a header edit can stand for, written `%{name}`.
public enum HeaderVariable {
  /// The client's IP address, as X-Forwarded-For has it.
  CLIENT_ADDRESS("client.address"),
  /// The client's TCP port.
  CLIENT_PORT("client.port"),
  /// The name of the listener that took the request.
  LISTENER("listener"),
  /// What logs and metrics call the endpoint that the request goes to.
  ENDPOINT("endpoint"),
  /// 32 hexadecimal digits that no other request has.
  REQUEST_ID("request.id"),
  /// The version of TLS that the client speaks, such as TLSv1.3; empty without TLS.
  TLS_VERSION("tls.version"),
  /// The cipher suite by its name of IANA; empty without TLS.
  TLS_CIPHER("tls.cipher"),
  /// The server name that the client asked for; empty without one.
  TLS_SNI("tls.sni"),
  /// The distinguished name of a verified client certificate (RFC 2253); empty without one.
  TLS_CLIENT_SUBJECT("tls.client.subject"),
  /// The distinguished name of who signed that certificate.
  TLS_CLIENT_ISSUER("tls.client.issuer"),
  /// The number of that certificate in hexadecimal digits.
  TLS_CLIENT_SERIAL("tls.client.serial"),
  /// SHA-256 of that certificate in hexadecimal digits.
  TLS_CLIENT_FINGERPRINT("tls.client.fingerprint");

  private final String word;

  HeaderVariable(String word) {
    this.word = word;
  }

  /// The name between `%{` and `}`.
  public String word() {
    return word;
  }

  /// The variable of that name; null when there is none.
  public static @Nullable HeaderVariable of(String word) {
    for (var variable : values()) {
      if (variable.word.equals(word)) {
        return variable;
      }
    }
    return null;
  }

  /// All of them for a person: `%{client.address}, %{client.port}, …`.
  public static String list() {
    return Arrays.stream(values())
        .map(variable -> "%{" + variable.word + "}")
        .collect(Collectors.joining(", "));
  }
}
