package dev.weir.proxy.http2;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// What stands for the handshake of a WebSocket over HTTP/2, which has none (RFC 8441 section 5),
/// towards an origin that speaks HTTP/1 and wants one (RFC 6455 section 4), and the other way
/// round.
///
/// @param key for `Sec-WebSocket-Key`
/// @param accept what `Sec-WebSocket-Accept` must be
record WebSocketKey(byte[] key, byte[] accept) {
  private static final byte[] GUID = Ascii.bytes("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  private static final byte[] SWITCHING = Ascii.bytes("HTTP/1.1 101 Switching Protocols\r\n");
  private static final byte[] UPGRADE_NAME = Ascii.bytes("upgrade");
  private static final byte[] WEBSOCKET = Ascii.bytes("websocket");
  private static final byte[] COLON = Ascii.bytes(": ");
  private static final byte[] LINE_END = Ascii.bytes("\r\n");
  private static final byte[] KEY_NAME = Ascii.bytes("sec-websocket-key");
  private static final byte[] ACCEPT_NAME = Ascii.bytes("sec-websocket-accept");

  /// A key that nobody has to guess: it says that the origin read the request, nothing more.
  static WebSocketKey random() {
    byte[] nonce = new byte[16];
    ThreadLocalRandom.current().nextBytes(nonce);
    return of(Base64.getEncoder().encode(nonce));
  }

  private static WebSocketKey of(byte[] key) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(key);
      return new WebSocketKey(key, Base64.getEncoder().encode(sha1.digest(GUID)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /// Takes the key out of a request that goes to an origin of HTTP/2; null when there is none.
  static @Nullable WebSocketKey takenFrom(RequestHead head) {
    byte[] bytes = head.bytes();
    for (int i = 0; i < head.fields(); i++) {
      if (Ascii.equalsIgnoreCase(bytes, head.nameStart(i), head.nameEnd(i), KEY_NAME)) {
        head.drop(i);
        return of(Arrays.copyOfRange(bytes, head.valueStart(i), head.valueEnd(i)));
      }
    }
    return null;
  }

  /// Makes the answer of HTTP/1 that such a request waits for out of the one that came.
  void switched(ResponseHead from, ResponseHead to) {
    int start = SWITCHING.length - "Switching Protocols\r\n".length();
    append(to, SWITCHING);
    to.startLine(1, 101, start, to.length() - 2);
    field(to, Field.UPGRADE, UPGRADE_NAME, WEBSOCKET);
    field(to, Field.OTHER, ACCEPT_NAME, accept);
    for (int i = 0; i < from.fields(); i++) {
      if (!from.dropped(i) && from.id(i) != Field.CONTENT_LENGTH) {
        byte[] bytes = from.bytes();
        byte[] name = Arrays.copyOfRange(bytes, from.nameStart(i), from.nameEnd(i));
        byte[] value = Arrays.copyOfRange(bytes, from.valueStart(i), from.valueEnd(i));
        field(to, from.id(i), name, value);
      }
    }
  }

  private static void field(MessageHead head, Field id, byte[] name, byte[] value) {
    int start = head.length();
    append(head, name);
    append(head, COLON);
    append(head, value);
    append(head, LINE_END);
    int nameEnd = start + name.length;
    int end = head.length();
    head.addField(id, start, nameEnd, nameEnd + COLON.length, end - LINE_END.length, end);
  }

  private static void append(MessageHead head, byte[] bytes) {
    System.arraycopy(bytes, 0, head.reserve(bytes.length), head.length(), bytes.length);
    head.advance(bytes.length);
  }

  /// Puts the key into a request, in place of one that the client made up.
  void addTo(RequestHead head) {
    drop(head, KEY_NAME);
    field(head, Field.OTHER, KEY_NAME, key);
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
