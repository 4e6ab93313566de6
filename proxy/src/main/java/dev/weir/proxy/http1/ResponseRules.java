package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.ContentLength;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.ResponseHead;
import org.jspecify.annotations.Nullable;

/// What the fields of a response mean for its framing and its connection (RFC 9112 sections 6 and
/// 9), and which of them end here. Pure: reads the head and marks it. The request's method is not
/// known here: [#bodyOf] takes it into account.
final class ResponseRules {
  private static final byte[] WEBSOCKET = Ascii.bytes("websocket");

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
  static @Nullable Refusal apply(ResponseHead head) {
    int coding = head.find(Field.TRANSFER_ENCODING);
    if (head.repeats(Field.TRANSFER_ENCODING)) {
      return Refusal.CODING_REPEATED;
    }
    int length = head.find(Field.CONTENT_LENGTH);
    if (head.repeats(Field.CONTENT_LENGTH)) {
      return Refusal.LENGTH_REPEATED;
    }
    boolean bodyless = head.status() < 200 || head.status() == 204;
    long body = bodyless || head.status() == 304 ? 0 : ResponseHead.UNTIL_CLOSE;
    boolean announced = false;
    if (length >= 0) {
      long value =
          ContentLength.parse(head.bytes(), head.valueStart(length), head.valueEnd(length));
      if (value < 0) {
        return Refusal.LENGTH_INVALID;
      }
      if (coding >= 0) {
        return Refusal.LENGTH_AND_CODING;
      }
      announced = value > 0;
      if (body != 0) {
        body = value;
      }
      if (bodyless) {
        head.drop(length);
      } else {
        Framing.respell(head, length, value);
      }
    }
    if (coding >= 0) {
      if (head.minorVersion() == 0) {
        return Refusal.CODING_VERSION;
      }
      @Nullable Refusal problem =
          switch (Framing.coding(head.bytes(), head.valueStart(coding), head.valueEnd(coding))) {
            case CHUNKED -> null;
            case OTHER_THEN_CHUNKED -> Refusal.CODING_UNKNOWN;
            case INVALID -> Refusal.CODING_INVALID;
          };
      if (problem != null) {
        return problem;
      }
      announced = true;
      if (body != 0) {
        body = ResponseHead.CHUNKED;
      }
    }
    if (announced && head.status() < 200) {
      return Refusal.INFORMATIONAL;
    }
    if (head.status() == 101 && !switchesToWebSocket(head)) {
      return Refusal.SWITCH;
    }
    connection(head, body, announced && (bodyless || coding >= 0 && body == 0));
    return null;
  }

  private static boolean switchesToWebSocket(ResponseHead head) {
    int upgrade = head.find(Field.UPGRADE);
    return upgrade >= 0
        && !head.repeats(Field.UPGRADE)
        && Ascii.equalsIgnoreCase(
            head.bytes(), head.valueStart(upgrade), head.valueEnd(upgrade), WEBSOCKET);
  }

  /// @param unsure whether a body was announced where there is none: one that comes all the same
  ///   must not be taken for the next response
  private static void connection(ResponseHead head, long body, boolean unsure) {
    if (head.minorVersion() > 0 && !head.hasAny(HOP)) {
      head.body(body, body != ResponseHead.UNTIL_CLOSE && !unsure);
      return;
    }
    int options = ConnectionOptions.read(head);
    boolean keepAlive =
        (options & ConnectionOptions.CLOSE) == 0
            && (head.minorVersion() > 0 || (options & ConnectionOptions.KEEP_ALIVE) != 0)
            && body != ResponseHead.UNTIL_CLOSE
            && !unsure;
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
