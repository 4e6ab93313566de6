package dev.weir.proxy.net;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a client asks for in its ClientHello, which is the first message of TLS and readable by
/// anybody. With an encrypted one (ECH) this is the outer one's. Immutable. Thread: any.
///
/// @param name the server name (RFC 6066 section 3) in lower case; null when there is none
/// @param protocols what it offers to speak (ALPN, RFC 7301), in its order
public record HelloFacts(@Nullable String name, List<String> protocols) {
  public HelloFacts {
    protocols = List.copyOf(protocols);
  }
}
