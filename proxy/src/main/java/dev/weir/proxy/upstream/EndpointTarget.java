package dev.weir.proxy.upstream;

import dev.weir.config.EndpointsConfig;
import dev.weir.proxy.net.SocketAddresses;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// One endpoint as a pool is to have it: its configuration and where its name points now.
///
/// @param address an IP address and port or a unix socket; null while a DNS name has no address
public record EndpointTarget(EndpointsConfig.Endpoint config, @Nullable SocketAddress address) {

  /// What makes it the same endpoint as before: the configured address and port, and for a name the
  /// address behind it.
  public String identity() {
    return address == null
        ? config.authority()
        : config.authority() + "@" + SocketAddresses.text(address);
  }
}
