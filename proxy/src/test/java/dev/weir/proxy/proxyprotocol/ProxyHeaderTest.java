package dev.weir.proxy.proxyprotocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.proxy.proxyprotocol.Parsed.Reason;
import dev.weir.proxy.proxyprotocol.ProxyHeader.ClientTls;
import dev.weir.proxy.proxyprotocol.ProxyHeader.Other;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// PROXY headers as bytes: what is read, what is refused and why, what is written.
class ProxyHeaderTest {
  private static final String SIGNATURE = "0D0A0D0A000D0A515549540A";
  private static final String IPV4 = "C0000201" + "0A000001" + "D903" + "01BB";
  private static final SocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 55555);
  private static final SocketAddress SERVER = new InetSocketAddress("10.0.0.1", 443);

  // --- version 1

  @Test
  void aLineOfVersion1SaysWhoTheClientIs() {
    ProxyHeader ipv4 = header("PROXY TCP4 192.0.2.1 10.0.0.1 55555 443\r\n");
    assertEquals(ProxyHeader.of(CLIENT, SERVER), ipv4);
    ProxyHeader ipv6 = header("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n");
    assertEquals(new InetSocketAddress("2001:db8::1", 0), ipv6.source());
    assertEquals(new InetSocketAddress("::1", 65535), ipv6.destination());
  }

  @Test
  void unknownKeepsTheConnectionsOwnAddressesWhateverElseTheLineSays() {
    assertEquals(ProxyHeader.LOCAL, header("PROXY UNKNOWN\r\n"));
    assertEquals(ProxyHeader.LOCAL, header("PROXY UNKNOWN ffff::1 x 999999 -\r\n"));
  }

  @Test
  void theLongestLineHas107Bytes() {
    String longest = "PROXY UNKNOWN " + "f".repeat(91) + "\r\n";
    assertEquals(ProxyHeaderParser.MAX_LINE, longest.length());
    assertEquals(ProxyHeader.LOCAL, header(longest));
    refused(Reason.LINE_LENGTH, text("PROXY UNKNOWN " + "f".repeat(92) + "\r\n"));
    refused(Reason.LINE_LENGTH, text("PROXY UNKNOWN " + "f".repeat(93)));
  }

  @Test
  void whatIsNotExactlyALineOfVersion1IsRefused() {
    for (String line :
        List.of(
            "PROXY TCP4 192.0.2.1 10.0.0.1 55555 443\n",
            "PROXY TCP4 192.0.2.1 10.0.0.1\r55555 443\r\n",
            "PROXY TCP4  192.0.2.1 10.0.0.1 55555 443\r\n",
            "PROXY TCP4 192.0.2.1 10.0.0.1 55555 443 \r\n",
            "PROXY TCP4 192.0.2.1 10.0.0.1 55555\r\n",
            "PROXY TCP4 192.0.2.1 10.0.0.1 55555 443 1\r\n",
            "PROXY tcp4 192.0.2.1 10.0.0.1 55555 443\r\n",
            "PROXY UDP4 192.0.2.1 10.0.0.1 55555 443\r\n",
            "PROXY \r\n")) {
      refused(Reason.LINE, text(line));
    }
    for (String line :
        List.of(
            "PROXY TCP4 192.0.2.256 10.0.0.1 55555 443\r\n",
            "PROXY TCP4 192.0.2.01 10.0.0.1 55555 443\r\n",
            "PROXY TCP4 ::1 ::1 55555 443\r\n",
            "PROXY TCP6 192.0.2.1 10.0.0.1 55555 443\r\n",
            "PROXY TCP6 fe80::1%eth0 ::1 55555 443\r\n",
            "PROXY TCP6 [::1] ::1 55555 443\r\n",
            "PROXY TCP4 localhost 10.0.0.1 55555 443\r\n",
            "PROXY TCP4 192.0.2.1 10.0.0.1 65536 443\r\n",
            "PROXY TCP4 192.0.2.1 10.0.0.1 055 443\r\n",
            "PROXY TCP4 192.0.2.1 10.0.0.1 +5 443\r\n",
            "PROXY TCP4 192.0.2.1 10.0.0.1 55555 \r\n")) {
      refused(Reason.ADDRESS, text(line));
    }
    refused(Reason.SIGNATURE, text("GET / HTTP/1.1\r\n"));
    refused(Reason.SIGNATURE, text("PROXX"));
    refused(Reason.SIGNATURE, text("proxy TCP4 "));
    refused(Reason.SIGNATURE, bytes("160301"));
  }

  // --- version 2

  @Test
  void version2SaysWhoTheClientIs() {
    assertEquals(ProxyHeader.of(CLIENT, SERVER), header(bytes(SIGNATURE + "2111000C" + IPV4)));
    ProxyHeader ipv6 =
        header(
            bytes(
                SIGNATURE
                    + "21210024"
                    + "20010DB8000000000000000000000001"
                    + "00000000000000000000000000000001"
                    + "000101BB"));
    assertEquals(new InetSocketAddress("2001:db8::1", 1), ipv6.source());
    assertEquals(new InetSocketAddress("::1", 443), ipv6.destination());
  }

  @Test
  void pathsOfUnixSocketsEndWithTheirFirstZero() {
    String from = hex("/run/a.sock") + "00".repeat(97);
    ProxyHeader named = header(bytes(SIGNATURE + "213100D8" + from + "00".repeat(108)));
    assertEquals(UnixDomainSocketAddress.of("/run/a.sock"), named.source());
    assertEquals(UnixDomainSocketAddress.of(""), named.destination());
    ProxyHeader full = header(bytes(SIGNATURE + "213100D8" + "61".repeat(108) + from));
    assertEquals(UnixDomainSocketAddress.of("a".repeat(108)), full.source());
    ProxyHeader strange =
        header(bytes(SIGNATURE + "213100D8" + hex("/a\nb") + "00".repeat(104) + from));
    assertEquals(UnixDomainSocketAddress.of(""), strange.source());
  }

  @Test
  void localAndUnspecKeepTheConnectionsOwnAddressesAndSkipTheRest() {
    assertEquals(ProxyHeader.LOCAL, header(bytes(SIGNATURE + "20000000")));
    assertEquals(ProxyHeader.LOCAL, header(bytes(SIGNATURE + "2011000C" + IPV4)));
    assertEquals(ProxyHeader.LOCAL, header(bytes(SIGNATURE + "20FF0003" + "FFFFFF")));
    assertEquals(ProxyHeader.LOCAL, header(bytes(SIGNATURE + "21000000")));
    assertEquals(ProxyHeader.LOCAL, header(bytes(SIGNATURE + "21000005" + "0102030405")));
  }

  @Test
  void versionsCommandsAndFamiliesThatDoNotExistAreRefused() {
    refused(Reason.SIGNATURE, bytes(SIGNATURE + "1111000C" + IPV4));
    refused(Reason.SIGNATURE, bytes(SIGNATURE + "3111000C" + IPV4));
    refused(Reason.COMMAND, bytes(SIGNATURE + "2211000C" + IPV4));
    refused(Reason.COMMAND, bytes(SIGNATURE + "2F11000C" + IPV4));
    for (String family : List.of("10", "12", "13", "22", "32", "41", "F1", "01")) {
      refused(Reason.FAMILY, bytes(SIGNATURE + "21" + family + "000C" + IPV4));
    }
    refused(Reason.SIGNATURE, bytes("0D0A0D0A000D0A515549540B"));
    refused(Reason.SIGNATURE, bytes("0D0A0D0B"));
  }

  @Test
  void aBlockIsAsLongAsItsAddressesAtLeastAndBounded() {
    refused(Reason.LENGTH, bytes(SIGNATURE + "2111000B" + IPV4));
    refused(Reason.LENGTH, bytes(SIGNATURE + "21110000"));
    refused(Reason.LENGTH, bytes(SIGNATURE + "21210023" + "00".repeat(35)));
    refused(Reason.LENGTH, bytes(SIGNATURE + "213100D7" + "00".repeat(215)));
    refused(Reason.LENGTH, bytes(SIGNATURE + "21114001"));
    refused(Reason.LENGTH, bytes(SIGNATURE + "2111FFFF"));
    String longest = SIGNATURE + "21114000" + IPV4 + "EE3FF1" + "AA".repeat(0x3ff1);
    assertEquals(CLIENT, header(bytes(longest)).source());
  }

  // --- fields

  @Test
  void fieldsOfVersion2AreReadAndUnknownOnesSkipped() {
    String tls =
        "20002F"
            + ("07" + "00000000")
            + ("210007" + hex("TLSv1.3"))
            + ("220004" + hex("alfa"))
            + ("230003" + hex("AES"))
            + ("240006" + hex("SHA256"))
            + ("250007" + hex("RSA2048"));
    ProxyHeader header =
        withFields(
            "040002FFFF"
                + ("010002" + hex("h2"))
                + ("020009" + hex("a.example"))
                + ("050002" + hex("id"))
                + tls
                + "300003010203"
                + "EA000401020304");
    assertEquals("h2", header.alpn());
    assertEquals("a.example", header.authority());
    assertEquals("id", header.uniqueId());
    assertEquals(
        new ClientTls(true, true, true, "TLSv1.3", "AES", "alfa", "SHA256", "RSA2048"),
        header.tls());
  }

  @Test
  void aClientWithoutTlsHasNone() {
    assertNull(withFields("2000050000000001").tls());
    ClientTls bare = withFields("2000050100000001").tls();
    assertEquals(new ClientTls(false, false, false, null, null, null, null, null), bare);
  }

  @Test
  void fieldsWithinFieldsGoOneLevelDeepAndNoDeeper() {
    var nested = new StringBuilder();
    for (int depth = 0; depth < 1000; depth++) {
      int length = nested.length() / 2 + 5;
      nested.insert(0, "20%04X0100000000".formatted(length));
    }
    assertNotNull(withFields(nested.toString()).tls());
  }

  @Test
  void malformedFieldsAreRefused() {
    for (String fields :
        List.of(
            "04",
            "0400",
            "040001",
            "04000200",
            "020100" + "61".repeat(256),
            "050081" + "61".repeat(129),
            "02000361FF62",
            "020003610A62",
            "010002683201000268",
            "010002683201000268" + "32",
            "200004" + "01000000",
            "200008" + "0100000000" + "210001",
            "20000B" + "0100000000" + "210004414141",
            "20000D" + "0100000000" + "21000141" + "21000141",
            "03000300000000")) {
      refused(Reason.FIELD, block(fields));
    }
  }

  @Test
  void aChecksumIsVerified() {
    ByteBuf good = block("EE000201020300040000000002000161");
    good.setInt(16 + 12 + 5 + 3, Fields.sum(good, 16 + 12 + 5 + 3));
    assertEquals("a", header(good).authority());
    int type = 16 + 12 + 5;
    for (int i = 0; i < good.readableBytes() - 1; i++) {
      if (i == type) {
        continue; // another field then, and a header without a checksum
      }
      ByteBuf bad = good.copy();
      bad.setByte(i, bad.getByte(i) ^ 0x40);
      Parsed parsed = ProxyHeaderParser.parse(bad);
      assertEquals(
          false, parsed instanceof Parsed.Complete c && c.header().source() != null, i + "");
    }
    refused(Reason.CHECKSUM, block("03000400000000"));
    ByteBuf twice = block("0300040000000003000400000000");
    twice.setInt(16 + 12 + 3, Fields.sum(twice, 16 + 12 + 3));
    refused(Reason.FIELD, twice);
  }

  // --- cut, random

  @Test
  void headersMayComeByteByByteAndWhatFollowsStays() {
    for (ByteBuf whole :
        List.of(
            text("PROXY TCP4 192.0.2.1 10.0.0.1 55555 443\r\n"),
            text("PROXY UNKNOWN\r\n"),
            bytes(SIGNATURE + "20000000"),
            block("020009" + hex("a.example") + "040002FFFF"))) {
      int length = whole.readableBytes();
      for (int cut = 0; cut < length; cut++) {
        Parsed part = ProxyHeaderParser.parse(whole.slice(0, cut));
        assertInstanceOf(Parsed.Incomplete.class, part, cut + " bytes");
      }
      ByteBuf more = Unpooled.wrappedBuffer(bytes("FFFF"), whole, text("PROXY more"));
      more.skipBytes(2);
      Parsed.Complete parsed =
          assertInstanceOf(Parsed.Complete.class, ProxyHeaderParser.parse(more));
      assertEquals(length, parsed.length());
      assertEquals(2, more.readerIndex());
    }
  }

  @Test
  void randomHeadersAreReadAsTheyWereWritten() {
    var random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      ProxyHeader header = random(random);
      ByteBuf out = Unpooled.buffer();
      ProxyHeaderWriter.version2(header, out);
      assertEquals(true, out.readableBytes() <= ProxyHeaderWriter.MAX_SIZE);
      assertEquals(header, header(out));
      ByteBuf line = Unpooled.buffer();
      ProxyHeaderWriter.version1(header, line);
      assertEquals(true, line.readableBytes() <= ProxyHeaderParser.MAX_LINE);
      boolean ip = header.source() instanceof InetSocketAddress;
      ProxyHeader read = header(line);
      assertEquals(ip ? header.source() : null, read.source());
      assertEquals(ip ? header.destination() : null, read.destination());
    }
  }

  @Test
  void randomBytesGiveOneVerdictHoweverTheyAreCut() {
    var random = new Random(11);
    int complete = 0;
    for (int i = 0; i < 2_000; i++) {
      ByteBuf out = Unpooled.buffer();
      if (random.nextBoolean()) {
        ProxyHeaderWriter.version2(random(random), out);
      } else {
        ProxyHeaderWriter.version1(random(random), out);
      }
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        out.setByte(random.nextInt(out.readableBytes()), random.nextInt(256));
      }
      out.writeBytes(new byte[random.nextInt(300)]);
      Parsed verdict = ProxyHeaderParser.parse(out);
      complete += verdict instanceof Parsed.Complete ? 1 : 0;
      Parsed last = new Parsed.Incomplete();
      for (int cut = 0; cut <= out.readableBytes(); cut++) {
        Parsed part = ProxyHeaderParser.parse(out.slice(0, cut));
        if (!(last instanceof Parsed.Incomplete)) {
          assertEquals(last, part, "a verdict is final");
        }
        last = part;
      }
      assertEquals(verdict, last);
    }
    assertEquals(true, complete > 500, complete + " are complete");
  }

  // --- writing

  @Test
  void addressesOfBothFamiliesAreWrittenAsIpv6() {
    var header = ProxyHeader.of(CLIENT, new InetSocketAddress("2001:db8::1", 443));
    ByteBuf line = Unpooled.buffer();
    ProxyHeaderWriter.version1(header, line);
    assertEquals(
        "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::1 55555 443\r\n",
        line.toString(StandardCharsets.US_ASCII));
    ByteBuf block = Unpooled.buffer();
    ProxyHeaderWriter.version2(header, block);
    assertEquals(header, header(block));
  }

  @Test
  void textsThatAreTooLongOrHaveControlCharactersAreNotWritten() {
    var header = new ProxyHeader(CLIENT, SERVER, "a\r\nb", "h2".repeat(200), "i".repeat(129), null);
    ByteBuf out = Unpooled.buffer();
    ProxyHeaderWriter.version2(header, out);
    assertEquals(ProxyHeader.of(CLIENT, SERVER), header(out));
  }

  @Test
  void fieldsThatAreNotKnownAreKeptUpToABound() {
    var small = new Other(0xEA, "\u0001vpce-\u00ff");
    var header =
        new ProxyHeader(
            CLIENT,
            SERVER,
            null,
            null,
            null,
            null,
            List.of(small, new Other(0xE0, "x".repeat(1000)), new Other(0xE1, "y".repeat(100))));
    ByteBuf out = Unpooled.buffer();
    ProxyHeaderWriter.version2(header, out);
    var kept =
        new ProxyHeader(CLIENT, SERVER, null, null, null, null, header.others().subList(0, 2));
    assertEquals(kept, header(out));
  }

  @Test
  void paddingAndNamesOfNetworksAreNotKept() {
    ByteBuf out = Unpooled.buffer();
    ProxyHeaderWriter.version2(ProxyHeader.of(CLIENT, SERVER), out);
    byte[] fields = {0x04, 0, 2, 0, 0, 0x30, 0, 1, 'n', (byte) 0xEE, 0, 1, 'z'};
    out.setShort(14, out.getUnsignedShort(14) + fields.length);
    out.writeBytes(fields);
    assertEquals(List.of(new Other(0xEE, "z")), header(out).others());
  }

  private static ProxyHeader random(Random random) {
    int kind = random.nextInt(8);
    if (kind == 0) {
      return ProxyHeader.LOCAL;
    }
    boolean tls = random.nextBoolean();
    return new ProxyHeader(
        address(random, kind),
        address(random, kind),
        text(random, 255),
        text(random, 8),
        text(random, 128),
        tls
            ? new ClientTls(
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextBoolean(),
                text(random, 8),
                text(random, 40),
                text(random, 255),
                text(random, 12),
                text(random, 12))
            : null);
  }

  private static SocketAddress address(Random random, int kind) {
    if (kind == 1) {
      return UnixDomainSocketAddress.of("/" + "s".repeat(random.nextInt(107)));
    }
    var host = new ArrayList<String>();
    for (int i = 0; i < (kind < 5 ? 4 : 8); i++) {
      host.add(kind < 5 ? random.nextInt(256) + "" : Integer.toHexString(random.nextInt(65536)));
    }
    return new InetSocketAddress(String.join(kind < 5 ? "." : ":", host), random.nextInt(65536));
  }

  private static String text(Random random, int most) {
    var text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append((char) ('!' + random.nextInt(94)));
    }
    return text.toString();
  }

  private static ProxyHeader withFields(String hex) {
    return header(block(hex));
  }

  private static ByteBuf block(String fields) {
    int length = 12 + fields.length() / 2;
    return bytes(SIGNATURE + "2111%04X".formatted(length) + IPV4 + fields);
  }

  private static ProxyHeader header(String line) {
    return header(text(line));
  }

  private static ProxyHeader header(ByteBuf bytes) {
    Parsed.Complete parsed =
        assertInstanceOf(Parsed.Complete.class, ProxyHeaderParser.parse(bytes));
    assertEquals(bytes.readableBytes(), parsed.length());
    return parsed.header();
  }

  private static void refused(Reason reason, ByteBuf bytes) {
    assertEquals(new Parsed.Refused(reason), ProxyHeaderParser.parse(bytes));
  }

  private static ByteBuf bytes(String hex) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
