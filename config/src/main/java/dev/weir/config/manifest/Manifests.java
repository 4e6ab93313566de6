package dev.weir.config.manifest;

import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.References;
import java.util.List;

/// The documents of some files.
///
/// @param loadBalancers those without an error, in the order of the files
/// @param references the other documents of the same files
/// @param files those that the documents name, and that the references read
/// @param findings everything there is to say, in the order of files and lines
/// @param locator where fields of the LoadBalancers stand, for findings that come later
public record Manifests(
    List<LoadBalancerResource> loadBalancers,
    References references,
    ReadFiles files,
    List<Finding> findings,
    Locator locator) {

  public Manifests {
    loadBalancers = List.copyOf(loadBalancers);
    findings = List.copyOf(findings);
  }

  /// Whether a finding is an error.
  public boolean failed() {
    return findings.stream().anyMatch(f -> f.severity() == Finding.Severity.Error);
  }
}
