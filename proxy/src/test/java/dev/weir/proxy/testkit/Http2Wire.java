package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One connection of HTTP/2, frame by frame: either side of it, valid or not. Used by one thread.
public final class Http2Wire implements AutoCloseable {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;
  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  public static final int END_HEADERS = 4;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final Wire wire;
  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);

  /// A frame as it came.
  public record Frame(int type, int flags, int stream, byte[] payload) {
    /// Whether it ends its stream.
    public boolean end() {
      return (flags & END_STREAM) != 0;
    }

    /// The payload as text.
    public String text() {
      return new String(payload, StandardCharsets.ISO_8859_1);
    }

    /// The payload's number at an offset.
    public int number(int at) {
      return ByteBuffer.wrap(payload).getInt(at);
    }
  }

  private Http2Wire(Wire wire) {
    this.wire = wire;
    this.in = new DataInputStream(wire.input());
  }

  /// The server's side of a connection: reads what a client says first and answers with settings,
  /// given as pairs of identifier and value.
  public static Http2Wire accept(Wire wire, int... settings) throws IOException {
    wire.expect(PREFACE);
    var http2 = new Http2Wire(wire);
    http2.settings(settings);
    return http2;
  }

  /// The client's side of a connection that is there.
  public static Http2Wire connect(Wire wire, int... settings) throws IOException {
    wire.send(PREFACE);
    var http2 = new Http2Wire(wire);
    http2.settings(settings);
    return http2;
  }

  /// The bytes below.
  public Wire wire() {
    return wire;
  }

  /// Sends any frame.
  public Http2Wire send(int type, int flags, int stream, byte... payload) throws IOException {
    var head = ByteBuffer.allocate(9 + payload.length);
    head.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream).put(payload);
    wire.send(head.array());
    return this;
  }

  /// Sends settings.
  public Http2Wire settings(int... pairs) throws IOException {
    var payload = ByteBuffer.allocate(pairs.length * 3);
    for (int i = 0; i < pairs.length; i += 2) {
      payload.putShort((short) pairs[i]).putInt(pairs[i + 1]);
    }
    return send(SETTINGS, 0, 0, payload.array());
  }

  /// Sends a head or trailers in one frame.
  ///
  /// @param lines `name: value`
  public Http2Wire headers(int stream, boolean end, String... lines) throws IOException {
    return send(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block(lines));
  }

  /// A header block of literals in this order.
  public byte[] block(String... lines) {
    var block = new ByteArrayOutputStream();
    for (var line : lines) {
      int colon = line.indexOf(':', 1);
      block.write(0);
      string(block, line.substring(0, colon));
      string(block, line.substring(colon + 1).strip());
    }
    return block.toByteArray();
  }

  private static void string(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int rest = bytes.length;
    if (rest < 127) {
      block.write(rest);
    } else {
      block.write(127);
      for (rest -= 127; rest >= 128; rest >>= 7) {
        block.write(rest & 127 | 128);
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  /// Sends a part of a body.
  public Http2Wire data(int stream, boolean end, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return send(DATA, end ? END_STREAM : 0, stream, bytes);
  }

  /// Lets the peer send more.
  public Http2Wire widen(int stream, int by) throws IOException {
    return send(WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(by).array());
  }

  /// Gives a stream up.
  public Http2Wire reset(int stream, int code) throws IOException {
    return send(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(code).array());
  }

  /// Takes no more streams.
  public Http2Wire goAway(int last, int code) throws IOException {
    return send(GOAWAY, 0, 0, ByteBuffer.allocate(8).putInt(last).putInt(code).array());
  }

  /// The next frame of any kind; null when the peer has closed.
  public @Nullable Frame next() throws IOException {
    int first;
    try {
      first = in.readInt();
    } catch (EOFException closed) {
      return null;
    }
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = new byte[first >>> 8];
    in.readFully(payload);
    return new Frame(first & 0xff, flags, stream, payload);
  }

  /// The next frame that is neither settings nor a window nor a ping; settings and pings are
  /// acknowledged on the way.
  public Frame read() throws IOException {
    while (true) {
      var frame = next();
      if (frame == null) {
        throw new EOFException("closed where a frame was expected");
      }
      boolean ack = (frame.flags() & ACK) != 0;
      switch (frame.type()) {
        case SETTINGS -> {
          if (!ack) {
            send(SETTINGS, ACK, 0);
          }
        }
        case PING -> {
          if (!ack) {
            send(PING, ACK, 0, frame.payload());
          }
        }
        case WINDOW_UPDATE -> {}
        default -> {
          return frame;
        }
      }
    }
  }

  /// The next frame that [#read] gives, which must be of this kind.
  public Frame read(int type) throws IOException {
    var frame = read();
    assertEquals(type, frame.type(), () -> "a frame of another kind: " + frame);
    return frame;
  }

  /// Reads frames up to one of this kind.
  public Frame await(int type) throws IOException {
    while (true) {
      var frame = next();
      if (frame == null) {
        throw new EOFException("closed where a frame was expected");
      }
      if (frame.type() == type) {
        return frame;
      }
    }
  }

  /// The next head or trailers, as `name: value` in their order. Blocks must be read in the order
  /// in which they came.
  public List<String> readHeaders() throws IOException {
    return fields(read(HEADERS));
  }

  /// What a frame with a header block says.
  public List<String> fields(Frame frame) throws IOException {
    var block = new ByteArrayOutputStream();
    block.write(frame.payload());
    for (var part = frame; (part.flags() & END_HEADERS) == 0; ) {
      part = read(CONTINUATION);
      block.write(part.payload());
    }
    var lines = new ArrayList<String>();
    try {
      decoder
          .decodeHeaders(1, Unpooled.wrappedBuffer(block.toByteArray()))
          .forEach(field -> lines.add(field.getKey() + ": " + field.getValue()));
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
    return lines;
  }

  /// Whether the peer closes without a further frame but those that [#read] skips.
  public boolean closed() throws IOException {
    try {
      for (var frame = next(); frame != null; frame = next()) {
        if (frame.type() == DATA || frame.type() == HEADERS) {
          return false;
        }
      }
    } catch (IOException reset) {
      return true;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
