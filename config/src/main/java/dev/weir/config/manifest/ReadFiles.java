package dev.weir.config.manifest;

import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.FileView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References;
import dev.weir.config.render.ServiceView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The files that documents name, certificates for example: read when somebody asks, each once, and
/// remembered, so that they can be watched. As references it knows nothing else. Used by one thread
/// for one set of documents.
public final class ReadFiles implements References {
  /// Beside a certificate there may be files that belong to it.
  private static final Set<String> NO_CERTIFICATES =
      Set.of(".key", ".ocsp", ".issuer", ".sctl", ".dh", ".crl");

  private final TreeMap<Path, FileView> read = new TreeMap<>();
  private final Set<Path> directories = new TreeSet<>();

  @Override
  public FileView file(String path) {
    return read.computeIfAbsent(Path.of(path), ReadFiles::read);
  }

  @Override
  public @Nullable List<String> directory(String path) {
    Path directory = Path.of(path);
    if (!Files.isDirectory(directory)) {
      return null;
    }
    directories.add(directory);
    try (var files = Files.list(directory)) {
      return files.filter(ReadFiles::isCertificate).map(Path::toString).sorted().toList();
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean isCertificate(Path file) {
    var name = file.getFileName().toString();
    return !name.startsWith(".")
        && NO_CERTIFICATES.stream().noneMatch(name::endsWith)
        && Files.isRegularFile(file);
  }

  private static FileView read(Path path) {
    var file = TextFile.read(path);
    return file.problem() == null
        ? new FileView(file.text(), null)
        : new FileView(null, file.problem());
  }

  /// What was asked for so far, readable or not, directories too.
  List<Path> paths() {
    var paths = new TreeSet<>(read.keySet());
    paths.addAll(directories);
    return List.copyOf(paths);
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
