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

  /// The Secret of that name; null when there is none or it is not known.
  default @Nullable SecretView secret(ObjectName name) {
    return null;
  }

  /// The ConfigMap of that name; null when there is none or it is not known.
  default @Nullable ConfigMapView configMap(ObjectName name) {
    return null;
  }

  /// Whether the object must not be read, so that nobody knows whether it is there.
  default boolean forbidden(ReferentKind kind, ObjectName name) {
    return false;
  }

  /// A file, for what a proxy reads that has no controller.
  ///
  /// @param path relative ones are relative to the file that names them
  default FileView file(String path) {
    return new FileView(null, "cannot be read: only a proxy that reads files has them");
  }

  /// The files of certificates in a directory, by name; null when it is no directory that can be
  /// read.
  default @Nullable List<String> directory(String path) {
    return null;
  }

  /// Whether LoadBalancers of a namespace may refer to an object of another one, as the
  /// ReferenceGrants of that other one say (Gateway API). Within one namespace nobody asks.
  ///
  /// @param kind of the object
  default boolean granted(String namespace, ReferentKind kind, ObjectName to) {
    return false;
  }

  /// Whether a LoadBalancer may refer to the object: one of its own namespace, or granted.
  default boolean permitted(ObjectName loadBalancer, ReferentKind kind, ObjectName to) {
    return loadBalancer.namespace().equals(to.namespace())
        || granted(loadBalancer.namespace(), kind, to);
  }

  /// What a LoadBalancer refers to.
  enum ReferentKind {
    Service,
    Secret,
    ConfigMap
  }

  /// The Service's EndpointSlices in any order; the renderer's result does not depend on it.
  List<EndpointSliceView> endpointSlices(ObjectName service);
}
