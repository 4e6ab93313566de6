package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.ContentLength;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.RequestHead;
import org.jspecify.annotations.Nullable;

/// What the fields of a request mean for its framing, its authority and its connection (RFC 9112
/// sections 3, 6 and 9), and which of them end here. Pure: reads the head and marks it.
public final class RequestRules {
  /// Nothing is wrong.
  public static final Verdict ACCEPTED = new Verdict(Failure.INTERNAL, null);

  private static final byte[] HTTP = Ascii.bytes("http://");
  private static final byte[] HTTPS = Ascii.bytes("https://");
  private static final byte[] CONTINUE = Ascii.bytes("100-continue");
  private static final byte[] WEBSOCKET = Ascii.bytes("websocket");
  private static final byte[] TRAILERS = Ascii.bytes("trailers");

  /// The fields that [#connection] looks at.
  private static final long HOP =
      Field.CONNECTION.bit()
          | Field.TRANSFER_ENCODING.bit()
          | Field.UPGRADE.bit()
          | Field.EXPECT.bit()
          | Field.TE.bit()
          | Field.KEEP_ALIVE.bit()
          | Field.PROXY_CONNECTION.bit()
          | Field.PROXY_AUTHORIZATION.bit()
          | Field.HTTP2_SETTINGS.bit()
          | Field.ALIAS.bit();

  private RequestRules() {}

  /// What is wrong with a request.
  ///
  /// @param failure what the client gets
  /// @param reason what exactly is wrong; null when nothing is
  public record Verdict(Failure failure, @Nullable Refusal reason) {}

  /// Judges a head whose lines are parsed, and marks it.
  ///
  /// @param connects whether CONNECT is served
  public static Verdict apply(RequestHead head, boolean connects) {
    boolean connect = head.isMethod(Methods.CONNECT);
    if (connect && !connects || head.isMethod(Methods.TRACE)) {
      return new Verdict(Failure.METHOD_REFUSED, Refusal.METHOD_REFUSED);
    }
    if (connect) {
      return connect(head);
    }
    Verdict verdict = authority(head);
    if (verdict == ACCEPTED) {
      verdict = framing(head);
    }
    return verdict == ACCEPTED ? connection(head) : verdict;
  }

  private static Verdict bad(Refusal reason) {
    return new Verdict(Failure.BAD_REQUEST, reason);
  }

  /// CONNECT has a host with a port for a target, which Host repeats, and no body (RFC 9110 section
  /// 9.3.6, RFC 9112 section 3.2.3). Credentials are for the endpoint, which is the next proxy.
  private static Verdict connect(RequestHead head) {
    byte[] bytes = head.bytes();
    int from = head.targetStart();
    int to = head.targetEnd();
    if (head.minorVersion() == 0) {
      return bad(Refusal.VERSION);
    }
    if (!validAuthority(bytes, from, to)) {
      return bad(Refusal.TARGET_FORM);
    }
    head.authority(from, to);
    if (head.hostEnd() >= to - 1) {
      return bad(Refusal.TARGET_FORM);
    }
    int host = head.find(Field.HOST);
    if (host < 0 || head.repeats(Field.HOST)) {
      return bad(host < 0 ? Refusal.HOST_MISSING : Refusal.HOST_REPEATED);
    }
    if (!Ascii.equalsIgnoreCase(
        bytes, head.valueStart(host), head.valueEnd(host), bytes, from, to)) {
      return bad(Refusal.HOST_MISMATCH);
    }
    Verdict framed = framing(head);
    if (framed != ACCEPTED || head.bodyLength() != 0) {
      return framed != ACCEPTED ? framed : bad(Refusal.LENGTH_INVALID);
    }
    ConnectionOptions.read(head);
    for (int i = 0; i < head.fields(); i++) {
      switch (head.id(i)) {
        case CONNECTION,
            KEEP_ALIVE,
            PROXY_CONNECTION,
            TE,
            UPGRADE,
            EXPECT,
            HTTP2_SETTINGS,
            CONTENT_LENGTH,
            ALIAS ->
            head.drop(i);
        default -> {}
      }
    }
    head.writeLength(-1);
    head.connect();
    return ACCEPTED;
  }

