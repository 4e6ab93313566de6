package dev.weir.proxy.http2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What [FrameReader] tells of DATA, however it was cut into frames and reads.
final class FrameReaderTest {
  private static final int FIRST = 1;
  private static final int SECOND = 3;

  @Test
  void smallFramesOfOneStreamThatCameTogetherAreOne() {
    ByteBuf in = Unpooled.directBuffer();
    for (int i = 0; i < 100; i++) {
      data(in, FIRST, "message " + i + ";", false);
    }
    data(in, FIRST, "", true);
    var told = read(in);
    assertEquals(1, told.pieces.size());
    assertTrue(told.text(FIRST).startsWith("message 0;message 1;"), told.text(FIRST));
    assertTrue(told.text(FIRST).endsWith("message 99;."), told.text(FIRST));
    assertEquals(told.text(FIRST).length() - 1, told.announced.get(FIRST));
    in.release();
  }

  @Test
  void whereverReadsAreCutTheSameDataComesAndTheSameWindowsShrink() {
    ByteBuf frames = mixed();
    ByteBuf once = frames.copy();
    Told whole = read(once);
    once.release();
    for (int size = 1; size < frames.readableBytes(); size++) {
      var told = new Told();
      var reader = new FrameReader(told, 1024);
      ByteBuf in = Unpooled.directBuffer();
      for (int at = 0; at < frames.readableBytes(); at += size) {
        in.writeBytes(frames, at, Math.min(size, frames.readableBytes() - at));
        reader.read(in);
      }
      assertEquals(0, in.readableBytes());
      assertEquals(whole.all(), told.all(), "reads of " + size);
      assertEquals(whole.announced, told.announced, "reads of " + size);
      in.release();
    }
    frames.release();
  }

  @Test
  void whatIsNoSmallDataOfTheSameStreamStandsAlone() {
    ByteBuf frames = mixed();
    var told = read(frames);
    assertEquals(Map.of(FIRST, "abcdefgh.", SECOND, "xy" + "z".repeat(2000)), told.all());
    assertEquals(
        List.of("1 abc", "3 x", "1 de", "3 y", "3 " + "z".repeat(2000), "1 fg", "1 h."),
        told.pieces);
    // The empty frame counts as one; its length and that of padding belong to the window.
    assertEquals(Map.of(FIRST, 8 + 6, SECOND, 2002), told.announced);
    frames.release();
  }

  private static ByteBuf mixed() {
    ByteBuf in = Unpooled.directBuffer();
    data(in, FIRST, "ab", false);
    data(in, FIRST, "c", false);
    data(in, SECOND, "x", false);
    data(in, FIRST, "d", false);
    data(in, FIRST, "e", false);
    Frames.header(in, 8, Frames.PING, 0, 0);
    in.writeLong(7);
    data(in, SECOND, "y", false);
    data(in, SECOND, "z".repeat(2000), false);
    Frames.header(in, 2 + 6, Frames.DATA, Frames.PADDED, FIRST);
    in.writeByte(5).writeCharSequence("fg", StandardCharsets.US_ASCII);
    in.writeZero(5);
    data(in, FIRST, "", false);
    data(in, FIRST, "h", true);
    return in;
  }

  private static void data(ByteBuf in, int stream, String text, boolean end) {
    Frames.header(in, text.length(), Frames.DATA, end ? Frames.END_STREAM : 0, stream);
    in.writeCharSequence(text, StandardCharsets.US_ASCII);
  }

  private static Told read(ByteBuf in) {
    var told = new Told();
    new FrameReader(told, 1024).read(in);
    assertEquals(0, in.readableBytes());
    return told;
  }

  /// Keeps what it is told of data.
  private static final class Told implements FrameHandler {
    final List<String> pieces = new ArrayList<>();
    final Map<Integer, Integer> announced = new TreeMap<>();
    private final Map<Integer, StringBuilder> texts = new TreeMap<>();

    String text(int stream) {
      return String.valueOf(texts.get(stream));
    }

    Map<Integer, String> all() {
      var all = new TreeMap<Integer, String>();
      texts.forEach((stream, text) -> all.put(stream, text.toString()));
      return all;
    }

    @Override
    public void dataStarts(int stream, int length, int padding, boolean end) {
      announced.merge(stream, length, Integer::sum);
    }

    @Override
    public void data(int stream, ByteBuf in, int length, boolean end) {
      String text = in.toString(in.readerIndex(), length, StandardCharsets.US_ASCII);
      String piece = text + (end ? "." : "");
      pieces.add(stream + " " + piece);
      texts.computeIfAbsent(stream, s -> new StringBuilder()).append(piece);
    }

    @Override
    public void blockBegins() {}

    @Override
    public void headers(int stream, byte[] block, int length, boolean end) {}

    @Override
    public void priority(int stream) {}

    @Override
    public void reset(int stream, int code) {}

    @Override
    public void setting(int id, int value) {}

    @Override
    public void settingsEnd() {}

    @Override
    public void settingsAck() {}

    @Override
    public void ping(long data, boolean ack) {}

    @Override
    public void goAway(int lastStream, int code) {}

    @Override
    public void windowUpdate(int stream, int increment) {}

    @Override
    public void ignored(int type) {}

    @Override
    public void streamError(int stream, ErrorCode code) {
      throw new AssertionError(code.name());
    }

    @Override
    public void connectionError(ErrorCode code, String text) {
      throw new AssertionError(text);
    }

    @Override
    public boolean reading() {
      return true;
    }
  }
}
