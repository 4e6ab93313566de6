package dev.weir.proxy.dns;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of a name now.
///
/// @param addresses IPv4 and IPv6, in a stable order; the last good ones while the name cannot be
///   resolved; empty when it never could
/// @param problem why the last attempt failed; null when it did not
public record Resolution(List<InetAddress> addresses, @Nullable String problem) {
  static final Resolution UNKNOWN = new Resolution(List.of(), "not resolved yet");

  public Resolution {
    addresses = List.copyOf(addresses);
  }
}