  private static Verdict authority(RequestHead head) {
    byte[] bytes = head.bytes();
    int host = head.find(Field.HOST);
    if (head.repeats(Field.HOST)) {
      return bad(Refusal.HOST_REPEATED);
    }
    if (host < 0 && head.minorVersion() > 0) {
      return bad(Refusal.HOST_MISSING);
    }
    if (host >= 0) {
      if (!validAuthority(bytes, head.valueStart(host), head.valueEnd(host))) {
        return bad(Refusal.HOST_INVALID);
      }
      head.authority(head.valueStart(host), head.valueEnd(host));
    }
    byte first = bytes[head.targetStart()];
    if (first == '/') {
      return ACCEPTED;
    }
    if (first == '*' && head.targetEnd() == head.targetStart() + 1) {
      return head.isMethod(Methods.OPTIONS) ? ACCEPTED : bad(Refusal.TARGET_FORM);
    }
    return absolute(head, host);
  }

  private static Verdict absolute(RequestHead head, int host) {
    byte[] bytes = head.bytes();
    int start = head.targetStart();
    int end = head.targetEnd();
    byte[] scheme = null;
    for (byte[] known : new byte[][] {HTTP, HTTPS}) {
      if (end - start > known.length
          && Ascii.equalsIgnoreCase(bytes, start, start + known.length, known)) {
        scheme = known;
      }
    }
    if (scheme == null) {
      return bad(Refusal.TARGET_FORM);
    }
    int from = start + scheme.length;
    int to = from;
    while (to < end && bytes[to] != '/' && bytes[to] != '?') {
      to++;
    }
    if (!validAuthority(bytes, from, to)) {
      return bad(Refusal.HOST_INVALID);
    }
    if (host >= 0) {
      int port = scheme == HTTP ? 80 : 443;
      if (!sameAuthority(bytes, from, to, head.valueStart(host), head.valueEnd(host), port)) {
        return bad(Refusal.HOST_MISMATCH);
      }
    } else {
      head.authority(from, to);
    }
    head.path(to, end);
    return ACCEPTED;
  }

  private static boolean sameAuthority(byte[] b, int from, int to, int start, int end, int port) {
    return Ascii.equalsIgnoreCase(
        b, from, withoutPort(b, from, to, port), b, start, withoutPort(b, start, end, port));
  }

  /// The end of the authority without a port that is the scheme's own.
  private static int withoutPort(byte[] b, int from, int to, int port) {
    String suffix = ":" + port;
    int at = to - suffix.length();
    return at > from && Ascii.equals(b, at, to, Ascii.bytes(suffix)) ? at : to;
  }

  private static boolean validAuthority(byte[] bytes, int start, int end) {
    int colon = -1;
    int i = start;
    if (start == end) {
      return false;
    }
    if (bytes[start] == '[') {
      while (i < end && bytes[i] != ']') {
        byte b = bytes[i++];
        if (b != '[' && b != ':' && b != '.' && Character.digit(b, 16) < 0) {
          return false;
        }
      }
      if (i == end || i < start + 3) {
        return false;
      }
      i++;
      if (i < end && bytes[i] != ':') {
        return false;
      }
      colon = i < end ? i : -1;
    } else {
      for (; i < end && bytes[i] != ':'; i++) {
        if (!Ascii.isAuthority(bytes[i]) || bytes[i] == '[' || bytes[i] == ']') {
          return false;
        }
      }
      colon = i < end ? i : -1;
      if (i == start) {
        return false;
      }
    }
    return colon < 0 || validPort(bytes, colon + 1, end);
  }

  private static boolean validPort(byte[] bytes, int start, int end) {
    int port = 0;
    for (int i = start; i < end; i++) {
      if (bytes[i] < '0' || bytes[i] > '9' || i - start > 4) {
        return false;
      }
      port = port * 10 + bytes[i] - '0';
    }
    return port <= 65535;
  }

