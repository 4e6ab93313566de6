package dev.weir.config.stream;

import dev.weir.config.ConfigJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A snapshot at rest: a header line that names the group, then the frames of a delta from nothing,
/// each ending in a newline. Pure but for the streams, which are the caller's to buffer and close.
public final class SnapshotFile {
  private static final int FORMAT = 1;
  private static final byte[] UPSERT = "{\"frame\":\"upsert\"".getBytes(StandardCharsets.US_ASCII);

  private SnapshotFile() {}

  /// What is in the file.
  ///
  /// @param zone where the proxy ran; null where that was not known
  public record Content(Snapshot snapshot, @Nullable String zone) {}

  private record Header(int format, String group, @Nullable String zone) {}

  /// Reads one, and nothing behind it.
  ///
  /// @throws IOException when it cannot be read, is not whole, or is another group's
  public static Content read(InputStream in, ProxyGroup group) throws IOException {
    try {
      Header header = ConfigJson.read(line(in), Header.class);
      if (header.format != FORMAT || !header.group.equals(group.path())) {
        throw new IOException("it is of another format or another group: " + header.group);
      }
      return new Content(snapshot(in), header.zone);
    } catch (InvalidFrameException | ConfigJson.InvalidJsonException e) {
      throw new IOException("it is damaged: " + e.getMessage(), e);
    }
  }

  private static Snapshot snapshot(InputStream in) throws IOException, InvalidFrameException {
    var delta = new DeltaReader();
    while (true) {
      byte[] frame = line(in);
      if (Arrays.mismatch(frame, UPSERT) == UPSERT.length) {
        frame = joined(frame, line(in));
      }
      switch (FrameCodec.fromController(frame)) {
        case Frame.Begin begin -> delta.begin(begin, null);
        case Frame.Upsert upsert -> delta.upsert(upsert);
        case Frame.Commit commit -> {
          return delta.commit(commit, Resources.EMPTY);
        }
        case Frame.Welcome ignored -> throw unexpected();
        case Frame.Remove ignored -> throw unexpected();
        case Frame.Observe ignored -> throw unexpected();
        case Frame.Tickets ignored -> throw unexpected();
        case Frame.Ping() -> throw unexpected();
        case Frame.Refused ignored -> throw unexpected();
      }
    }
  }

  /// Writes one.
  public static void write(OutputStream out, ProxyGroup group, Content content) throws IOException {
    Snapshot snapshot = content.snapshot();
    Resources all = snapshot.resources();
    writeLine(out, ConfigJson.write(new Header(FORMAT, group.path(), content.zone())));
    writeLine(
        out,
        FrameCodec.encode(
            new Frame.Begin(snapshot.version(), all.size(), 0, SnapshotDelta.Lane.All)));
    for (Resource resource : all) {
      writeLine(out, FrameCodec.encode(new Frame.Upsert(resource)));
    }
    writeLine(out, FrameCodec.encode(new Frame.Commit(snapshot.version(), all.digest())));
  }

  private static void writeLine(OutputStream out, byte[] line) throws IOException {
    out.write(line);
    out.write('\n');
  }

  private static byte[] line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("it ends early");
      }
      if (line.size() > FrameCodec.MAX_FRAME) {
        throw new IOException("it has a line that is too long");
      }
      line.write(b);
    }
    return line.toByteArray();
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
