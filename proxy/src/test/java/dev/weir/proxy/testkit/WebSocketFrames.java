package dev.weir.proxy.testkit;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/// The frames of RFC 6455 as far as an echo needs them: unfragmented, no extensions.
final class WebSocketFrames {
  static final int TEXT = 1;
  static final int CLOSE = 8;
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private WebSocketFrames() {}

  record Frame(int opcode, byte[] payload) {
    String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }
  }

  /// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key.
  static String accept(String key) {
    try {
      var sha = MessageDigest.getInstance("SHA-1");
      var digest = sha.digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static Frame read(InputStream in) throws IOException {
    var data = new DataInputStream(in);
    var opcode = data.readUnsignedByte() & 0x0f;
    var second = data.readUnsignedByte();
    long length = second & 0x7f;
    if (length == 126) {
      length = data.readUnsignedShort();
    } else if (length == 127) {
      length = data.readLong();
    }
    var mask = new byte[4];
    var masked = (second & 0x80) != 0;
    if (masked) {
      data.readFully(mask);
    }
    var payload = new byte[Math.toIntExact(length)];
    data.readFully(payload);
    if (masked) {
      apply(mask, payload);
    }
    return new Frame(opcode, payload);
  }

  static void write(OutputStream out, int opcode, byte[] payload, boolean masked)
      throws IOException {
    var frame = ByteBuffer.allocate(payload.length + 14);
    frame.put((byte) (0x80 | opcode));
    var maskBit = masked ? 0x80 : 0;
    if (payload.length < 126) {
      frame.put((byte) (maskBit | payload.length));
    } else if (payload.length < 65536) {
      frame.put((byte) (maskBit | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (maskBit | 127)).putLong(payload.length);
    }
    if (masked) {
      var mask = new byte[4];
      ThreadLocalRandom.current().nextBytes(mask);
      var copy = payload.clone();
      apply(mask, copy);
      frame.put(mask).put(copy);
    } else {
      frame.put(payload);
    }
    out.write(frame.array(), 0, frame.position());
    out.flush();
  }

  private static void apply(byte[] mask, byte[] payload) {
    for (var i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i & 3];
    }
  }
}
