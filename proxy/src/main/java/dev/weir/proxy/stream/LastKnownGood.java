package dev.weir.proxy.stream;

import dev.weir.config.ConfigJson;
import dev.weir.config.stream.Frame;
import dev.weir.config.stream.FrameCodec;
import dev.weir.config.stream.InvalidFrameException;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceType;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.SnapshotDelta;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The file that a proxy starts from when no controller is there: a header line, then the frames of
/// a delta from nothing.
///
/// Replaced by an atomic rename of a file that was forced to disk, readable by its owner alone.
/// Where it is on a disk and not in memory, private keys are left out: a proxy that starts from it
/// refuses TLS handshakes until a controller is there. What was torn, changed or written for
/// another group is not used. Not thread-safe.
final class LastKnownGood {
  private static final int FORMAT = 1;
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");
  private static final String NAME = "last-known-good";
  private static final byte[] UPSERT = "{\"frame\":\"upsert\"".getBytes(StandardCharsets.US_ASCII);

  private final Path file;
  private final ProxyGroup group;

  private record Header(int format, String group, @Nullable String zone) {}

  /// What is in the file.
  ///
  /// @param zone where the proxy ran; null where that was not known
  record Kept(Snapshot snapshot, @Nullable String zone) {}

  LastKnownGood(Path directory, ProxyGroup group) {
    this.file = directory.resolve(NAME);
    this.group = group;
  }

  /// What was written last; null when nothing was.
  ///
  /// @throws IOException when it cannot be read or is not whole
  @Nullable Kept read() throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      Header header = ConfigJson.read(line(in), Header.class);
      if (header.format != FORMAT || !header.group.equals(group.path())) {
        throw new IOException(file + " is of another format or another group: " + header.group);
      }
      var delta = new DeltaReader();
      while (true) {
        byte[] frame = line(in);
        if (startsWith(frame, UPSERT)) {
          frame = joined(frame, line(in));
        }
        switch (FrameCodec.fromController(frame)) {
          case Frame.Begin begin -> delta.begin(begin, null);
          case Frame.Upsert upsert -> delta.upsert(upsert);
          case Frame.Commit commit -> {
            return new Kept(delta.commit(commit, Resources.EMPTY), header.zone);
          }
          case Frame.Welcome ignored -> throw unexpected();
          case Frame.Remove ignored -> throw unexpected();
          case Frame.Tickets ignored -> throw unexpected();
          case Frame.Ping() -> throw unexpected();
          case Frame.Refused ignored -> throw unexpected();
        }
      }
    } catch (NoSuchFileException e) {
      return null;
    } catch (InvalidFrameException | ConfigJson.InvalidJsonException e) {
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  /// Replaces the file.
  void write(Kept good) throws IOException {
    Snapshot snapshot = good.snapshot();
    Path temporary = file.resolveSibling(NAME + ".tmp");
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.deleteIfExists(temporary);
    try (FileChannel channel = FileChannel.open(temporary, OPTIONS, attributes());
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
      writeLine(out, ConfigJson.write(new Header(FORMAT, group.path(), good.zone())));
      Resources kept = kept(snapshot.resources());
      writeLine(
          out,
          FrameCodec.encode(
              new Frame.Begin(snapshot.version(), kept.size(), 0, SnapshotDelta.Lane.All)));
      for (Resource resource : kept) {
        writeLine(out, FrameCodec.encode(new Frame.Upsert(resource)));
      }
      writeLine(out, FrameCodec.encode(new Frame.Commit(snapshot.version(), kept.digest())));
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

  private static final Set<StandardOpenOption> OPTIONS =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  private FileAttribute<?>[] attributes() {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static void writeLine(OutputStream out, byte[] line) throws IOException {
    out.write(line);
    out.write('\n');
  }

  private static byte[] line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("last known good ends early");
      }
      if (line.size() > FrameCodec.MAX_FRAME) {
        throw new IOException("last known good has a line that is too long");
      }
      line.write(b);
    }
    return line.toByteArray();
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] joined(byte[] header, byte[] body) {
    byte[] frame = Arrays.copyOf(header, header.length + 1 + body.length);
    frame[header.length] = '\n';
    System.arraycopy(body, 0, frame, header.length + 1, body.length);
    return frame;
  }

  private static InvalidFrameException unexpected() {
    return new InvalidFrameException("a frame that does not belong into the file");
  }
}
