package dev.weir.proxy.http2;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.ContentLength;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.message.Scan;
import dev.weir.proxy.message.Trailers;
import org.jspecify.annotations.Nullable;

/// Makes heads of the fields of an origin's header blocks, and judges them (RFC 9113 sections 8.2
/// and 8.3.2). The head looks as if it had come over HTTP/1, status line included. Reused. Thread:
/// the connection's loop.
final class ResponseFields implements HpackDecoder.Fields {
  /// No Content-Length.
  static final long NONE = -1;

  private static final byte[] STATUS = Ascii.bytes(":status");
  private static final byte[] VERSION = Ascii.bytes("HTTP/1.1 ");

  private @Nullable Refusal problem;
  private boolean regular;
  private int status;
  private long length;

  /// Starts a head.
  void begin() {
    problem = null;
    regular = false;
    status = 0;
    length = NONE;
  }

  /// What is wrong with the head, all its fields seen; null for nothing.
  @Nullable Refusal end(MessageHead head) {
    if (problem == null && head instanceof ResponseHead response) {
      return status == 0 ? Refusal.HTTP2_HEAD : finish(response);
    }
    return problem;
  }

  private @Nullable Refusal finish(ResponseHead response) {
    if (status == 101) {
      return Refusal.SWITCH;
    }
    boolean bodyless = status < 200 || status == 204;
    if (bodyless && length != NONE) {
      if (status < 200 && length > 0) {
        return Refusal.INFORMATIONAL;
      }
      response.drop(response.find(Field.CONTENT_LENGTH));
    }
    return null;
  }

  /// The Content-Length; [#NONE] when there is none.
  long length() {
    return length;
  }

  @Override
  public void field(MessageHead head, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    if (problem != null) {
      head.advance(nameStart - head.length());
      return;
    }
    byte[] bytes = head.bytes();
    if (nameEnd > nameStart && bytes[nameStart] == ':') {
      problem = pseudo(head, nameStart, nameEnd, valueStart, valueEnd);
      return;
    }
    regular = true;
    if (!validName(bytes, nameStart, nameEnd)) {
      problem = Refusal.HTTP2_HEAD;
    } else if (!validValue(bytes, valueStart, valueEnd)) {
      problem = Refusal.FIELD_VALUE;
    } else {
      add(head, nameStart, nameEnd, valueStart, valueEnd);
    }
  }

  private @Nullable Refusal pseudo(
      MessageHead head, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    byte[] bytes = head.bytes();
    boolean expected =
        head instanceof ResponseHead
            && !regular
            && status == 0
            && valueEnd - valueStart == 3
            && Ascii.equals(bytes, nameStart, nameEnd, STATUS);
    if (!expected) {
      return Refusal.HTTP2_HEAD;
    }
    for (int i = valueStart; i < valueEnd; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return Refusal.HTTP2_HEAD;
      }
      status = status * 10 + digit;
    }
    if (status < 100 || status > 599) {
      return Refusal.HTTP2_HEAD;
    }
    head.advance(nameStart - head.length());
    statusLine((ResponseHead) head);
    return null;
  }

  private void statusLine(ResponseHead head) {
    byte[] reason = Reasons.of(status);
    int start = head.length();
    byte[] bytes = head.reserve(VERSION.length + 4 + reason.length + 2);
    System.arraycopy(VERSION, 0, bytes, start, VERSION.length);
    int at = start + VERSION.length;
    bytes[at] = (byte) ('0' + status / 100);
    bytes[at + 1] = (byte) ('0' + status / 10 % 10);
    bytes[at + 2] = (byte) ('0' + status % 10);
    bytes[at + 3] = ' ';
    at += 4;
    System.arraycopy(reason, 0, bytes, at, reason.length);
    int end = at + reason.length;
    bytes[end] = '\r';
    bytes[end + 1] = '\n';
    head.advance(end + 2 - start);
    head.startLine(1, status, at, end);
  }

  /// Names are tokens in lower case (RFC 9113 section 8.2.1).
  private static boolean validName(byte[] bytes, int start, int end) {
    for (int i = start; i < end; i++) {
      byte b = bytes[i];
      if (!Ascii.isToken(b) || b >= 'A' && b <= 'Z') {
        return false;
      }
    }
    return end > start;
  }

  private static boolean validValue(byte[] bytes, int start, int end) {
    return start == end
        || !isBlank(bytes[start]) && !isBlank(bytes[end - 1]) && Scan.isValue(bytes, start, end);
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private void add(MessageHead head, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    Field id = Field.of(head.bytes(), nameStart, nameEnd);
    switch (id) {
      case CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING, UPGRADE ->
          problem = Refusal.HTTP2_HEAD;
      case CONTENT_LENGTH -> {
        if (head instanceof Trailers) {
          break;
        }
        if (length != NONE) {
          problem = Refusal.LENGTH_REPEATED;
          return;
        }
        length = ContentLength.parse(head.bytes(), valueStart, valueEnd);
        if (length < 0) {
          problem = Refusal.LENGTH_INVALID;
          return;
        }
      }
      default -> {}
    }
    head.addField(id, nameStart, nameEnd, valueStart, valueEnd, valueEnd + 2);
  }
}
