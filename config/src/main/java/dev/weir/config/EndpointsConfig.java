package dev.weir.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The endpoints of one pool: a resource of its own, so that it can change alone and fast.
///
/// @param pool the resource's name, `namespace/name/pool`
public record EndpointsConfig(String pool, List<Endpoint> endpoints) {

  public EndpointsConfig {
    endpoints = List.copyOf(endpoints);
  }

  /// What the operator, or Kubernetes, wants of an endpoint.
  public enum State {
    /// Takes traffic when healthy.
    Ready,
    /// Finishes what it has, gets nothing new.
    Drain,
    /// As Drain, and is not checked.
    Maintenance
  }

  /// One address and port; the two together are its identity in the pool.
  ///
  /// @param address an IP literal, a DNS name that the proxy resolves, and resolves again, or
  ///   `unix:/path`
  /// @param port 1 to 65535; 0 for a unix socket
  /// @param weight share of traffic, 0 to 256; 0 gets nothing new
  /// @param tier 0 is used while any endpoint of it is usable, 1 is backup
  /// @param maxConnections concurrent requests (HTTP) or connections (TCP) per proxy process, 0 for
  ///   no limit
  /// @param checked false: no active check, counts as healthy
  /// @param checkPort the port of active checks; null for `port`
  /// @param name what logs and metrics call it; null for `address:port`
  /// @param zones where proxies use it before endpoints that are not for their zone; null for
  ///   nowhere
  public record Endpoint(
      String address,
      int port,
      int weight,
      int tier,
      State state,
      int maxConnections,
      boolean checked,
      @Nullable Integer checkPort,
      @Nullable String name,
      @Nullable List<String> zones) {

    public Endpoint {
      zones = zones == null ? null : List.copyOf(zones);
    }

    /// One that no zone prefers.
    public Endpoint(
        String address,
        int port,
        int weight,
        int tier,
        State state,
        int maxConnections,
        boolean checked,
        @Nullable Integer checkPort,
        @Nullable String name) {
      this(address, port, weight, tier, state, maxConnections, checked, checkPort, name, null);
    }

    /// Whether proxies of the zone use it before others.
    ///
    /// @param zone null where it is not known
    public boolean local(@Nullable String zone) {
      return zone != null && zones != null && zones.contains(zone);
    }

    /// Whether it is a unix socket.
    public boolean unix() {
      return Addresses.isUnix(address);
    }

    /// What `Host` says where nobody else says it: the authority, `localhost` for a unix socket.
    public String host() {
      return unix() ? "localhost" : authority();
    }

    /// `address:port`, an IPv6 literal in brackets; `unix:/path`.
    public String authority() {
      return Addresses.authority(address, port);
    }
  }
}
