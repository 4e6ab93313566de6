package dev.weir.config.render;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the renderer needs of a Service.
///
/// @param families the Service's `ipFamilies`, the primary one first; may be empty
/// @param externalName what a Service of type ExternalName stands for; null for every other one
public record ServiceView(
    ObjectName name,
    List<Port> ports,
    List<AddressFamily> families,
    @Nullable String externalName) {

  public ServiceView {
    ports = List.copyOf(ports);
    families = List.copyOf(families);
  }

  /// A port of the Service.
  ///
  /// @param name null or empty for the only port of a Service
  /// @param tcp false for UDP and SCTP
  public record Port(@Nullable String name, int port, boolean tcp) {}
}
