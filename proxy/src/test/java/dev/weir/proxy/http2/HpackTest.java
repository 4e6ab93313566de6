package dev.weir.proxy.http2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Trailers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HpackTest {
  private static final int TABLE = 4096;

  private final List<String> fields = new ArrayList<>();
  private final HpackDecoder decoder = new HpackDecoder(TABLE, this::field);

  private void field(MessageHead head, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    byte[] bytes = head.bytes();
    assertEquals(nameEnd + 2, valueStart);
    assertEquals(head.length(), valueEnd + 2);
    fields.add(text(bytes, nameStart, nameEnd) + "=" + text(bytes, valueStart, valueEnd));
  }

  private static String text(byte[] bytes, int start, int end) {
    return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
  }

  private int decode(byte[] block, int maxSize, int maxFields) {
    fields.clear();
    return decoder.decode(block, 0, block.length, new Trailers(), maxSize, maxFields);
  }

  private int decode(String hex) {
    return decode(HexFormat.of().parseHex(hex.replace(" ", "")), 1 << 16, 256);
  }

  @Test
  void readsTheExamplesOfTheRfc() {
    assertEquals(HpackDecoder.DONE, decode("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"));
    assertEquals(
        List.of(":method=GET", ":scheme=http", ":path=/", ":authority=www.example.com"), fields);
    assertEquals(HpackDecoder.DONE, decode("8286 84be 5886 a8eb 1064 9cbf"));
    assertEquals("cache-control=no-cache", fields.getLast());
    assertEquals(
        HpackDecoder.DONE, decode("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"));
    assertEquals(
        List.of(
            ":method=GET",
            ":scheme=https",
            ":path=/index.html",
            ":authority=www.example.com",
            "custom-key=custom-value"),
        fields);
  }

  @Test
  void readsWhatNettyWrites() throws Exception {
    var random = new Random(7);
    try (var encoder = new DefaultHttp2HeadersEncoder()) {
      for (int round = 0; round < 500; round++) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        List<String> wanted = new ArrayList<>();
        for (int i = random.nextInt(20); i >= 0; i--) {
          String name = random.nextBoolean() ? "x-" + random.nextInt(60) : "cache-control";
          String value = text(random, random.nextInt(random.nextInt(10) == 0 ? 3000 : 40));
          headers.add(name, value);
        }
        headers.forEach(e -> wanted.add(e.getKey() + "=" + e.getValue()));
        ByteBuf out = Unpooled.buffer();
        encoder.encodeHeaders(1, headers, out);
        byte[] block = ByteBufUtil.getBytes(out);
        assertEquals(HpackDecoder.DONE, decode(block, 1 << 20, 256));
        assertEquals(wanted.stream().sorted().toList(), fields.stream().sorted().toList());
      }
    }
  }

  private static String text(Random random, int length) {
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) (random.nextInt(8) == 0 ? random.nextInt(256) : 'a' + random.nextInt(26)));
    }
    return text.toString();
  }

  @Test
  void nettyReadsWhatItWrites() throws Exception {
    var netty = new DefaultHttp2HeadersDecoder(false, 1 << 20);
    HpackEncoder encoder = HpackEncoder.ofLoop();
    for (int round = 0; round < 3; round++) {
      encoder.begin(round == 0);
      encoder.status(200 + round * 204);
      encoder.number(HpackStatic.CONTENT_LENGTH, round * 1_234_567_890_123L);
      encoder.literal(HpackStatic.PATH, "/a?b".getBytes(StandardCharsets.US_ASCII), 0, 4);
      byte[] lines = ("Cookie: a=b\r\nX-Long:   " + "v".repeat(300) + "\r\nVia:\r\n").getBytes();
      encoder.lines(Unpooled.wrappedBuffer(lines));
      Http2Headers headers =
          netty.decodeHeaders(1, Unpooled.wrappedBuffer(encoder.block(), 0, encoder.length()));
      assertEquals(String.valueOf(200 + round * 204), headers.status().toString());
      assertEquals(
          String.valueOf(round * 1_234_567_890_123L), headers.get("content-length").toString());
      assertEquals("a=b", headers.get("cookie").toString());
      assertEquals("v".repeat(300), headers.get("x-long").toString());
      assertEquals(0, headers.get("via").length());
      assertEquals(6, headers.size());
    }
  }

  @Test
  void everyStringIsTheSameCompressedAndBack() {
    var random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      byte[] text = new byte[random.nextInt(60)];
      random.nextBytes(text);
      byte[] code = Huffman.encode(text);
      byte[] out = new byte[Huffman.longest(code.length) + 1];
      int end = Huffman.decode(code, 0, code.length, out, 0);
      assertArrayEquals(text, java.util.Arrays.copyOf(out, end));
    }
  }

  @Test
  void refusesWhatIsNoCompression() {
    List<String> invalid =
        List.of(
            "80", // index 0
            "be", // an entry that is not there
            "ff ff ff ff ff ff 0f", // an integer without end
            "40 05 61", // a string that is cut
            "40 81 18 01 61", // a Huffman string with zeros behind it
            "40 81 ff ff 01 61", // a whole byte of padding
            "40 84 ff ff ff ff 01 61", // the end of string itself
            "82 20", // a table size behind a field
            "3f e2 1f"); // a table size over what was announced
    for (String block : invalid) {
      assertEquals(HpackDecoder.INVALID, decode(block), block);
    }
  }

  @Test
  void countsWhatAHeadHasAndKeepsTheTableInStep() {
    // One field enters the table, then it is referred to by one byte, many times.
    byte[] bomb = new byte[2 + 3 + 100 + 20_000];
    bomb[0] = 0x40;
    bomb[1] = 1;
    bomb[2] = 'x';
    bomb[3] = 100;
    java.util.Arrays.fill(bomb, 4, 104, (byte) 'v');
    java.util.Arrays.fill(bomb, 104, bomb.length, (byte) 0xbe);
    var head = new Trailers();
    assertEquals(HpackDecoder.TOO_LARGE, decoder.decode(bomb, 0, bomb.length, head, 65_536, 256));
    assertEquals(256, fields.size());
    assertTrue(head.bytes().length < 70_000, "head takes " + head.bytes().length);
    assertEquals(HpackDecoder.TOO_LARGE, decode(bomb, 1000, 1 << 20));
    assertEquals(HpackDecoder.DONE, decode("be"));
    assertEquals(List.of("x=" + "v".repeat(100)), fields);
  }

  @Test
  void forgetsEntriesThatDoNotFit() {
    var table = new HpackDynamic(200);
    byte[] bytes = "abcdefghijklmnopqrstuvwxyz".repeat(10).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 1000; i++) {
      table.add(bytes, i % 26, 3, i % 20, 10 + i % 50);
      assertTrue(table.count() <= 4);
      assertEquals(13 + i % 50, table.length(0));
      assertEquals(bytes[i % 26], table.bytes()[table.start(0)]);
      int oldest = table.count() - 1;
      assertEquals(bytes[(i - oldest) % 26], table.bytes()[table.start(oldest)]);
    }
    assertTrue(table.footprint() < 1500);
    table.add(bytes, 0, 100, 0, 100);
    assertEquals(0, table.count());
  }
}
