package dev.weir.proxy;

import dev.weir.config.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A host and a port as options spell them: `127.0.0.1:9901`, `[::1]:9901`,
/// `controller.weir.svc:9443`.
///
/// @param host an IP literal without brackets or a DNS name
public record HostPort(String host, int port) {
  private static final int MAX_PORT = 65_535;

  /// Null for anything else.
  ///
  /// @param minPort 0 where the system may choose one, otherwise 1
  static @Nullable HostPort parse(String text, int minPort) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      return null;
    }
    String host = text.substring(0, colon);
    boolean brackets = host.startsWith("[") && host.endsWith("]");
    if (brackets) {
      host = host.substring(1, host.length() - 1);
    }
    boolean literal = Addresses.literal(host) != null;
    boolean ipv6 = literal && host.indexOf(':') >= 0;
    if (brackets != ipv6 || (!literal && !Addresses.isDnsName(host))) {
      return null;
    }
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      return port < minPort || port > MAX_PORT ? null : new HostPort(host, port);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /// The socket address of an IP literal or of `localhost`; null for other names.
  @Nullable InetSocketAddress local() {
    InetAddress address =
        host.equals("localhost") ? InetAddress.getLoopbackAddress() : Addresses.literal(host);
    return address == null ? null : new InetSocketAddress(address, port);
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
