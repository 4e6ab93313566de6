package dev.weir.proxy.http2;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/// What stands for the handshake of a WebSocket over HTTP/2, which has none (RFC 8441 section 5),
/// towards an origin that speaks HTTP/1 and wants one (RFC 6455 section 4).
///
/// @param key for `Sec-WebSocket-Key`
/// @param accept what `Sec-WebSocket-Accept` must be
record WebSocketKey(byte[] key, byte[] accept) {
  private static final byte[] GUID = Ascii.bytes("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  private static final byte[] KEY_NAME = Ascii.bytes("sec-websocket-key");
  private static final byte[] ACCEPT_NAME = Ascii.bytes("sec-websocket-accept");

  /// A key that nobody has to guess: it says that the origin read the request, nothing more.
  static WebSocketKey random() {
    byte[] nonce = new byte[16];
    ThreadLocalRandom.current().nextBytes(nonce);
    byte[] key = Base64.getEncoder().encode(nonce);
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(key);
      return new WebSocketKey(key, Base64.getEncoder().encode(sha1.digest(GUID)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /// Puts the key into a request, in place of one that the client made up.
  void addTo(RequestHead head) {
    drop(head, KEY_NAME);
    int start = head.length();
    int value = start + KEY_NAME.length + 2;
    int end = value + key.length;
    byte[] out = head.reserve(end + 2 - start);
    System.arraycopy(KEY_NAME, 0, out, start, KEY_NAME.length);
    out[value - 2] = ':';
    out[value - 1] = ' ';
    System.arraycopy(key, 0, out, value, key.length);
    out[end] = '\r';
    out[end + 1] = '\n';
    head.advance(end + 2 - start);
    head.addField(Field.OTHER, start, value - 2, value, end, end + 2);
  }

  /// Whether the origin answers to the key. Drops what HTTP/2 does not have.
  boolean acceptedBy(ResponseHead head) {
    boolean accepted = false;
    byte[] bytes = head.bytes();
    for (int i = 0; i < head.fields(); i++) {
      boolean answer =
          Ascii.equalsIgnoreCase(bytes, head.nameStart(i), head.nameEnd(i), ACCEPT_NAME);
      if (answer && Ascii.equals(bytes, head.valueStart(i), head.valueEnd(i), accept)) {
        accepted = true;
      }
      if (answer || head.id(i) == Field.UPGRADE || head.id(i) == Field.CONNECTION) {
        head.drop(i);
      }
    }
    return accepted;
  }

  private static void drop(MessageHead head, byte[] name) {
    for (int i = 0; i < head.fields(); i++) {
      if (Ascii.equals(head.bytes(), head.nameStart(i), head.nameEnd(i), name)) {
        head.drop(i);
      }
    }
  }
}
