package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A client's HTTP/2 connection, frame for frame: what is sent leaves as it stands, valid or not.
/// Header blocks are Netty's. Text is ISO-8859-1.
public final class Http2Client implements AutoCloseable {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  public static final int END_HEADERS = 4;

  private static final int HEADER = 9;

  private final Wire wire;
  private final DataInputStream in;
  private final DefaultHttp2HeadersEncoder encoder =
      new DefaultHttp2HeadersEncoder((name, value) -> false, true);
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);

  /// A frame as it came.
  ///
  /// @param fields of HEADERS, its block decoded
  public record Frame(int type, int flags, int stream, byte[] payload, Map<String, String> fields) {
    public boolean ends() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }

    /// The number that RST_STREAM, WINDOW_UPDATE and GOAWAY have: the error, or the increment.
    public int number() {
      return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
    }

    public String text() {
      return new String(payload, StandardCharsets.ISO_8859_1);
    }
  }

  /// What came on a stream.
  ///
  /// @param reset the error that ended it; -1 when it ended by itself
  public record Response(
      Map<String, String> head, String body, Map<String, String> trailers, int reset) {
    public int status() {
      return Integer.parseInt(head.getOrDefault(":status", "0"));
    }
  }

  private Http2Client(Wire wire) {
    this.wire = wire;
    this.in = new DataInputStream(wire.input());
  }

  /// Connects without saying anything.
  public static Http2Client silent(int port) throws IOException {
    return new Http2Client(Wire.connect(port));
  }

  /// Connects and says the preface and empty SETTINGS.
  public static Http2Client connect(int port, int... settings) throws IOException {
    return over(Wire.connect(port), settings);
  }

  /// Says the preface and SETTINGS on a connection that is there.
  public static Http2Client over(Wire wire, int... settings) throws IOException {
    Http2Client client = new Http2Client(wire);
    client.wire.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    client.settings(settings);
    return client;
  }

  /// The bytes below.
  public Wire wire() {
    return wire;
  }

  /// Sends a frame.
  public Http2Client frame(int type, int flags, int stream, byte[] payload) throws IOException {
    wire.send(bytes(type, flags, stream, payload));
    return this;
  }

  /// The bytes of a frame, to be sent with others.
  public static byte[] bytes(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(HEADER + payload.length)
        .putInt(payload.length << 8 | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /// Sends SETTINGS.
  ///
  /// @param pairs identifiers and values
  public Http2Client settings(int... pairs) throws IOException {
    ByteBuffer payload = ByteBuffer.allocate(pairs.length / 2 * 6);
    for (int i = 0; i < pairs.length; i += 2) {
      payload.putShort((short) pairs[i]).putInt(pairs[i + 1]);
    }
    return frame(SETTINGS, 0, 0, payload.array());
  }

  /// A header block.
  ///
  /// @param fields names and values in turn
  public byte[] block(String... fields) throws IOException {
    ByteBuf out = Unpooled.buffer();
    try {
      for (int i = 0; i < fields.length; i += 2) {
        // One by one: Netty would put pseudo-header fields in front.
        Http2Headers one = new DefaultHttp2Headers(false);
        one.add(ascii(fields[i]), ascii(fields[i + 1]));
        encoder.encodeHeaders(1, one, out);
      }
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
    return ByteBufUtil.getBytes(out);
  }

  private static AsciiString ascii(String text) {
    return new AsciiString(text.getBytes(StandardCharsets.ISO_8859_1), false);
  }

  /// Sends HEADERS.
  public Http2Client headers(int stream, boolean end, String... fields) throws IOException {
    return frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block(fields));
  }

  /// Sends a GET.
  public Http2Client get(int stream, String path, String... fields) throws IOException {
    return request(stream, true, "GET", path, fields);
  }

  /// Sends a request's head.
  public Http2Client request(int stream, boolean end, String method, String path, String... fields)
      throws IOException {
    String[] pseudo = {
      ":method", method, ":scheme", "http", ":authority", "weir.test", ":path", path
    };
    String[] all = new String[pseudo.length + fields.length];
    System.arraycopy(pseudo, 0, all, 0, pseudo.length);
    System.arraycopy(fields, 0, all, pseudo.length, fields.length);
    return headers(stream, end, all);
  }

  /// Sends DATA.
  public Http2Client data(int stream, boolean end, String text) throws IOException {
    return frame(DATA, end ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// Sends RST_STREAM.
  public Http2Client reset(int stream, int code) throws IOException {
    return frame(RST_STREAM, 0, stream, number(code));
  }

  /// Sends WINDOW_UPDATE.
  public Http2Client window(int stream, int increment) throws IOException {
    return frame(WINDOW_UPDATE, 0, stream, number(increment));
  }

  /// Four bytes.
  public static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /// The next frame.
  public Frame next() throws IOException {
    int first = in.readInt();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = in.readNBytes(first >>> 8);
    int type = first & 0xff;
    if (payload.length < first >>> 8) {
      throw new EOFException("the connection ended within a frame");
    }
    return new Frame(
        type, flags, stream, payload, type == HEADERS ? decode(payload, flags) : Map.of());
  }

  private Map<String, String> decode(byte[] payload, int flags) throws IOException {
    byte[] block = payload;
    if ((flags & END_HEADERS) == 0) {
      var all = new ByteArrayOutputStream();
      all.write(payload);
      Frame more;
      do {
        more = next();
        assertEquals(CONTINUATION, more.type());
        all.write(more.payload());
      } while ((more.flags() & END_HEADERS) == 0);
      block = all.toByteArray();
    }
    try {
      var fields = new LinkedHashMap<String, String>();
      for (var field : decoder.decodeHeaders(1, Unpooled.wrappedBuffer(block))) {
        fields.merge(
            field.getKey().toString(), field.getValue().toString(), (one, two) -> one + "|" + two);
      }
      return fields;
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
  }

  /// The next frame of that type; others are passed over, SETTINGS are acknowledged.
  public Frame next(int type) throws IOException {
    while (true) {
      Frame frame = next();
      if (frame.type() == SETTINGS && (frame.flags() & ACK) == 0) {
        frame(SETTINGS, ACK, 0, new byte[0]);
      }
      if (frame.type() == type) {
        return frame;
      }
    }
  }

  /// Everything on a stream up to its end; informational heads are passed over, windows widened.
  public Response response(int stream) throws IOException {
    Map<String, String> head = Map.of();
    Map<String, String> trailers = Map.of();
    var body = new StringBuilder();
    while (true) {
      Frame frame = next();
      if (frame.type() == GOAWAY && frame.number() != 0) {
        fail("GOAWAY " + frame.number() + " " + frame.text());
      }
      if (frame.type() == DATA && frame.payload().length > 0) {
        window(0, frame.payload().length);
        if (!frame.ends()) {
          window(frame.stream(), frame.payload().length);
        }
      }
      if (frame.stream() != stream) {
        continue;
      }
      switch (frame.type()) {
        case HEADERS -> {
          boolean informational = frame.fields().getOrDefault(":status", "").startsWith("1");
          if (!informational && head.isEmpty()) {
            head = frame.fields();
          } else if (!informational) {
            trailers = frame.fields();
          }
        }
        case DATA -> body.append(frame.text());
        case RST_STREAM -> {
          return new Response(head, body.toString(), trailers, frame.number());
        }
        default -> {}
      }
      if (frame.ends()) {
        return new Response(head, body.toString(), trailers, -1);
      }
    }
  }

  /// The error of the GOAWAY that must come.
  public int goAway() throws IOException {
    return next(GOAWAY).number();
  }

  /// Reads to the end of the connection and returns the error of the last GOAWAY; -1 for none.
  public int untilClosed() {
    int code = -1;
    try {
      while (true) {
        Frame frame = next();
        code = frame.type() == GOAWAY ? frame.number() : code;
      }
    } catch (java.net.SocketTimeoutException e) {
      return fail("the connection stays open");
    } catch (IOException closed) {
      return code;
    }
  }

  /// How long a read may wait.
  public Http2Client patience(Duration duration) throws IOException {
    wire.patience(duration);
    return this;
  }

  /// The next frame, or null when none comes in time.
  public @Nullable Frame poll(Duration patience) throws IOException {
    wire.patience(patience);
    try {
      return next();
    } catch (java.net.SocketTimeoutException e) {
      return null;
    } finally {
      wire.patience(Duration.ofSeconds(10));
    }
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
