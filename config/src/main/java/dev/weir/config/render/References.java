package dev.weir.config.render;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The objects that a LoadBalancer may refer to, as one consistent view. Implementations answer
/// from memory.
public interface References {

  /// A view without any object.
  References NONE =
      new References() {
        @Override
        public @Nullable ServiceView service(ObjectName name) {
          return null;
        }

        @Override
        public List<EndpointSliceView> endpointSlices(ObjectName service) {
          return List.of();
        }
      };

  /// The Service of that name; null when there is none.
  @Nullable ServiceView service(ObjectName name);

  /// The Service's EndpointSlices in any order; the renderer's result does not depend on it.
  List<EndpointSliceView> endpointSlices(ObjectName service);
}
