package dev.weir.config.manifest;

import dev.weir.config.Violation;
import dev.weir.config.manifest.Finding.Severity;
import dev.weir.config.render.Conflicts;
import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.Problem;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Rendered;
import dev.weir.config.render.Renderer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// What a proxy without a controller is to run: the rendered LoadBalancers of its files.
///
/// Any error refuses the files as a whole. A LoadBalancer that loses a port to another one is left
/// out with a warning.
///
/// @param loadBalancers ordered by name, each with a config; empty when [#failed]
/// @param findings everything there is to say, in the order of files and lines
/// @param files what the documents name and what was read as well, certificates for example
public record StandaloneConfig(
    List<Rendered> loadBalancers, List<Finding> findings, List<Path> files) {

  public StandaloneConfig {
    loadBalancers = List.copyOf(loadBalancers);
    findings = List.copyOf(findings);
    files = List.copyOf(files);
  }

  /// Whether the files are refused as a whole, so that what runs now is to be kept.
  public boolean failed() {
    return findings.stream().anyMatch(f -> f.severity() == Severity.Error);
  }

  /// Reads and renders files and directories, as [ManifestReader#read]. Never throws for what is in
  /// them or for files that cannot be read: that is a finding.
  public static StandaloneConfig load(List<Path> files, RenderOptions options) {
    return render(ManifestReader.read(files), files, options);
  }

  /// Renders documents that are already read, for example those of the haproxy.cfg importer.
  public static StandaloneConfig render(Manifests manifests, RenderOptions options) {
    return render(manifests, List.of(), options);
  }

  /// Renders documents that were read from files.
  ///
  /// @param files what a finding about all of them calls them
  public static StandaloneConfig render(
      Manifests manifests, List<Path> files, RenderOptions options) {
    var findings = new ArrayList<>(manifests.findings());
    if (manifests.loadBalancers().isEmpty() && !manifests.failed()) {
      // A file that is just being written can be empty: never a reason to close every port.
      findings.add(
          new Finding(
              Severity.Error,
              files.stream().map(Path::toString).collect(Collectors.joining(", ")),
              0,
              new Violation("", "NoLoadBalancer", "there is no LoadBalancer document")));
    }
    var renderer = new Renderer(options);
    var rendered = new ArrayList<Rendered>();
    manifests.loadBalancers().stream()
        .sorted(Comparator.comparing(LoadBalancerResource::name))
        .map(resource -> renderer.render(resource, manifests.references()))
        .forEach(rendered::add);
    rendered.forEach(one -> report(one.name(), one.problems(), manifests.locator(), findings));
    var losers = Conflicts.find(candidates(rendered));
    losers.forEach((name, problems) -> report(name, problems, manifests.locator(), findings));
    rendered.removeIf(one -> losers.containsKey(one.name()));
    findings.sort(Comparator.comparing(Finding::file).thenComparingInt(Finding::line));
    boolean failed = findings.stream().anyMatch(f -> f.severity() == Severity.Error);
    return new StandaloneConfig(failed ? List.of() : rendered, findings, manifests.files().paths());
  }

  private static List<Conflicts.Candidate> candidates(List<Rendered> rendered) {
    var candidates = new ArrayList<Conflicts.Candidate>();
    for (var one : rendered) {
      if (one.config() != null) {
        candidates.add(new Conflicts.Candidate(one.name(), null, one.config()));
      }
    }
    return candidates;
  }

  private static void report(
      ObjectName name, List<Problem> problems, Locator locator, List<Finding> findings) {
    for (var problem : problems) {
      var place = locator.locate(name, problem.path());
      boolean refused = problem.fatal() && problem.condition() != Problem.Condition.Conflicted;
      findings.add(
          new Finding(
              refused ? Severity.Error : Severity.Warning,
              place.file(),
              place.line(),
              new Violation(problem.path(), problem.reason(), problem.message())));
    }
  }
}
