package dev.weir.proxy.proxyprotocol;

import dev.weir.config.Addresses;
import dev.weir.proxy.proxyprotocol.ProxyHeader.ClientTls;
import io.netty.buffer.ByteBuf;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Writes PROXY headers. Thread: any.
///
/// Whatever a header holds, at most [#MAX_SIZE] bytes are written, and what is written is what its
/// length says: texts that are too long or have control characters are left out.
public final class ProxyHeaderWriter {
  /// The most that a header can take: both paths of unix sockets and every field.
  public static final int MAX_SIZE = 2304 + Fields.MAX_OTHERS;

  private static final int VERSION_AND_LOCAL = 0x20;
  private static final int VERSION_AND_PROXY = 0x21;
  private static final int UNSPEC = 0x00;
  private static final int IPV4_STREAM = 0x11;
  private static final int IPV6_STREAM = 0x21;
  private static final int UNIX_STREAM = 0x31;

  private ProxyHeaderWriter() {}

  /// Appends a line of version 1: `PROXY TCP4 …`, `PROXY TCP6 …`, or `PROXY UNKNOWN` for what it
  /// has no words for.
  public static void version1(ProxyHeader header, ByteBuf out) {
    String line = "PROXY UNKNOWN\r\n";
    if (header.source() instanceof InetSocketAddress from
        && header.destination() instanceof InetSocketAddress to) {
      boolean ipv4 = ipv4(from, to);
      line =
          "PROXY %s %s %s %d %d\r\n"
              .formatted(
                  ipv4 ? "TCP4" : "TCP6",
                  text(from, ipv4),
                  text(to, ipv4),
                  from.getPort(),
                  to.getPort());
    }
    out.writeCharSequence(line, StandardCharsets.US_ASCII);
  }

  /// Appends a header of version 2: command PROXY with addresses and fields, or LOCAL with nothing
  /// when there are no addresses.
  public static void version2(ProxyHeader header, ByteBuf out) {
    int start = out.writerIndex();
    SocketAddress source = header.source();
    SocketAddress destination = header.destination();
    ProxyHeaderParser.signature(out);
    out.writeByte(source == null ? VERSION_AND_LOCAL : VERSION_AND_PROXY);
    if (source == null || destination == null) {
      out.writeByte(UNSPEC).writeShort(0);
      return;
    }
    int family = out.writerIndex();
    out.writeByte(UNSPEC).writeShort(0);
    if (source instanceof InetSocketAddress from && destination instanceof InetSocketAddress to) {
      boolean ipv4 = ipv4(from, to);
      out.setByte(family, ipv4 ? IPV4_STREAM : IPV6_STREAM);
      out.writeBytes(bytes(from, ipv4)).writeBytes(bytes(to, ipv4));
      out.writeShort(from.getPort()).writeShort(to.getPort());
    } else {
      out.setByte(family, UNIX_STREAM);
      path(source, out);
      path(destination, out);
    }
    field(Fields.ALPN, header.alpn(), Fields.MAX_TEXT, out);
    field(Fields.AUTHORITY, header.authority(), Fields.MAX_TEXT, out);
    field(Fields.UNIQUE_ID, header.uniqueId(), Fields.MAX_UNIQUE_ID, out);
    ClientTls tls = header.tls();
    if (tls != null) {
      tls(tls, out);
    }
    int room = Fields.MAX_OTHERS;
    for (ProxyHeader.Other other : header.others()) {
      room -= Fields.TYPE_AND_LENGTH + other.value().length();
      if (room >= 0) {
        out.writeByte(other.type()).writeShort(other.value().length());
        out.writeCharSequence(other.value(), StandardCharsets.ISO_8859_1);
      }
    }
    out.setShort(family + 1, out.writerIndex() - start - ProxyHeaderParser.FIXED);
  }

  private static boolean ipv4(InetSocketAddress from, InetSocketAddress to) {
    return from.getAddress() instanceof Inet4Address && to.getAddress() instanceof Inet4Address;
  }

  /// With one address of each family both are written as IPv6, the other one mapped (RFC 4291,
  /// 2.5.5.2).
  private static byte[] bytes(InetSocketAddress address, boolean ipv4) {
    byte[] bytes = ip(address).getAddress();
    if (ipv4 || bytes.length == 16) {
      return bytes;
    }
    var mapped = new byte[16];
    mapped[10] = mapped[11] = (byte) 0xff;
    System.arraycopy(bytes, 0, mapped, 12, 4);
    return mapped;
  }

  private static String text(InetSocketAddress address, boolean ipv4) {
    InetAddress ip = ip(address);
    return (!ipv4 && ip instanceof Inet4Address ? "::ffff:" : "") + Addresses.text(ip);
  }

  private static InetAddress ip(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    if (ip == null) {
      throw new IllegalArgumentException("not resolved: " + address);
    }
    return ip;
  }

  private static void path(SocketAddress address, ByteBuf out) {
    int end = out.writerIndex() + ProxyHeaderParser.UNIX_PATH;
    if (address instanceof UnixDomainSocketAddress unix) {
      byte[] path = unix.getPath().toString().getBytes(StandardCharsets.UTF_8);
      out.writeBytes(path, 0, Math.min(path.length, ProxyHeaderParser.UNIX_PATH));
    }
    out.writeZero(end - out.writerIndex());
  }

  private static void tls(ClientTls tls, ByteBuf out) {
    int start = out.writerIndex();
    out.writeByte(Fields.TLS).writeShort(0);
    out.writeByte(
        Fields.CLIENT_TLS
            | (tls.certificate() ? Fields.CLIENT_CERTIFICATE : 0)
            | (tls.resumedCertificate() ? Fields.CLIENT_CERTIFICATE_IN_SESSION : 0));
    out.writeInt(tls.verified() ? 0 : 1);
    field(Fields.TLS_VERSION, tls.version(), Fields.MAX_TEXT, out);
    field(Fields.TLS_COMMON_NAME, tls.commonName(), Fields.MAX_TEXT, out);
    field(Fields.TLS_CIPHER, tls.cipher(), Fields.MAX_TEXT, out);
    field(Fields.TLS_SIGNATURE, tls.signature(), Fields.MAX_TEXT, out);
    field(Fields.TLS_KEY, tls.key(), Fields.MAX_TEXT, out);
    out.setShort(start + 1, out.writerIndex() - start - Fields.TYPE_AND_LENGTH);
  }

  private static void field(int type, @Nullable String value, int most, ByteBuf out) {
    if (value == null || value.chars().anyMatch(Character::isISOControl)) {
      return;
    }
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= most) {
      out.writeByte(type).writeShort(bytes.length).writeBytes(bytes);
    }
  }
}
