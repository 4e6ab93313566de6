package dev.weir.proxy.edit;

import dev.weir.config.HeaderVariable;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.net.RequestIds;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What the variables of header edits stand for in the request of a record: made with the first one
/// that is edited. Thread: its loop.
public final class RequestFacts {
  /// How long a value is at most; an endpoint's name may be longer.
  static final int LONGEST = 64;

  private static final byte[] HEX = Ascii.bytes("0123456789abcdef");

  private final AccessRecord record;
  private final RequestIds ids;
  private final byte[] digits = new byte[32];

  /// @param record of the request under way; knows client and endpoint, is told the request's id
  public RequestFacts(AccessRecord record, RequestIds ids) {
    this.record = record;
    this.ids = ids;
  }

  void write(HeaderVariable variable, ByteBuf out) {
    switch (variable) {
      case CLIENT_ADDRESS -> out.writeBytes(record.clientAddress());
      case CLIENT_PORT -> decimal(record.clientPort(), out);
      case LISTENER -> out.writeCharSequence(record.listener, StandardCharsets.US_ASCII);
      case ENDPOINT -> endpoint(record.endpoint, out);
      case REQUEST_ID -> requestId(out);
    }
  }

  private void decimal(int number, ByteBuf out) {
    int at = digits.length;
    int rest = number;
    do {
      digits[--at] = HEX[rest % 10];
      rest /= 10;
    } while (rest > 0);
    out.writeBytes(digits, at, digits.length - at);
  }

  private static void endpoint(@Nullable String name, ByteBuf out) {
    if (name != null) {
      out.writeCharSequence(name, StandardCharsets.US_ASCII);
    }
  }

  private void requestId(ByteBuf out) {
    if (!record.identified) {
      ids.next();
      record.identified = true;
      record.idHigh = ids.high();
      record.idLow = ids.low();
    }
    hex(record.idHigh, 0);
    hex(record.idLow, 16);
    out.writeBytes(digits);
  }

  private void hex(long value, int at) {
    for (int i = 0; i < 16; i++) {
      digits[at + i] = HEX[(int) (value >>> (60 - 4 * i)) & 15];
    }
  }
}
