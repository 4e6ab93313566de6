package dev.weir.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The cipher suites of TLS 1.2 that can be spoken, by their names of IANA and of OpenSSL.
public final class CipherSuites {
  private static final Map<String, String> BY_NAME = new LinkedHashMap<>();

  /// What is spoken unless told otherwise: forward secrecy and authenticated encryption alone.
  public static final List<String> USUAL =
      List.of(
          known("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
          known("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
          known("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"),
          known("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
          known("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
          known("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"));

  static {
    known("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA");
    known("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA");
    known("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA");
    known("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA");
    known("TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256");
    known("TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384");
  }

  private CipherSuites() {}

  private static String known(String iana, String openssl) {
    BY_NAME.put(iana, iana);
    BY_NAME.put(openssl, iana);
    return iana;
  }

  /// The name of IANA; null for a suite that is not spoken.
  public static @Nullable String iana(String name) {
    return BY_NAME.get(name);
  }

  /// The names of IANA of all that can be spoken.
  public static List<String> all() {
    return BY_NAME.values().stream().distinct().toList();
  }
}
