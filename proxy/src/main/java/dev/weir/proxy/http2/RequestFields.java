package dev.weir.proxy.http2;

import dev.weir.proxy.http1.RequestRules;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.Scan;
import org.jspecify.annotations.Nullable;

/// Makes a request's head in HTTP/1 form of the fields of a header block (RFC 9113 section 8.3):
/// pseudo-header fields become the request line and `host`, everything else follows in its order.
///
/// Strict: what is malformed by sections 8.1.1 to 8.3.1 ends its stream. Reused for each block of a
/// connection. Thread: its loop.
final class RequestFields implements HpackDecoder.Fields {
  /// How many fields of a block are no fields of HTTP/1.
  static final int PSEUDO = 5;

  private static final byte[] VERSION_LINE = Ascii.bytes(" HTTP/1.1\r\n");
  private static final byte[] HOST = Ascii.bytes("host: ");
  private static final byte[] COOKIE = Ascii.bytes("cookie");
  private static final byte[] COOKIE_LINE = Ascii.bytes("cookie: ");
  private static final byte[] TRAILERS = Ascii.bytes("trailers");
  private static final byte[] WEBSOCKET = Ascii.bytes("websocket");
  private static final byte[][] WITH_BODY = {
    Ascii.bytes("POST"), Ascii.bytes("PUT"), Ascii.bytes("PATCH")
  };

  /// The pseudo-header fields of a request, and where the last block had them.
  private enum Pseudo {
    METHOD(":method"),
    SCHEME(":scheme"),
    PATH(":path"),
    AUTHORITY(":authority"),
    PROTOCOL(":protocol");

    private static final Pseudo[] ALL = values();
    private final byte[] name;

    Pseudo(String name) {
      this.name = Ascii.bytes(name);
    }
  }

  private final int[] starts = new int[PSEUDO];
  private final int[] ends = new int[PSEUDO];
  private boolean started;
  private boolean malformed;
  private int cookies;
  private int lastCookie;
  private @Nullable WebSocketKey webSocket;

  /// What became of a block.
  ///
  /// @param failure what the client gets; null when the request is fine
  /// @param reason what exactly is wrong
  /// @param malformed whether the stream is to be reset without a word
  record Verdict(@Nullable Failure failure, @Nullable Refusal reason, boolean malformed) {
    static final Verdict ACCEPTED = new Verdict(null, null, false);
    static final Verdict MALFORMED = new Verdict(Failure.BAD_REQUEST, Refusal.HTTP2_HEAD, true);
  }

  /// Starts a block.
  void reset() {
    java.util.Arrays.fill(starts, -1);
    started = false;
    malformed = false;
    cookies = 0;
    webSocket = null;
  }

  /// The key that was made for the request if it opens a WebSocket (RFC 8441), else null.
  @Nullable WebSocketKey webSocket() {
    return webSocket;
  }

  @Override
  public void field(MessageHead head, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    byte[] bytes = head.bytes();
    if (malformed) {
      head.advance(nameStart - head.length());
    } else if (nameEnd > nameStart && bytes[nameStart] == ':') {
      malformed = started || !pseudo(bytes, nameStart, nameEnd, valueStart, valueEnd);
    } else if (!valid(bytes, nameStart, nameEnd, valueStart, valueEnd)) {
      malformed = true;
    } else if (started) {
      malformed = !regular(head, nameStart, nameEnd, valueStart, valueEnd);
    } else {
      int line = head.length() - nameStart;
      malformed = !start((RequestHead) head);
      if (!malformed) {
        int moved = head.length() - nameStart;
        System.arraycopy(head.bytes(), nameStart, head.reserve(line), head.length(), line);
        head.advance(line);
        malformed =
            !regular(
                head, nameStart + moved, nameEnd + moved, valueStart + moved, valueEnd + moved);
      }
    }
  }

  private boolean pseudo(byte[] bytes, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    for (Pseudo known : Pseudo.ALL) {
      if (Ascii.equals(bytes, nameStart, nameEnd, known.name)) {
        int i = known.ordinal();
        boolean first = starts[i] < 0;
        starts[i] = valueStart;
        ends[i] = valueEnd;
        return first && Scan.isValue(bytes, valueStart, valueEnd);
      }
    }
    return false;
  }

