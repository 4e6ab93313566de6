package dev.weir.config;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which header fields may be edited. Pure.
public final class HeaderNames {
  private static final Set<String> FRAMING = Set.of("content-length", "transfer-encoding");
  private static final Set<String> HOP =
      Set.of(
          "connection",
          "keep-alive",
          "te",
          "trailer",
          "upgrade",
          "http2-settings",
          "proxy-authenticate",
          "proxy-authentication-info",
          "proxy-authorization",
          "proxy-connection");

  private HeaderNames() {}

  /// Why a field of this name cannot be edited, as the end of a sentence about it; null when it
  /// can.
  public static @Nullable String refusal(String name) {
    var lower = name.toLowerCase(Locale.ROOT);
    if (!token(name)) {
      return "is not the name of a header field: use letters, digits and !#$%&'*+-.^_`|~";
    }
    if (FRAMING.contains(lower)) {
      return "says where the message ends, which Weir writes as it sends it";
    }
    if (HOP.contains(lower)) {
      return "belongs to one connection (RFC 9110 section 7.6.1), and Weir writes its own";
    }
    return switch (lower) {
      case "host" -> "says whom the request is for: changing it is a rewrite, not a header edit";
      case "expect" -> "decides when the body is sent, which Weir relays as it is";
      default -> null;
    };
  }

  private static boolean token(String name) {
    if (name.isEmpty()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (!letter && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }
}
