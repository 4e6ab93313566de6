package dev.weir.config.haproxy;

import dev.weir.config.HeaderVariable;
import java.util.Map;

/// Samples of HAProxy that are the same for all requests of a listener: they stand in values in a
/// form of their own until the listener is known. And what samples mean otherwise here.
final class HeaderSamples {
  private static final String TLS = "%{=tls}";
  private static final String VERIFY = "%{=verify}";
  private static final String PORT = "%{=port}";

  /// What stands for a sample until the listener is known.
  static final Map<String, String> FIXED =
      Map.of("ssl_fc", TLS, "ssl_c_verify", VERIFY, "dst_port", PORT);

  private HeaderSamples() {}

  /// Whether the value is another one for other listeners.
  static boolean dependsOnListener(String value) {
    return FIXED.values().stream().anyMatch(value::contains);
  }

  /// The value on a listener. A client whose certificate is not good is refused, so that all others
  /// are verified, as with HAProxy's code 0.
  ///
  /// @param port 0 for a unix socket, which HAProxy writes too
  static String on(String value, boolean tls, int port) {
    return value
        .replace(TLS, tls ? "1" : "0")
        .replace(VERIFY, tls ? "0" : "")
        .replace(PORT, Integer.toString(port));
  }

  /// What is another text than HAProxy's.
  static void notices(String value, Arguments arguments) {
    notice(
        value,
        HeaderVariable.TLS_CLIENT_SUBJECT,
        "names are written as in RFC 2253, such as CN=a,O=b; HAProxy writes /O=b/CN=a",
        arguments);
    notice(
        value,
        HeaderVariable.TLS_CLIENT_ISSUER,
        "names are written as in RFC 2253, such as CN=a,O=b; HAProxy writes /O=b/CN=a",
        arguments);
    notice(
        value,
        HeaderVariable.TLS_CIPHER,
        "ciphers have their names of IANA; HAProxy writes those of OpenSSL",
        arguments);
  }

  private static void notice(
      String value, HeaderVariable variable, String message, Arguments arguments) {
    if (value.contains("%{" + variable.word() + "}")) {
      arguments.notice("Differs", message);
    }
  }
}