  /// Lower-case names, values without control bytes and without white space around them (RFC 9113
  /// section 8.2.1).
  static boolean valid(byte[] bytes, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    for (int i = nameStart; i < nameEnd; i++) {
      byte b = bytes[i];
      if (!Ascii.isToken(b) || b >= 'A' && b <= 'Z') {
        return false;
      }
    }
    return nameEnd > nameStart
        && Scan.isValue(bytes, valueStart, valueEnd)
        && (valueStart == valueEnd || !isBlank(bytes[valueStart]) && !isBlank(bytes[valueEnd - 1]));
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private boolean has(Pseudo field) {
    return starts[field.ordinal()] >= 0;
  }

  private boolean is(Pseudo field, byte[] bytes, byte[] value) {
    return Ascii.equals(bytes, starts[field.ordinal()], ends[field.ordinal()], value);
  }

  /// Writes the request line and `host`. False when pseudo-header fields are missing or must not be
  /// there.
  private boolean start(RequestHead head) {
    started = true;
    byte[] bytes = head.bytes();
    if (!has(Pseudo.METHOD) || !isToken(bytes, Pseudo.METHOD)) {
      return false;
    }
    boolean connect = is(Pseudo.METHOD, bytes, Methods.CONNECT);
    boolean whole = has(Pseudo.SCHEME) && has(Pseudo.PATH);
    if (has(Pseudo.PROTOCOL)) {
      if (!connect || !whole || !has(Pseudo.AUTHORITY) || !target(bytes)) {
        return false;
      }
      if (is(Pseudo.PROTOCOL, bytes, WEBSOCKET)) {
        webSocket = WebSocketKey.random();
        requestLine(head, Methods.GET, 0, Methods.GET.length, Pseudo.PATH);
      } else {
        line(head, Pseudo.AUTHORITY);
      }
    } else if (connect) {
      if (has(Pseudo.SCHEME) || has(Pseudo.PATH) || !has(Pseudo.AUTHORITY)) {
        return false;
      }
      line(head, Pseudo.AUTHORITY);
    } else {
      if (!whole || !target(bytes)) {
        return false;
      }
      line(head, Pseudo.PATH);
    }
    if (has(Pseudo.AUTHORITY)) {
      host(head);
    }
    return true;
  }

  private boolean isToken(byte[] bytes, Pseudo field) {
    int start = starts[field.ordinal()];
    int end = ends[field.ordinal()];
    for (int i = start; i < end; i++) {
      if (!Ascii.isToken(bytes[i])) {
        return false;
      }
    }
    return end > start;
  }

  /// A path, or `*` with OPTIONS (RFC 9113 section 8.3.1).
  private boolean target(byte[] bytes) {
    int start = starts[Pseudo.PATH.ordinal()];
    int end = ends[Pseudo.PATH.ordinal()];
    for (int i = start; i < end; i++) {
      if (!Ascii.isTarget(bytes[i])) {
        return false;
      }
    }
    if (start == end) {
      return false;
    }
    return bytes[start] == '/'
        || bytes[start] == '*' && end == start + 1 && is(Pseudo.METHOD, bytes, Methods.OPTIONS);
  }

  private void line(RequestHead head, Pseudo target) {
    int method = Pseudo.METHOD.ordinal();
    requestLine(head, head.bytes(), starts[method], ends[method], target);
  }

  private void requestLine(RequestHead head, byte[] method, int from, int to, Pseudo target) {
    int start = head.length();
    int targetStart = starts[target.ordinal()];
    int size = ends[target.ordinal()] - targetStart;
    int methodEnd = start + to - from;
    int lineEnd = methodEnd + 1 + size + VERSION_LINE.length;
    byte[] out = head.reserve(lineEnd - start);
    System.arraycopy(method, from, out, start, to - from);
    out[methodEnd] = ' ';
    System.arraycopy(out, targetStart, out, methodEnd + 1, size);
    System.arraycopy(VERSION_LINE, 0, out, methodEnd + 1 + size, VERSION_LINE.length);
    head.advance(lineEnd - start);
    head.startLine(start, methodEnd, methodEnd + 1, methodEnd + 1 + size, 1);
  }

  private void host(RequestHead head) {
    int from = starts[Pseudo.AUTHORITY.ordinal()];
    int size = ends[Pseudo.AUTHORITY.ordinal()] - from;
    int start = head.length();
    int value = start + HOST.length;
    byte[] out = head.reserve(HOST.length + size + 2);
    System.arraycopy(HOST, 0, out, start, HOST.length);
    System.arraycopy(out, from, out, value, size);
    out[value + size] = '\r';
    out[value + size + 1] = '\n';
    head.advance(HOST.length + size + 2);
    head.addField(Field.HOST, start, value - 2, value, value + size, value + size + 2);
  }

  /// Adds a field behind the request line. False when it makes the request malformed.
  private boolean regular(
      MessageHead head, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    byte[] bytes = head.bytes();
    Field id = Field.of(bytes, nameStart, nameEnd);
    switch (id) {
      case CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING, UPGRADE -> {
        return false;
      }
      case TE -> {
        if (!Ascii.equalsIgnoreCase(bytes, valueStart, valueEnd, TRAILERS)) {
          return false;
        }
      }
      case HOST -> {
        if (has(Pseudo.AUTHORITY)) {
          int authority = Pseudo.AUTHORITY.ordinal();
          head.advance(nameStart - head.length());
          return Ascii.equalsIgnoreCase(
              bytes, valueStart, valueEnd, bytes, starts[authority], ends[authority]);
        }
      }
      case CONTENT_LENGTH -> {
        if (webSocket != null) {
          return false;
        }
      }
      default -> {}
    }
    if (nameEnd - nameStart == COOKIE.length && Ascii.equals(bytes, nameStart, nameEnd, COOKIE)) {
      cookies++;
      lastCookie = head.fields();
    }
    head.addField(id, nameStart, nameEnd, valueStart, valueEnd, valueEnd + 2);
    return true;
  }

  /// The block is complete.
  ///
  /// @param end whether no body follows
  /// @param connects whether CONNECT is served
  Verdict finish(RequestHead head, boolean end, boolean connects) {
    if (malformed || !started && !start(head)) {
      return Verdict.MALFORMED;
    }
    if (cookies > 1) {
      joinCookies(head);
    }
    WebSocketKey key = webSocket;
    if (key != null) {
      key.addTo(head);
    } else if (!end
        && !head.isMethod(Methods.CONNECT)
        && !head.hasAny(Field.CONTENT_LENGTH.bit())) {
      head.body(RequestHead.CHUNKED);
    }
    // What another protocol of RFC 8441 wants is no tunnel of bytes.
    RequestRules.Verdict verdict = RequestRules.apply(head, connects && !has(Pseudo.PROTOCOL));
    if (verdict != RequestRules.ACCEPTED) {
      return new Verdict(verdict.failure(), verdict.reason(), false);
    }
    if (key != null) {
      head.connection(true, false, true, false);
    } else if (end && !head.isConnect()) {
      if (head.bodyLength() > 0) {
        return Verdict.MALFORMED;
      }
      if (!head.hasAny(Field.CONTENT_LENGTH.bit()) && announcesBody(head)) {
        head.writeLength(0);
      }
    }
    return Verdict.ACCEPTED;
  }

  /// Whether an origin would miss a Content-Length (RFC 9110 section 8.6).
  private static boolean announcesBody(RequestHead head) {
    for (byte[] method : WITH_BODY) {
      if (head.isMethod(method)) {
        return true;
      }
    }
    return false;
  }

  /// Makes one field of the crumbs (RFC 9113 section 8.2.3).
  private void joinCookies(RequestHead head) {
    int start = head.length();
    append(head, COOKIE_LINE, 0, COOKIE_LINE.length);
    int value = head.length();
    for (int i = 0; i <= lastCookie; i++) {
      byte[] bytes = head.bytes();
      if (!Ascii.equals(bytes, head.nameStart(i), head.nameEnd(i), COOKIE)) {
        continue;
      }
      if (head.length() > value) {
        append(head, SEPARATOR, 0, SEPARATOR.length);
      }
      append(head, bytes, head.valueStart(i), head.valueEnd(i) - head.valueStart(i));
      head.drop(i);
    }
    int end = head.length();
    append(head, LINE_END, 0, LINE_END.length);
    head.addField(Field.OTHER, start, value - 2, value, end, end + 2);
  }

  private static final byte[] SEPARATOR = Ascii.bytes("; ");
  private static final byte[] LINE_END = Ascii.bytes("\r\n");

  private static void append(RequestHead head, byte[] from, int start, int length) {
    System.arraycopy(from, start, head.reserve(length), head.length(), length);
    head.advance(length);
  }
}
