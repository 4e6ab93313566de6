package dev.weir.proxy.edit;

import dev.weir.config.HeaderVariable;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.net.RequestIds;
import dev.weir.proxy.net.TlsFacts;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What the variables of header edits stand for in the request of a record: made with the first one
/// that is edited. Thread: its loop.
public final class RequestFacts {
  /// How long a value is at most; those of an endpoint's name and of certificates may be longer.
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
      case LISTENER -> text(record.listener, out);
      case ENDPOINT -> text(record.endpoint, out);
      case REQUEST_ID -> requestId(out);
      case TLS_VERSION,
          TLS_CIPHER,
          TLS_SNI,
          TLS_CLIENT_SUBJECT,
          TLS_CLIENT_ISSUER,
          TLS_CLIENT_SERIAL,
          TLS_CLIENT_FINGERPRINT -> {
        TlsFacts tls = record.tls();
        text(tls == null ? null : tls(variable, tls), out);
      }
    }
  }

  private static @Nullable String tls(HeaderVariable variable, TlsFacts tls) {
    TlsFacts.Certificate client = tls.client();
    return switch (variable) {
      case TLS_VERSION -> tls.version();
      case TLS_CIPHER -> tls.cipher();
      case TLS_SNI -> tls.name();
      case TLS_CLIENT_SUBJECT -> client == null ? null : client.subject();
      case TLS_CLIENT_ISSUER -> client == null ? null : client.issuer();
      case TLS_CLIENT_SERIAL -> client == null ? null : client.serial();
      case TLS_CLIENT_FINGERPRINT -> client == null ? null : client.fingerprint();
      case CLIENT_ADDRESS, CLIENT_PORT, LISTENER, ENDPOINT, REQUEST_ID -> null;
    };
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

  private static void text(@Nullable String value, ByteBuf out) {
    if (value != null) {
      out.writeCharSequence(value, StandardCharsets.US_ASCII);
    }
  }

  /// What the request is called: 32 hexadecimal digits.
  public String requestId() {
    identify();
    return new String(digits, StandardCharsets.US_ASCII);
  }

  private void requestId(ByteBuf out) {
    identify();
    out.writeBytes(digits);
  }

  private void identify() {
    if (!record.identified) {
      ids.next();
      record.identified = true;
      record.idHigh = ids.high();
      record.idLow = ids.low();
    }
    hex(record.idHigh, 0);
    hex(record.idLow, 16);
  }

  private void hex(long value, int at) {
    for (int i = 0; i < 16; i++) {
      digits[at + i] = HEX[(int) (value >>> (60 - 4 * i)) & 15];
    }
  }
}
