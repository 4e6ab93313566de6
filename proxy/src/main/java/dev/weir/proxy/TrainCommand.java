package dev.weir.proxy;

import dev.weir.config.ConfigJson.InvalidJsonException;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.SnapshotFile;
import dev.weir.config.stream.Version;
import dev.weir.proxy.standalone.ConfigFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// `weir train --config FILE OPTION...`: a proxy like any other, from whose run `deploy/train`
/// makes the archive of classes. One that reads manifests reads no JSON, and one in Kubernetes
/// nothing else, so that the archive of the former alone would leave the latter a slow start.
final class TrainCommand {
  private static final ProxyGroup GROUP = new ProxyGroup.Own("train", "train");

  private TrainCommand() {}

  /// Does once what a proxy does with the file that it keeps of a controller's configuration.
  static void rehearse(List<String> arguments) {
    Path file = Path.of(arguments.get(arguments.indexOf("--config") + 1));
    var config = StandaloneConfig.load(List.of(file), RenderOptions.standalone(Set.of()));
    var snapshot = new Snapshot(new Version("", 0, 0, 1), ConfigFiles.resources(config));
    try {
      var kept = new ByteArrayOutputStream();
      SnapshotFile.write(kept, GROUP, new SnapshotFile.Content(snapshot, null));
      var read = SnapshotFile.read(new ByteArrayInputStream(kept.toByteArray()), GROUP);
      for (Resource resource : read.snapshot().resources()) {
        switch (resource.key().type()) {
          case LoadBalancer -> resource.read(LoadBalancerConfig.class);
          case Endpoints -> resource.read(EndpointsConfig.class);
          case Certificate, Trust -> {} // the file has none
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InvalidJsonException e) {
      throw new IllegalStateException(e);
    }
  }
}
