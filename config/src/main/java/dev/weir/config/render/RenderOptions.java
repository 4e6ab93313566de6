package dev.weir.config.render;

import java.util.Set;

/// What differs between homes.
///
/// @param localEndpoints whether endpoints may be, or resolve to, loopback, link-local, unspecified
///   or multicast addresses
/// @param unixSockets whether listeners and endpoints may be unix sockets
/// @param reservedPorts the proxy's own ports, which no listener may have
public record RenderOptions(
    boolean localEndpoints, boolean unixSockets, Set<Integer> reservedPorts) {
  /// Where a proxy serves `/ready`, `/live` and `/metrics` unless told otherwise.
  public static final int HEALTH_PORT = 9901;

  public RenderOptions {
    reservedPorts = Set.copyOf(reservedPorts);
  }

  /// For proxies that a controller feeds.
  ///
  /// @param localEndpoints false, except for development
  public static RenderOptions kubernetes(boolean localEndpoints) {
    return new RenderOptions(localEndpoints, false, Set.of(HEALTH_PORT));
  }

  /// For a proxy that reads its own manifests.
  ///
  /// @param ownPorts the ports that the process itself listens on, [#HEALTH_PORT] unless told
  ///   otherwise
  public static RenderOptions standalone(Set<Integer> ownPorts) {
    return new RenderOptions(true, true, ownPorts);
  }
}
