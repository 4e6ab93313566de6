package dev.weir.config.manifest;

import dev.weir.config.render.Rendered;
import dev.weir.config.render.RenderOptions;
import java.nio.file.Path;
import java.util.List;

/// What a proxy without a controller is to run: the rendered LoadBalancers of its files.
///
/// @param loadBalancers ordered by name, each with a config; empty when [#failed]
/// @param findings everything there is to say, in the order of files and lines
public record StandaloneConfig(List<Rendered> loadBalancers, List<Finding> findings) {

  public StandaloneConfig {
    loadBalancers = List.copyOf(loadBalancers);
    findings = List.copyOf(findings);
  }

  /// Whether the files are refused as a whole, so that what runs now is to be kept.
  public boolean failed() {
    return findings.stream().anyMatch(f -> f.severity() == Finding.Severity.Error);
  }

  /// Reads and renders files and directories (`*.yaml`, `*.yml`, `*.json` in them, not deeper). Never throws for what is in
  /// them or for files that cannot be read: that is a finding.
  public static StandaloneConfig load(List<Path> files, RenderOptions options) {
    return new StandaloneConfig(List.of(), List.of());
  }

  /// Renders documents that are already read, for example those of the haproxy.cfg importer.
  public static StandaloneConfig render(Manifests manifests, RenderOptions options) {
    return new StandaloneConfig(List.of(), List.of());
  }
}
