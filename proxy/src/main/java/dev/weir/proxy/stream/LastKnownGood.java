package dev.weir.proxy.stream;

import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceType;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.SnapshotFile;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The file that a proxy starts from when no controller is there: a [SnapshotFile].
///
/// Replaced by an atomic rename of a file that was forced to disk, readable by its owner alone.
/// Where it is on a disk and not in memory, private keys are left out: a proxy that starts from it
/// refuses TLS handshakes until a controller is there. What was torn, changed or written for
/// another group is not used. Not thread-safe.
final class LastKnownGood {
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");
  private static final String NAME = "last-known-good";
  private static final Set<StandardOpenOption> OPTIONS =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  private final Path file;
  private final ProxyGroup group;

  LastKnownGood(Path directory, ProxyGroup group) {
    this.file = directory.resolve(NAME);
    this.group = group;
  }

  /// What was written last; null when nothing was.
  ///
  /// @throws IOException when it cannot be read or is not whole
  SnapshotFile.@Nullable Content read() throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      return SnapshotFile.read(in, group);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /// Replaces the file.
  void write(SnapshotFile.Content good) throws IOException {
    Path temporary = file.resolveSibling(NAME + ".tmp");
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.deleteIfExists(temporary);
    Snapshot snapshot = good.snapshot();
    try (FileChannel channel = FileChannel.open(temporary, OPTIONS, attributes());
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
      var kept = new Snapshot(snapshot.version(), kept(snapshot.resources()));
      SnapshotFile.write(out, group, new SnapshotFile.Content(kept, good.zone()));
      out.flush();
      channel.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private Resources kept(Resources all) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null && IN_MEMORY.contains(Files.getFileStore(directory).type())) {
      return all;
    }
    Resources kept = all;
    for (Resource resource : all) {
      if (resource.key().type() == ResourceType.Certificate) {
        kept = kept.without(resource.key());
      }
    }
    return kept;
  }

  private FileAttribute<?>[] attributes() {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
