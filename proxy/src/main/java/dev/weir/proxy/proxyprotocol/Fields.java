package dev.weir.proxy.proxyprotocol;

import dev.weir.proxy.proxyprotocol.Parsed.Reason;
import dev.weir.proxy.proxyprotocol.ProxyHeader.ClientTls;
import dev.weir.proxy.proxyprotocol.ProxyHeader.Other;
import io.netty.buffer.ByteBuf;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The fields behind the addresses of version 2, "TLVs" (section 2.2): a type, a length of two
/// bytes, a value. Those of TLS are within one of these, one level deep and no deeper; what is not
/// known there is skipped, elsewhere it is kept as far as it fits. Thread: any, one header each.
final class Fields {
  static final int ALPN = 0x01;
  static final int AUTHORITY = 0x02;
  static final int CHECKSUM = 0x03;
  static final int NOTHING = 0x04;
  static final int UNIQUE_ID = 0x05;
  static final int TLS = 0x20;
  static final int TLS_VERSION = 0x21;
  static final int TLS_COMMON_NAME = 0x22;
  static final int TLS_CIPHER = 0x23;
  static final int TLS_SIGNATURE = 0x24;
  static final int TLS_KEY = 0x25;

  /// The name of a network of the sender's own.
  static final int NETWORK = 0x30;

  /// In front of a value.
  static final int TYPE_AND_LENGTH = 3;

  /// In front of the fields of TLS: what the client did, and whether its certificate is good.
  static final int TLS_FIXED = 5;

  static final int CLIENT_TLS = 0x01;
  static final int CLIENT_CERTIFICATE = 0x02;
  static final int CLIENT_CERTIFICATE_IN_SESSION = 0x04;

  /// Longer texts are refused; a name has 253 characters at most, and an identifier 128 by
  /// definition.
  static final int MAX_TEXT = 255;

  static final int MAX_UNIQUE_ID = 128;

  /// What fields that are not known may take together, types and lengths included; what comes
  /// behind is left out.
  static final int MAX_OTHERS = 1024;

  private @Nullable String alpn;
  private @Nullable String authority;
  private @Nullable String uniqueId;
  private @Nullable ClientTls tls;
  private final List<Other> others = new ArrayList<>();
  private int othersSize;
  private int seen;

  /// Reads the fields from an index to the end of the header.
  ///
  /// @return null when all is well
  @Nullable Reason read(ByteBuf header, int from) {
    int at = from;
    int end = header.writerIndex();
    Reason problem = null;
    while (at < end && problem == null) {
      int value = at + TYPE_AND_LENGTH;
      if (value > end || header.getUnsignedShort(at + 1) > end - value) {
        return Reason.FIELD;
      }
      int length = header.getUnsignedShort(at + 1);
      problem = field(header, header.getUnsignedByte(at), value, length);
      at = value + length;
    }
    return problem;
  }

  ProxyHeader header(SocketAddress source, SocketAddress destination) {
    return new ProxyHeader(source, destination, authority, alpn, uniqueId, tls, others);
  }

  private @Nullable Reason field(ByteBuf header, int type, int at, int length) {
    if (type == CHECKSUM && length == 4 && once(16)) {
      return sum(header, at) == header.getInt(at) ? null : Reason.CHECKSUM;
    }
    boolean good =
        switch (type) {
          case ALPN -> once(1) && (alpn = text(header, at, length, MAX_TEXT)) != null;
          case AUTHORITY -> once(2) && (authority = text(header, at, length, MAX_TEXT)) != null;
          case UNIQUE_ID -> once(4) && (uniqueId = text(header, at, length, MAX_UNIQUE_ID)) != null;
          case TLS -> once(8) && tls(header, at, length);
          case NOTHING, NETWORK -> true;
          default -> type != CHECKSUM && keep(header, type, at, length);
        };
    return good ? null : Reason.FIELD;
  }

  private boolean keep(ByteBuf header, int type, int at, int length) {
    othersSize += TYPE_AND_LENGTH + length;
    if (othersSize <= MAX_OTHERS) {
      others.add(new Other(type, header.toString(at, length, StandardCharsets.ISO_8859_1)));
    }
    return true;
  }

  private boolean once(int bit) {
    boolean first = (seen & bit) == 0;
    seen |= bit;
    return first;
  }

  private boolean tls(ByteBuf header, int at, int length) {
    if (length < TLS_FIXED) {
      return false;
    }
    int client = header.getUnsignedByte(at);
    boolean verified = header.getInt(at + 1) == 0;
    var texts = new @Nullable String[TLS_KEY - TLS_VERSION + 1];
    int end = at + length;
    int next = at + TLS_FIXED;
    while (next < end) {
      int value = next + TYPE_AND_LENGTH;
      if (value > end || header.getUnsignedShort(next + 1) > end - value) {
        return false;
      }
      int size = header.getUnsignedShort(next + 1);
      int index = header.getUnsignedByte(next) - TLS_VERSION;
      if (index >= 0 && index < texts.length) {
        String text = text(header, value, size, MAX_TEXT);
        if (text == null || texts[index] != null) {
          return false;
        }
        texts[index] = text;
      }
      next = value + size;
    }
    if ((client & CLIENT_TLS) != 0) {
      tls =
          new ClientTls(
              (client & CLIENT_CERTIFICATE) != 0,
              (client & CLIENT_CERTIFICATE_IN_SESSION) != 0,
              verified,
              texts[0],
              texts[TLS_CIPHER - TLS_VERSION],
              texts[TLS_COMMON_NAME - TLS_VERSION],
              texts[TLS_SIGNATURE - TLS_VERSION],
              texts[TLS_KEY - TLS_VERSION]);
    }
    return true;
  }

  /// UTF-8 without control characters; null for anything else.
  private static @Nullable String text(ByteBuf header, int at, int length, int most) {
    if (length > most) {
      return null;
    }
    String text = header.toString(at, length, StandardCharsets.UTF_8);
    return text.chars().anyMatch(c -> Character.isISOControl(c) || c == '\uFFFD') ? null : text;
  }

  /// The CRC-32C (RFC 4960, appendix B) of a header, with zeros where it stands itself.
  static int sum(ByteBuf header, int at) {
    var crc = new CRC32C();
    crc.update(header.nioBuffer(0, at));
    crc.update(new byte[4]);
    crc.update(header.nioBuffer(at + 4, header.writerIndex() - at - 4));
    return (int) crc.getValue();
  }
}
