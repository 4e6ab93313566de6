package dev.weir.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.net.HelloFacts;
import dev.weir.proxy.testkit.Hello;
import dev.weir.proxy.tls.HelloReader.Result;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// ClientHellos, whole and in pieces, good and bad.
class ClientHelloTest {
  private static final byte[] USUAL = Hello.of("shop.example.com", "h2", "http/1.1");
  private static final HelloFacts FACTS =
      new HelloFacts("shop.example.com", List.of("h2", "http/1.1"));

  private static Result read(byte[] bytes) {
    return new HelloReader().read(Unpooled.wrappedBuffer(bytes));
  }

  private static @Nullable HelloFacts facts(byte[] bytes) {
    var reader = new HelloReader();
    assertEquals(Result.COMPLETE, reader.read(Unpooled.wrappedBuffer(bytes)));
    ClientHello hello = ClientHello.parse(reader.hello());
    return hello == null ? null : hello.facts();
  }

  @Test
  void nameAndProtocolsAreWhatTheClientAsksFor() {
    assertEquals(FACTS, facts(USUAL));
    assertEquals(new HelloFacts(null, List.of()), facts(Hello.of(null)));
    assertEquals(
        new HelloFacts("a.test", List.of("acme-tls/1")), facts(Hello.of("A.Test", "acme-tls/1")));
  }

  @Test
  void howeverItIsCutItIsTheSameAndNothingBefore() {
    for (int size = 1; size < USUAL.length; size += size < 20 ? 1 : 37) {
      assertEquals(FACTS, facts(Hello.inRecords(USUAL, size)));
    }
    for (int cut = 0; cut < USUAL.length; cut++) {
      assertEquals(Result.INCOMPLETE, read(Arrays.copyOf(USUAL, cut)), "cut at " + cut);
    }
    var reader = new HelloReader();
    ByteBuf grown = Unpooled.buffer();
    for (int i = 0; i < USUAL.length - 1; i++) {
      assertEquals(Result.INCOMPLETE, reader.read(grown.writeByte(USUAL[i])));
    }
    byte[] more = {USUAL[USUAL.length - 1], 1, 2, 3};
    assertEquals(Result.COMPLETE, reader.read(grown.writeBytes(more)));
  }

  @Test
  void aMessageThatIsShorterThanItSaysIsMalformed() {
    byte[] body = Arrays.copyOfRange(USUAL, 9, USUAL.length);
    for (int cut = 0; cut < body.length; cut++) {
      ClientHello hello = ClientHello.parse(Arrays.copyOf(body, cut));
      assertTrue(hello == null || hello.facts().name() == null, "cut at " + cut);
    }
  }

  @Test
  void whatIsNotTlsIsSeenAtItsFirstBytes() {
    for (String text : List.of("GET / HTTP/1.1\r\n", "SSH-2.0-x", "PROXY TCP4 ", "\0\0\0\0")) {
      assertEquals(Result.NOT_TLS, read(text.getBytes(StandardCharsets.US_ASCII)));
    }
    assertEquals(Result.NOT_TLS, read(new byte[] {22, 2}));
    assertEquals(Result.NOT_TLS, read(new byte[] {22, 3, 1, 0, 0}));
    assertEquals(Result.NOT_TLS, read(new byte[] {22, 3, 1, (byte) 0xff, (byte) 0xff}));
    assertEquals(Result.NOT_TLS, read(new byte[] {22, 3, 1, 0, 4, 2, 0, 0, 1}));
  }

  @Test
  void whatIsTooLargeIsRefusedBeforeRoomIsMadeForIt() {
    assertEquals(
        Result.TOO_LARGE,
        read(new byte[] {22, 3, 1, 0, 9, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff}));
    byte[] small = Hello.inRecords(Arrays.copyOf(large(), 16_000), 1);
    assertEquals(Result.TOO_LARGE, read(small));
  }

  /// A record whose message says that it is as long as may be.
  private static byte[] large() {
    byte[] bytes = new byte[16 * 1024];
    byte[] start = {22, 3, 1, 0x3f, (byte) 0xfb, 1, 0, 0x3f, (byte) 0xf7};
    System.arraycopy(start, 0, bytes, 0, start.length);
    return bytes;
  }

  @Test
  void randomBytesAreRefusedOrReadAndNeverMore() {
    var random = new Random(11);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = USUAL.clone();
      for (int i = random.nextInt(8); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      var reader = new HelloReader();
      ByteBuf all = Unpooled.wrappedBuffer(bytes);
      if (reader.read(all) == Result.COMPLETE) {
        ClientHello hello = ClientHello.parse(reader.hello());
        if (hello != null) {
          String name = hello.facts().name();
          assertTrue(name == null || name.length() <= 255 && !name.isEmpty());
          assertTrue(hello.facts().protocols().size() <= 32);
        }
      }
      assertEquals(0, all.readerIndex());
    }
    for (int round = 0; round < 20_000; round++) {
      byte[] body = new byte[random.nextInt(200)];
      random.nextBytes(body);
      ClientHello.parse(body);
    }
  }

  /// An extension: type, length, body.
  private static void extension(ByteBuf out, int type, int... body) {
    out.writeShort(type).writeShort(body.length);
    for (int b : body) {
      out.writeByte(b);
    }
  }

  @Test
  void valuesThatMeanNothingAreSkippedWhereverTheyStand() {
    ByteBuf hello = Unpooled.buffer();
    hello.writeShort(0x0303).writeZero(32).writeByte(0);
    hello.writeShort(6).writeShort(0x0a0a).writeShort(0x1301).writeShort(0xc02b);
    hello.writeByte(1).writeByte(0);
    ByteBuf extensions = Unpooled.buffer();
    extension(extensions, 0x1a1a);
    extension(extensions, 0, 0, 9, 0, 0, 6, 'a', '.', 't', 'e', 's', 't');
    extension(extensions, 16, 0, 6, 2, 0x8a, 0x8a, 2, 'h', '2');
    extension(extensions, 13, 0, 4, 0x3a, 0x3a, 0x04, 0x03);
    extension(extensions, 43, 4, 0x4a, 0x4a, 0x03, 0x04);
    extension(extensions, 0x2a2a, 0);
    hello.writeShort(extensions.readableBytes()).writeBytes(extensions);
    ClientHello read = ClientHello.parse(ByteBufUtil.getBytes(hello));
    assertTrue(read != null && read.ecdsa(), "GREASE, RFC 8701");
    assertEquals("a.test", read.facts().name());
    assertEquals(List.of("\u008a\u008a", "h2"), read.facts().protocols());
  }

  @Test
  void aMessageWithoutExtensionsAsksForNothing() {
    ByteBuf hello = Unpooled.buffer();
    hello.writeShort(0x0303).writeZero(32).writeByte(0);
    hello.writeShort(2).writeShort(0xc02f).writeByte(1).writeByte(0);
    ClientHello read = ClientHello.parse(ByteBufUtil.getBytes(hello));
    assertEquals(new HelloFacts(null, List.of()), read == null ? null : read.facts());
  }

  @Test
  void aNameThatIsNoHostNameCountsAsNone() {
    byte[] strange = USUAL.clone();
    int at = indexOf(strange, "shop.example.com");
    strange[at + 1] = '\n';
    HelloFacts facts = facts(strange);
    assertNull(facts == null ? "malformed" : facts.name());
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
  }
}
