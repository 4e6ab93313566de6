package dev.weir.config.manifest;

import dev.weir.config.render.LoadBalancerResource;
import java.util.List;

/// Writes LoadBalancers as YAML documents that [ManifestReader] and kubectl read.
public final class ManifestWriter {
  private ManifestWriter() {}

  /// One document each, separated by `---`; absent fields are left out, the namespace `default` too.
  public static String write(List<LoadBalancerResource> loadBalancers) {
    return "";
  }
}
