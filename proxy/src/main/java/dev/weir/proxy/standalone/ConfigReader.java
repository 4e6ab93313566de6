package dev.weir.proxy.standalone;

import dev.weir.config.haproxy.ProcessSettings;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.source.ConfigSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads what a user gave as configuration: manifests, or a `haproxy.cfg`. Thread: any.
public final class ConfigReader {
  private final List<Path> paths;
  private final Map<String, String> environment;

  /// @param paths files and directories
  /// @param environment the variables that a `haproxy.cfg` refers to
  public ConfigReader(List<Path> paths, Map<String, String> environment) {
    this.paths = List.copyOf(paths);
    this.environment = Map.copyOf(environment);
  }

  /// What the files say about the process, as they are now; nothing in manifests.
  public ProcessSettings processSettings() {
    return load(RenderOptions.standalone(Set.of())).process();
  }

  /// Reads and renders them; what is wrong is in the result.
  public StandaloneConfig read(RenderOptions options) {
    return load(options).config();
  }

  private ConfigSource load(RenderOptions options) {
    return ConfigSource.load(paths, options, environment);
  }
}
