package dev.weir.proxy.http1;

import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.ResponseHead;
import org.jspecify.annotations.Nullable;

/// What the fields of a response mean for its framing and its connection (RFC 9112 sections 6 and
/// 9), and which of them end here. Pure: reads the head and marks it. The request's method is not
/// known here: [#bodyOf] takes it into account.
final class ResponseRules {

  /// The fields that [#connection] looks at.
  private static final long HOP =
      Field.CONNECTION.bit()
          | Field.TRANSFER_ENCODING.bit()
          | Field.UPGRADE.bit()
          | Field.TE.bit()
          | Field.KEEP_ALIVE.bit()
          | Field.PROXY_CONNECTION.bit();

  private ResponseRules() {}

  /// What is wrong, or null.
  static @Nullable String apply(ResponseHead head) {
    int coding = head.find(Field.TRANSFER_ENCODING);
    if (head.repeats(Field.TRANSFER_ENCODING)) {
      return "more than one Transfer-Encoding";
    }
    int length = head.find(Field.CONTENT_LENGTH);
    if (head.repeats(Field.CONTENT_LENGTH)) {
      return "more than one Content-Length";
    }
    boolean bodyless = head.status() < 200 || head.status() == 204;
    long body = bodyless || head.status() == 304 ? 0 : ResponseHead.UNTIL_CLOSE;
    if (length >= 0) {
      long value = Framing.length(head.bytes(), head.valueStart(length), head.valueEnd(length));
      if (value < 0) {
        return "a Content-Length that is not a number of bytes";
      }
      if (coding >= 0) {
        return "both Transfer-Encoding and Content-Length";
      }
      if (body != 0) {
        body = value;
      }
      if (bodyless) {
        head.drop(length);
      }
    }
    if (coding >= 0) {
      if (head.minorVersion() == 0) {
        return "Transfer-Encoding in HTTP/1.0";
      }
      if (Framing.coding(head.bytes(), head.valueStart(coding), head.valueEnd(coding))
          != Framing.Coding.CHUNKED) {
        return "a Transfer-Encoding other than chunked";
      }
      if (body != 0) {
        body = ResponseHead.CHUNKED;
      }
    }
    connection(head, body);
    return null;
  }

  private static void connection(ResponseHead head, long body) {
    if (head.minorVersion() > 0 && !head.hasAny(HOP)) {
      head.body(body, body != ResponseHead.UNTIL_CLOSE);
      return;
    }
    int options = ConnectionOptions.read(head);
    boolean keepAlive =
        (options & ConnectionOptions.CLOSE) == 0
            && (head.minorVersion() > 0 || (options & ConnectionOptions.KEEP_ALIVE) != 0)
            && body != ResponseHead.UNTIL_CLOSE;
    for (int i = 0; i < head.fields(); i++) {
      switch (head.id(i)) {
        case UPGRADE -> {
          if (head.status() != 101) {
            head.drop(i);
          }
        }
        case CONNECTION, TRANSFER_ENCODING, KEEP_ALIVE, PROXY_CONNECTION, TE -> head.drop(i);
        default -> {}
      }
    }
    head.body(body, keepAlive);
  }
}
