package dev.weir.proxy.standalone;

import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what a user gave as configuration: manifests, or a `haproxy.cfg`.
public final class ConfigReader {
  private final List<Path> paths;

  private ConfigReader(List<Path> paths) {
    this.paths = List.copyOf(paths);
  }

  /// What a file says about the process rather than about traffic.
  ///
  /// @param loops null when it says nothing, as for the others
  public record ProcessSettings(
      @Nullable Integer loops, @Nullable Integer maxConnections, @Nullable String log) {}

  /// A reader of these files and directories.
  public static ConfigReader of(List<Path> paths) {
    return new ConfigReader(paths);
  }

  /// What the files say about the process.
  public ProcessSettings processSettings() {
    return new ProcessSettings(null, null, null);
  }

  /// Reads and renders them; what is wrong is in the result.
  public StandaloneConfig read(RenderOptions options) {
    return StandaloneConfig.load(paths, options);
  }
}
