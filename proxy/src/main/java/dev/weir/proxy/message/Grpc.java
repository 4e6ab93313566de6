package dev.weir.proxy.message;

import java.util.concurrent.TimeUnit;

/// What gRPC says in heads (its protocol over HTTP/2): which requests are its own, how long they
/// may take, how they ended. Pure.
public final class Grpc {
  /// No status was told.
  public static final int NONE = -1;

  /// How many statuses there are, from 0 for OK to 16.
  public static final int STATUSES = 17;

  public static final int OK = 0;
  private static final int CANCELLED = 1;
  private static final int UNKNOWN = 2;
  private static final int DEADLINE_EXCEEDED = 4;
  private static final int PERMISSION_DENIED = 7;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int UNIMPLEMENTED = 12;
  private static final int INTERNAL = 13;
  private static final int UNAVAILABLE = 14;
  private static final int UNAUTHENTICATED = 16;

  private static final byte[] POST = Ascii.bytes("POST");
  private static final byte[] CONTENT_TYPE = Ascii.bytes("content-type");
  private static final byte[] APPLICATION_GRPC = Ascii.bytes("application/grpc");
  private static final byte[] TIMEOUT = Ascii.bytes("grpc-timeout");
  private static final byte[] STATUS = Ascii.bytes("grpc-status");
  private static final int MAX_TIMEOUT_DIGITS = 8;

  private Grpc() {}

  /// Whether a request is one of gRPC: a POST whose content type is `application/grpc`, alone or
  /// with a suffix. `application/grpc-web` is another protocol.
  public static boolean asks(RequestHead head) {
    if (!head.isMethod(POST)) {
      return false;
    }
    int field = find(head, CONTENT_TYPE);
    if (field < 0) {
      return false;
    }
    int start = head.valueStart(field);
    int end = head.valueEnd(field);
    int behind = start + APPLICATION_GRPC.length;
    if (behind > end || !Ascii.equalsIgnoreCase(head.bytes(), start, behind, APPLICATION_GRPC)) {
      return false;
    }
    return behind == end || head.bytes()[behind] == '+' || head.bytes()[behind] == ';';
  }

  /// How long the client waits, in nanoseconds; 0 when it does not say so, or not validly.
  public static long timeout(RequestHead head) {
    int field = find(head, TIMEOUT);
    if (field < 0) {
      return 0;
    }
    byte[] bytes = head.bytes();
    int start = head.valueStart(field);
    int unit = head.valueEnd(field) - 1;
    if (unit - start < 1 || unit - start > MAX_TIMEOUT_DIGITS) {
      return 0;
    }
    long value = 0;
    for (int i = start; i < unit; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      value = value * 10 + digit;
    }
    return switch (bytes[unit]) {
      case 'H' -> TimeUnit.HOURS.toNanos(value);
      case 'M' -> TimeUnit.MINUTES.toNanos(value);
      case 'S' -> TimeUnit.SECONDS.toNanos(value);
      case 'm' -> TimeUnit.MILLISECONDS.toNanos(value);
      case 'u' -> TimeUnit.MICROSECONDS.toNanos(value);
      case 'n' -> value;
      default -> 0;
    };
  }

  /// The status in trailers, or in the head of a response that is nothing else; [#NONE] when there
  /// is none, UNKNOWN for one that does not exist.
  public static int status(MessageHead head) {
    int field = find(head, STATUS);
    if (field < 0) {
      return NONE;
    }
    int start = head.valueStart(field);
    int length = head.valueEnd(field) - start;
    int status = 0;
    for (int i = start; i < start + length; i++) {
      int digit = head.bytes()[i] - '0';
      status = digit < 0 || digit > 9 ? STATUSES : status * 10 + digit;
      if (status >= STATUSES) {
        return UNKNOWN;
      }
    }
    return length == 0 ? UNKNOWN : status;
  }

  /// What a response without a status means by the status of HTTP.
  public static int status(int http) {
    return switch (http) {
      case 400 -> INTERNAL;
      case 401 -> UNAUTHENTICATED;
      case 403 -> PERMISSION_DENIED;
      case 404 -> UNIMPLEMENTED;
      case 429, 502, 503, 504 -> UNAVAILABLE;
      default -> UNKNOWN;
    };
  }

  /// What a failure is to a client of gRPC.
  public static int status(Failure failure) {
    return switch (failure) {
      case REQUEST_DEADLINE -> DEADLINE_EXCEEDED;
      case BODY_TOO_LARGE, HEAD_TOO_LARGE, TARGET_TOO_LONG -> RESOURCE_EXHAUSTED;
      case CLIENT_ABORT, CLIENT_STALLED -> CANCELLED;
      case ORIGIN_CUT, ORIGIN_STALLED, DRAINED -> UNAVAILABLE;
      case BAD_RESPONSE, BAD_RESPONSE_BODY, INTERNAL -> INTERNAL;
      default -> status(failure.status());
    };
  }

  /// Whether a failure is told in fields, whatever has been sent already: not when it is the client
  /// who is gone or does not read.
  public static boolean tells(Failure failure) {
    return status(failure) != CANCELLED;
  }

  private static int find(MessageHead head, byte[] name) {
    byte[] bytes = head.bytes();
    for (int i = 0; i < head.fields(); i++) {
      int start = head.nameStart(i);
      if (head.nameEnd(i) - start == name.length
          && !head.dropped(i)
          && Ascii.equalsIgnoreCase(bytes, start, start + name.length, name)) {
        return i;
      }
    }
    return -1;
  }
}
