package dev.weir.config.manifest;

import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.FileView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References;
import dev.weir.config.render.ServiceView;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The files that documents name, certificates for example: read when somebody asks, each once, and
/// remembered, so that they can be watched. As references it knows nothing else. Used by one thread
/// for one set of documents.
public final class ReadFiles implements References {
  private final TreeMap<Path, FileView> read = new TreeMap<>();

  @Override
  public FileView file(String path) {
    return read.computeIfAbsent(Path.of(path), ReadFiles::read);
  }

  private static FileView read(Path path) {
    var file = TextFile.read(path);
    return file.problem() == null
        ? new FileView(file.text(), null)
        : new FileView(null, file.problem());
  }

  /// What was asked for so far, readable or not.
  List<Path> paths() {
    return List.copyOf(read.keySet());
  }

  @Override
  public @Nullable ServiceView service(ObjectName name) {
    return null;
  }

  @Override
  public List<EndpointSliceView> endpointSlices(ObjectName service) {
    return List.of();
  }
}
