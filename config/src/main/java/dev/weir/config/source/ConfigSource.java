package dev.weir.config.source;

import dev.weir.config.Violation;
import dev.weir.config.haproxy.HaproxyImport;
import dev.weir.config.haproxy.ProcessSettings;
import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.manifest.Manifests;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.manifest.TextFile;
import dev.weir.config.render.RenderOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What files say about traffic and about the process.
///
/// A file that ends in `.cfg`, or a directory with one such file and no manifest, is a
/// `haproxy.cfg`, which stands alone; everything else is manifests.
///
/// @param manifests the documents that `config` was rendered from
/// @param process null components unless the source is a `haproxy.cfg`
public record ConfigSource(Manifests manifests, StandaloneConfig config, ProcessSettings process) {
  private static final ProcessSettings NO_SETTINGS = new ProcessSettings(null, null, null, null);

  /// Reads and renders. Never throws for what is in the files or for files that cannot be read:
  /// that is a finding.
  ///
  /// @param paths files and directories
  /// @param environment the variables that a `haproxy.cfg` refers to
  public static ConfigSource load(
      List<Path> paths, RenderOptions options, Map<String, String> environment) {
    Path cfg = null;
    for (var path : paths) {
      var found = cfg(path);
      if (found == null) {
        continue;
      }
      if (paths.size() > 1) {
        return error(path, "a haproxy.cfg stands alone; `weir convert` makes a manifest of it");
      }
      if (found.size() > 1) {
        return error(path, "has several .cfg files; name one of them");
      }
      if (!path.equals(found.getFirst()) && ManifestReader.hasManifests(path)) {
        return error(path, "has manifests and a .cfg file; name one of them");
      }
      cfg = found.getFirst();
    }
    if (cfg != null) {
      return haproxy(cfg, options, environment);
    }
    var manifests = ManifestReader.read(paths);
    return new ConfigSource(
        manifests, StandaloneConfig.render(manifests, paths, options), NO_SETTINGS);
  }

  /// The `.cfg` file that the path is, or those in it; null when there is none.
  private static @Nullable List<Path> cfg(Path path) {
    if (!Files.isDirectory(path)) {
      return isCfg(path) ? List.of(path) : null;
    }
    try (var listed = Files.list(path)) {
      var found = listed.filter(ConfigSource::isCfg).sorted().toList();
      return found.isEmpty() ? null : found;
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean isCfg(Path path) {
    var name = String.valueOf(path.getFileName());
    return name.endsWith(".cfg") && !name.startsWith(".");
  }

  private static ConfigSource haproxy(
      Path file, RenderOptions options, Map<String, String> environment) {
    var read = TextFile.read(file);
    if (read.problem() != null) {
      return error(file, read.problem());
    }
    var imported = HaproxyImport.read(file.toString(), read.text(), environment);
    var manifests = imported.manifests();
    var config = StandaloneConfig.render(manifests, options);
    return new ConfigSource(manifests, config, imported.processSettings());
  }

  private static ConfigSource error(Path path, String message) {
    var finding =
        new Finding(
            Finding.Severity.Error, path.toString(), 0, new Violation("", "Unreadable", message));
    return new ConfigSource(
        ManifestReader.read(List.of()),
        new StandaloneConfig(List.of(), List.of(finding), List.of()),
        NO_SETTINGS);
  }
}