  private static Verdict framing(RequestHead head) {
    int coding = head.find(Field.TRANSFER_ENCODING);
    if (head.repeats(Field.TRANSFER_ENCODING)) {
      return bad(Refusal.CODING_REPEATED);
    }
    int length = head.find(Field.CONTENT_LENGTH);
    if (head.repeats(Field.CONTENT_LENGTH)) {
      return bad(Refusal.LENGTH_REPEATED);
    }
    if (coding >= 0) {
      return chunked(head, coding, length);
    }
    if (length < 0) {
      return ACCEPTED;
    }
    long value = ContentLength.parse(head.bytes(), head.valueStart(length), head.valueEnd(length));
    if (value < 0) {
      return bad(Refusal.LENGTH_INVALID);
    }
    head.body(value);
    Framing.respell(head, length, value);
    if (value > 0 && head.minorVersion() == 0 && bodyless(head)) {
      return new Verdict(Failure.BODY_REFUSED, Refusal.BODY_VERSION);
    }
    return ACCEPTED;
  }

  private static Verdict chunked(RequestHead head, int coding, int length) {
    if (length >= 0) {
      return bad(Refusal.LENGTH_AND_CODING);
    }
    if (head.minorVersion() == 0) {
      return bad(Refusal.CODING_VERSION);
    }
    return switch (Framing.coding(head.bytes(), head.valueStart(coding), head.valueEnd(coding))) {
      case CHUNKED -> {
        head.body(RequestHead.CHUNKED);
        yield ACCEPTED;
      }
      case OTHER_THEN_CHUNKED -> new Verdict(Failure.UNKNOWN_CODING, Refusal.CODING_UNKNOWN);
      case INVALID -> bad(Refusal.CODING_INVALID);
    };
  }

  private static boolean bodyless(RequestHead head) {
    return head.isMethod(Methods.GET)
        || head.isMethod(Methods.HEAD)
        || head.isMethod(Methods.DELETE);
  }

  private static Verdict connection(RequestHead head) {
    if (head.minorVersion() > 0 && !head.hasAny(HOP)) {
      head.connection(true, false, false, false);
      return ACCEPTED;
    }
    byte[] bytes = head.bytes();
    int options = ConnectionOptions.read(head);
    boolean keepAlive =
        head.minorVersion() > 0
            ? (options & ConnectionOptions.CLOSE) == 0
            : (options & ConnectionOptions.KEEP_ALIVE) != 0
                && (options & ConnectionOptions.CLOSE) == 0
                && head.find(Field.PROXY_CONNECTION) < 0;
    boolean wantsContinue = false;
    boolean webSocket = false;
    boolean trailers = false;
    for (int i = 0; i < head.fields(); i++) {
      int start = head.valueStart(i);
      int end = head.valueEnd(i);
      switch (head.id(i)) {
        case EXPECT -> {
          if (!Ascii.equalsIgnoreCase(bytes, start, end, CONTINUE)) {
            return new Verdict(Failure.EXPECTATION, Refusal.EXPECTATION);
          }
          wantsContinue = head.minorVersion() > 0 && head.bodyLength() != 0;
          if (!wantsContinue) {
            head.drop(i);
          }
        }
        case UPGRADE -> {
          webSocket = Ascii.equalsIgnoreCase(bytes, start, end, WEBSOCKET);
          head.drop(i);
        }
        case TE -> {
          trailers = Ascii.equalsIgnoreCase(bytes, start, end, TRAILERS);
          head.drop(i);
        }
        case CONNECTION,
            TRANSFER_ENCODING,
            KEEP_ALIVE,
            PROXY_CONNECTION,
            PROXY_AUTHORIZATION,
            HTTP2_SETTINGS,
            ALIAS ->
            head.drop(i);
        case OTHER,
            HOST,
            CONTENT_LENGTH,
            TRAILER,
            FORWARDED,
            X_FORWARDED_FOR,
            X_FORWARDED_PROTO,
            X_FORWARDED_HOST -> {}
      }
    }
    boolean upgrade =
        webSocket
            && (options & ConnectionOptions.UPGRADE) != 0
            && head.minorVersion() > 0
            && head.bodyLength() == 0
            && head.isMethod(Methods.GET);
    head.connection(keepAlive, wantsContinue, upgrade, trailers);
    return ACCEPTED;
  }
}
