package dev.weir.proxy.http2;

import dev.weir.proxy.http1.TrailerRules;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Trailers;

/// Makes trailers of the fields of a header block behind a body (RFC 9113 section 8.1). Reused for
/// each block of a connection. Thread: its loop.
final class TrailerFields implements HpackDecoder.Fields {
  private boolean malformed;

  /// Starts a block.
  void reset() {
    malformed = false;
  }

  @Override
  public void field(MessageHead head, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    byte[] bytes = head.bytes();
    if (malformed || !RequestFields.valid(bytes, nameStart, nameEnd, valueStart, valueEnd)) {
      malformed = true;
      head.advance(nameStart - head.length());
      return;
    }
    Field id = Field.of(bytes, nameStart, nameEnd);
    head.addField(id, nameStart, nameEnd, valueStart, valueEnd, valueEnd + 2);
  }

  /// The block is complete. False when it is malformed; pseudo-header fields are, too.
  boolean finish(Trailers trailers) {
    TrailerRules.apply(trailers);
    return !malformed;
  }
}
