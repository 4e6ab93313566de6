package dev.weir.proxy.proxyprotocol;

import dev.weir.config.Addresses;
import dev.weir.proxy.proxyprotocol.Parsed.Reason;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads the PROXY header at the start of a connection's bytes, of version 1 or 2. Consumes nothing
/// and keeps nothing: a header that is not complete yet is read again when more has come, which
/// costs at most the 107 bytes of a line, or a comparison for version 2. Thread: any.
///
/// Strict, since whoever may send a header decides who the client is: what proxy-protocol.txt calls
/// a header and nothing else. LOCAL, UNKNOWN and UNSPEC give a header without addresses, whatever
/// else they hold.
public final class ProxyHeaderParser {
  /// The longest line of version 1, CRLF included (section 2.1).
  public static final int MAX_LINE = 107;

  /// What version 2 may have behind its first 16 bytes: addresses and fields. The length field
  /// could say 65535.
  public static final int MAX_BLOCK = 16 * 1024;

  static final int FIXED = 16;
  static final int IPV4_BLOCK = 12;
  static final int IPV6_BLOCK = 36;
  static final int UNIX_PATH = 108;
  static final int UNIX_BLOCK = 2 * UNIX_PATH;

  private static final byte[] SIGNATURE = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
  };
  private static final byte[] WORD = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 2;
  private static final int LOCAL = 0;
  private static final int PROXY = 1;
  private static final int STREAM = 1;

  private ProxyHeaderParser() {}

  /// Reads from the buffer's reader index on; the indices stay.
  public static Parsed parse(ByteBuf in) {
    if (!in.isReadable()) {
      return Parsed.Incomplete.INSTANCE;
    }
    return in.getByte(in.readerIndex()) == SIGNATURE[0] ? binary(in) : line(in);
  }

  static void signature(ByteBuf out) {
    out.writeBytes(SIGNATURE);
  }

  private static Parsed refused(Reason reason) {
    return new Parsed.Refused(reason);
  }

  private static boolean starts(ByteBuf in, byte[] with) {
    int present = Math.min(in.readableBytes(), with.length);
    for (int i = 0; i < present; i++) {
      if (in.getByte(in.readerIndex() + i) != with[i]) {
        return false;
      }
    }
    return true;
  }

  // --- version 1

  private static Parsed line(ByteBuf in) {
    if (!starts(in, WORD)) {
      return refused(Reason.SIGNATURE);
    }
    int most = Math.min(in.readableBytes(), MAX_LINE);
    int end = in.indexOf(in.readerIndex(), in.readerIndex() + most, (byte) '\n');
    if (end < 0) {
      return in.readableBytes() < MAX_LINE
          ? Parsed.Incomplete.INSTANCE
          : refused(Reason.LINE_LENGTH);
    }
    int length = end + 1 - in.readerIndex();
    String text = in.toString(in.readerIndex(), length, StandardCharsets.ISO_8859_1);
    if (!text.endsWith("\r\n") || text.indexOf('\r') != length - 2) {
      return refused(Reason.LINE);
    }
    return words(text.substring(WORD.length, length - 2), length);
  }

  private static Parsed words(String text, int length) {
    String[] words = text.split(" ", -1);
    if (words[0].equals("UNKNOWN")) {
      return new Parsed.Complete(ProxyHeader.LOCAL, length);
    }
    boolean ipv6 = words[0].equals("TCP6");
    if (words.length != 5 || (!ipv6 && !words[0].equals("TCP4"))) {
      return refused(Reason.LINE);
    }
    InetSocketAddress source = address(words[1], words[3], ipv6);
    InetSocketAddress destination = address(words[2], words[4], ipv6);
    return source == null || destination == null
        ? refused(Reason.ADDRESS)
        : new Parsed.Complete(ProxyHeader.of(source, destination), length);
  }

  private static @Nullable InetSocketAddress address(String host, String port, boolean ipv6) {
    InetAddress address = Addresses.literal(host);
    int number = port(port);
    return address == null || ipv6 != host.indexOf(':') >= 0 || number < 0
        ? null
        : new InetSocketAddress(address, number);
  }

  /// 0 to 65535 in decimal digits without leading zeros, -1 for anything else.
  private static int port(String text) {
    if (text.isEmpty() || text.length() > 5 || (text.length() > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value <= 0xffff ? value : -1;
  }

  // --- version 2

  private static Parsed binary(ByteBuf in) {
    if (!starts(in, SIGNATURE)) {
      return refused(Reason.SIGNATURE);
    }
    if (in.readableBytes() < FIXED) {
      return Parsed.Incomplete.INSTANCE;
    }
    int start = in.readerIndex();
    int versionAndCommand = in.getUnsignedByte(start + 12);
    int command = versionAndCommand & 0xf;
    if (versionAndCommand >> 4 != VERSION) {
      return refused(Reason.SIGNATURE);
    }
    if (command > PROXY) {
      return refused(Reason.COMMAND);
    }
    int size = in.getUnsignedShort(start + 14);
    if (size > MAX_BLOCK) {
      return refused(Reason.LENGTH);
    }
    if (in.readableBytes() < FIXED + size) {
      return Parsed.Incomplete.INSTANCE;
    }
    int familyAndProtocol = in.getUnsignedByte(start + 13);
    if (command == LOCAL || familyAndProtocol == 0) {
      return new Parsed.Complete(ProxyHeader.LOCAL, FIXED + size);
    }
    return block(in.slice(start, FIXED + size), familyAndProtocol);
  }

  private static Parsed block(ByteBuf header, int familyAndProtocol) {
    int family = familyAndProtocol >> 4;
    int addresses =
        switch (family) {
          case 1 -> IPV4_BLOCK;
          case 2 -> IPV6_BLOCK;
          case 3 -> UNIX_BLOCK;
          default -> -1;
        };
    if (addresses < 0 || (familyAndProtocol & 0xf) != STREAM) {
      return refused(Reason.FAMILY);
    }
    if (header.readableBytes() < FIXED + addresses) {
      return refused(Reason.LENGTH);
    }
    var fields = new Fields();
    Reason problem = fields.read(header, FIXED + addresses);
    if (problem != null) {
      return refused(problem);
    }
    SocketAddress source;
    SocketAddress destination;
    if (family == 3) {
      source = unix(header, FIXED);
      destination = unix(header, FIXED + UNIX_PATH);
    } else {
      int width = family == 1 ? 4 : 16;
      int ports = FIXED + 2 * width;
      source = ip(header, FIXED, width, ports);
      destination = ip(header, FIXED + width, width, ports + 2);
    }
    return new Parsed.Complete(fields.header(source, destination), header.readableBytes());
  }

  private static SocketAddress ip(ByteBuf header, int at, int width, int port) {
    var bytes = new byte[width];
    header.getBytes(at, bytes);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), header.getUnsignedShort(port));
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }

  private static SocketAddress unix(ByteBuf header, int at) {
    int end = at;
    while (end < at + UNIX_PATH && header.getByte(end) > ' ' && header.getByte(end) < 0x7f) {
      end++;
    }
    boolean visible = end == at + UNIX_PATH || header.getByte(end) == 0;
    return UnixDomainSocketAddress.of(
        visible ? header.toString(at, end - at, StandardCharsets.US_ASCII) : "");
  }
}
