package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.message.Scan;
import dev.weir.proxy.message.Trailers;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Parses the head of an HTTP/1 message in place, line by line as its bytes arrive (RFC 9112
/// sections 2 to 5).
///
/// Strict: lines end with CRLF and nothing else; no folding, no space around names, no control
/// bytes. What is ambiguous is refused, never repaired, so that the next hop cannot read it in
/// another way. Resumes where it stopped; a byte is looked at a small constant number of times
/// however the message is cut. Thread: one event loop.
public final class HeadParser {
  /// More bytes are needed.
  public static final int INCOMPLETE = -1;

  /// The message is refused: see [#failure] and [#reason].
  public static final int REFUSED = -2;

  private static final int MAX_EMPTY_LINES = 4;
  private static final int COPY_STEP = 4096;
  private static final byte[] HTTP_1 = Ascii.bytes("HTTP/1.");

  private int maxSize;
  private int maxFields;
  private int lineStart;
  private int scanned;
  private int emptyLines;
  private boolean started;
  private @Nullable Failure failure;
  private @Nullable Refusal reason;
  private boolean connects;

  /// @param maxSize bytes of the whole head, its final empty line included
  /// @param maxFields field lines
  public HeadParser(int maxSize, int maxFields) {
    this.maxSize = maxSize;
    this.maxFields = maxFields;
  }

  /// Changes the limits for the messages to come; see the constructor.
  public void limits(int size, int fields) {
    maxSize = size;
    maxFields = fields;
  }

  /// Says whether CONNECT is served, for the messages to come; it is not unless somebody says so.
  public void connects(boolean served) {
    connects = served;
  }

  /// Forgets the last message.
  public void reset() {
    lineStart = 0;
    scanned = 0;
    emptyLines = 0;
    started = false;
    failure = null;
    reason = null;
  }

  /// Forgets the last message; the next one is a trailer section: fields without a start line.
  public void resetForTrailers() {
    reset();
    started = true;
  }

  /// Why the message is refused.
  public Failure failure() {
    return failure == null ? Failure.INTERNAL : failure;
  }

  /// What exactly is wrong; null as long as nothing is.
  public @Nullable Refusal reason() {
    return reason;
  }

  /// Takes a head out of what was read, as far as it is there.
  ///
  /// @return 0 when the head is complete, [#INCOMPLETE] or [#REFUSED]
  public int parse(ByteBuf in, MessageHead head) {
    while (in.isReadable()) {
      int before = head.length();
      int take = Math.min(Math.min(in.readableBytes(), COPY_STEP), maxSize - before);
      in.getBytes(in.readerIndex(), head.reserve(take), before, take);
      head.advance(take);
      int end = parse(head);
      if (end == REFUSED) {
        return REFUSED;
      }
      if (end >= 0) {
        in.skipBytes(end - before);
        head.advance(end - head.length());
        return 0;
      }
      in.skipBytes(take);
    }
    return INCOMPLETE;
  }

  /// Looks at the bytes that came since the last call.
  ///
  /// @return the offset behind the head's final empty line, [#INCOMPLETE] or [#REFUSED]
  public int parse(MessageHead head) {
    byte[] bytes = head.bytes();
    int limit = head.length();
    while (true) {
      int lf = Scan.lineFeed(bytes, scanned, limit);
      if (lf < 0) {
        scanned = limit;
        return limit >= maxSize ? refuseSize(head) : INCOMPLETE;
      }
      scanned = lf + 1;
      if (lf == lineStart || bytes[lf - 1] != '\r') {
        return refuse(badStart(head), Refusal.LINE_END);
      }
      int end = lf - 1;
      if (end == lineStart) {
        if (started) {
          return finish(head, scanned);
        }
        if (++emptyLines > MAX_EMPTY_LINES || head instanceof ResponseHead) {
          return refuse(badStart(head), Refusal.EMPTY_LINES);
        }
      } else if (!started) {
        started = true;
        if (!startLine(head, bytes, lineStart, end)) {
          return REFUSED;
        }
      } else if (!fieldLine(head, bytes, lineStart, end)) {
        return REFUSED;
      }
      lineStart = scanned;
    }
  }

  private int refuseSize(MessageHead head) {
    if (head instanceof ResponseHead) {
      return refuse(Failure.BAD_RESPONSE, Refusal.HEAD_SIZE);
    }
    return refuse(started ? Failure.HEAD_TOO_LARGE : Failure.TARGET_TOO_LONG, Refusal.HEAD_SIZE);
  }

  private static Failure badStart(MessageHead head) {
    return head instanceof ResponseHead ? Failure.BAD_RESPONSE : Failure.BAD_REQUEST;
  }

  private int refuse(Failure kind, Refusal why) {
    failure = kind;
    reason = why;
    return REFUSED;
  }

  private boolean startLine(MessageHead head, byte[] bytes, int start, int end) {
    return switch (head) {
      case RequestHead request -> requestLine(request, bytes, start, end);
      case ResponseHead response -> statusLine(response, bytes, start, end);
      case Trailers _ -> false;
    };
  }

  private boolean requestLine(RequestHead head, byte[] bytes, int start, int end) {
    int methodEnd = start;
    while (methodEnd < end && Ascii.isToken(bytes[methodEnd])) {
      methodEnd++;
    }
    int targetStart = methodEnd + 1;
    if (methodEnd == start || methodEnd == end || bytes[methodEnd] != ' ') {
      return refused(Failure.BAD_REQUEST, Refusal.METHOD);
    }
    int targetEnd = targetStart;
    while (targetEnd < end && Ascii.isTarget(bytes[targetEnd])) {
      targetEnd++;
    }
    if (targetEnd == targetStart || targetEnd == end || bytes[targetEnd] != ' ') {
      return refused(Failure.BAD_REQUEST, Refusal.TARGET);
    }
    int minor = version(bytes, targetEnd + 1, end);
    if (minor < 0) {
      return refused(
          minor == INCOMPLETE ? Failure.UNKNOWN_VERSION : Failure.BAD_REQUEST, Refusal.VERSION);
    }
    head.startLine(start, methodEnd, targetStart, targetEnd, minor);
    return true;
  }

  /// The minor version; -1 for another well-formed version, -2 for something else.
  private static int version(byte[] bytes, int start, int end) {
    if (end - start != 8
        || !java.util.Arrays.equals(bytes, start, start + 5, HTTP_1, 0, 5)
        || bytes[start + 6] != '.'
        || !isDigit(bytes[start + 5])
        || !isDigit(bytes[start + 7])) {
      return REFUSED;
    }
    int minor = bytes[start + 7] - '0';
    return bytes[start + 5] == '1' && minor <= 1 ? minor : INCOMPLETE;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private boolean statusLine(ResponseHead head, byte[] bytes, int start, int end) {
    int minor = end - start >= 12 ? version(bytes, start, start + 8) : REFUSED;
    if (minor < 0 || bytes[start + 8] != ' ') {
      return refused(Failure.BAD_RESPONSE, Refusal.STATUS_LINE);
    }
    int status = 0;
    for (int i = start + 9; i < start + 12; i++) {
      if (!isDigit(bytes[i])) {
        return refused(Failure.BAD_RESPONSE, Refusal.STATUS_LINE);
      }
      status = status * 10 + bytes[i] - '0';
    }
    int reasonStart = Math.min(end, start + 13);
    if (status < 100 || status > 599 || end > start + 12 && bytes[start + 12] != ' ') {
      return refused(Failure.BAD_RESPONSE, Refusal.STATUS_LINE);
    }
    if (!Scan.isValue(bytes, reasonStart, end)) {
      return refused(Failure.BAD_RESPONSE, Refusal.STATUS_LINE);
    }
    head.startLine(minor, status, reasonStart, end);
    return true;
  }

  private boolean fieldLine(MessageHead head, byte[] bytes, int start, int end) {
    if (head.fields() == maxFields) {
      return refused(
          head instanceof ResponseHead ? Failure.BAD_RESPONSE : Failure.HEAD_TOO_LARGE,
          Refusal.FIELD_COUNT);
    }
    int nameEnd = start;
    while (nameEnd < end && Ascii.isToken(bytes[nameEnd])) {
      nameEnd++;
    }
    if (nameEnd == start || nameEnd == end || bytes[nameEnd] != ':') {
      return refused(badStart(head), isBlank(bytes[start]) ? Refusal.FOLDING : Refusal.FIELD_NAME);
    }
    int valueStart = nameEnd + 1;
    while (valueStart < end && isBlank(bytes[valueStart])) {
      valueStart++;
    }
    int valueEnd = end;
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) {
      valueEnd--;
    }
    if (!Scan.isValue(bytes, valueStart, valueEnd)) {
      return refused(badStart(head), Refusal.FIELD_VALUE);
    }
    head.addField(Field.of(bytes, start, nameEnd), start, nameEnd, valueStart, valueEnd, end + 2);
    return true;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private boolean refused(Failure kind, Refusal why) {
    refuse(kind, why);
    return false;
  }

  private int finish(MessageHead head, int end) {
    @Nullable Refusal problem =
        switch (head) {
          case RequestHead request -> finishRequest(request);
          case ResponseHead response -> {
            failure = Failure.BAD_RESPONSE;
            yield ResponseRules.apply(response);
          }
          case Trailers _ -> null;
        };
    if (problem != null) {
      reason = problem;
      return REFUSED;
    }
    failure = null;
    return end;
  }

  private @Nullable Refusal finishRequest(RequestHead request) {
    RequestRules.Verdict verdict = RequestRules.apply(request, connects);
    if (verdict == RequestRules.ACCEPTED) {
      return null;
    }
    failure = verdict.failure();
    return verdict.reason();
  }
}
