package dev.weir.config.render;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the renderer needs of an EndpointSlice.
///
/// @param service the Service it belongs to (label `kubernetes.io/service-name`)
public record EndpointSliceView(
    ObjectName service, AddressFamily family, List<Port> ports, List<Endpoint> endpoints) {

  public EndpointSliceView {
    ports = List.copyOf(ports);
    endpoints = List.copyOf(endpoints);
  }

  /// A port that all endpoints of the slice have.
  ///
  /// @param name the name of the Service's port; null or empty for its only one
  /// @param port null means any port, which nobody can connect to
  public record Port(@Nullable String name, @Nullable Integer port, boolean tcp) {}

  /// One endpoint.
  ///
  /// @param address the first of its addresses; the others are not used, as in kube-proxy
  /// @param ready null counts as true
  /// @param serving null counts as `ready`
  /// @param terminating null counts as false
  /// @param zone where it runs; null where that is not known
  /// @param hints the zones that should use it (`hints.forZones`); empty for no hint
  public record Endpoint(
      String address,
      @Nullable Boolean ready,
      @Nullable Boolean serving,
      @Nullable Boolean terminating,
      @Nullable String zone,
      List<String> hints) {
    public Endpoint {
      hints = List.copyOf(hints);
    }

    /// One of which nothing is known but its conditions.
    public Endpoint(
        String address,
        @Nullable Boolean ready,
        @Nullable Boolean serving,
        @Nullable Boolean terminating) {
      this(address, ready, serving, terminating, null, List.of());
    }
  }
}
