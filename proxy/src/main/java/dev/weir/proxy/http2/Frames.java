package dev.weir.proxy.http2;

import dev.weir.proxy.message.Ascii;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What frames look like on the wire (RFC 9113 sections 4.1 and 6), and how they are written.
/// Stateless.
final class Frames {
  /// The length of what stands in front of each frame's payload.
  static final int HEADER = 9;

  /// Where the flags stand in it.
  static final int FLAGS = 4;

  /// The largest payload that we take, which is the protocol's default.
  static final int MAX_SIZE = 16_384;

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int WITH_PRIORITY = 32;

  static final int HEADER_TABLE_SIZE = 1;
  static final int ENABLE_PUSH = 2;
  static final int MAX_CONCURRENT_STREAMS = 3;
  static final int INITIAL_WINDOW_SIZE = 4;
  static final int MAX_FRAME_SIZE = 5;
  static final int MAX_HEADER_LIST_SIZE = 6;
  static final int ENABLE_CONNECT_PROTOCOL = 8;

  private static final int SETTING = 6;

  private Frames() {}

  /// What stands in front of a payload.
  static void header(ByteBuf out, int length, int type, int flags, int stream) {
    out.ensureWritable(HEADER);
    int at = out.writerIndex();
    out.setInt(at, length << 8 | type);
    out.setByte(at + 4, flags);
    out.setInt(at + 5, stream);
    out.writerIndex(at + HEADER);
  }

  /// A whole header block, in as many frames as its length needs.
  static void headers(ByteBuf out, int stream, HpackEncoder block, boolean end, int maxSize) {
    int length = block.length();
    int size = Math.min(length, maxSize);
    int flags = (end ? END_STREAM : 0) | (size == length ? END_HEADERS : 0);
    header(out, size, HEADERS, flags, stream);
    out.writeBytes(block.block(), 0, size);
    for (int from = size; from < length; from += size) {
      size = Math.min(length - from, maxSize);
      header(out, size, CONTINUATION, from + size == length ? END_HEADERS : 0, stream);
      out.writeBytes(block.block(), from, size);
    }
  }

  /// Settings, as pairs of identifier and value.
  static void settings(ByteBuf out, int... pairs) {
    header(out, pairs.length / 2 * SETTING, SETTINGS, 0, 0);
    for (int i = 0; i < pairs.length; i += 2) {
      out.writeShort(pairs[i]).writeInt(pairs[i + 1]);
    }
  }

  static void settingsAck(ByteBuf out) {
    header(out, 0, SETTINGS, ACK, 0);
  }

  static void ping(ByteBuf out, long data, boolean ack) {
    header(out, 8, PING, ack ? ACK : 0, 0);
    out.writeLong(data);
  }

  static void windowUpdate(ByteBuf out, int stream, int increment) {
    header(out, 4, WINDOW_UPDATE, 0, stream);
    out.writeInt(increment);
  }

  static void reset(ByteBuf out, int stream, ErrorCode code) {
    header(out, 4, RST_STREAM, 0, stream);
    out.writeInt(code.ordinal());
  }

  /// @param text for a person at the other end, null for none
  static void goAway(ByteBuf out, int lastStream, ErrorCode code, @Nullable String text) {
    byte[] debug = Ascii.bytes(text == null ? "" : text);
    header(out, 8 + debug.length, GOAWAY, 0, 0);
    out.writeInt(lastStream).writeInt(code.ordinal()).writeBytes(debug);
  }
}
