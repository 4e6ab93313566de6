package dev.weir.config.haproxy;

import dev.weir.config.manifest.Locator;
import dev.weir.config.manifest.Manifests;
import dev.weir.config.manifest.ReadFiles;
import dev.weir.config.render.LoadBalancerResource;
import java.util.List;

/// What a `haproxy.cfg` says, in our terms.
///
/// @param documents one LoadBalancer, named after the file; none when the file is refused
/// @param processSettings what it says about the process
/// @param report what became of every line
/// @param locator finds the line of `haproxy.cfg` that a field of the LoadBalancer comes from
public record Imported(
    List<LoadBalancerResource> documents,
    ProcessSettings processSettings,
    Report report,
    Locator locator) {

  public Imported {
    documents = List.copyOf(documents);
  }

  /// The same as manifests, for [dev.weir.config.manifest.StandaloneConfig#render].
  public Manifests manifests() {
    var files = new ReadFiles();
    return new Manifests(documents, files, files, report.findings(), locator);
  }
}
