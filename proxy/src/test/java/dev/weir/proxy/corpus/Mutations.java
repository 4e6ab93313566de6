package dev.weir.proxy.corpus;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Makes new messages out of those of the corpus. Pure but for its source of chance.
public final class Mutations {
  private static final int LONGEST_SEED = 4096;
  private static final int MOST_STEPS = 6;
  private static final byte[] ODD_BYTES =
      "\r\n\0\t\u000b\u000c\u007f\u0080\u00a0\u00ff :;,=\"\\#%?/*[]@+-0123456789abcdefxX"
          .getBytes(StandardCharsets.ISO_8859_1);
  private static final List<byte[]> WORDS =
      List.of(
              "\r\n",
              "\r\n\r\n",
              "\n",
              "\r",
              "0\r\n\r\n",
              "5\r\nhello\r\n",
              "5;a=\"b\"\r\nhello\r\n",
              "Content-Length: 5\r\n",
              "Content-Length: 0\r\n",
              "Transfer-Encoding: chunked\r\n",
              "Transfer-Encoding:",
              "Host: a\r\n",
              "Connection: close\r\n",
              "Connection: Upgrade\r\nUpgrade: websocket\r\n",
              "Expect: 100-continue\r\n",
              "X-A: b\r\n",
              " chunked",
              ", chunked",
              "HTTP/1.0",
              "HTTP/1.1",
              "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
              "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
              "http://a",
              "ffffffffffffffff",
              "00000000000000000000",
              "99999999999999999999")
          .stream()
          .map(word -> word.getBytes(StandardCharsets.ISO_8859_1))
          .toList();

  private final List<byte[]> good;
  private final List<byte[]> all;

  /// @param cases what to start from
  public Mutations(List<Case> cases) {
    good =
        cases.stream()
            .filter(c -> !c.refused())
            .map(Mutations::bytes)
            .filter(Mutations::isShort)
            .toList();
    all = cases.stream().map(Mutations::bytes).filter(Mutations::isShort).toList();
  }

  private static byte[] bytes(Case of) {
    return of.send().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static boolean isShort(byte[] seed) {
    return seed.length <= LONGEST_SEED;
  }

  /// A new message, or several in a row.
  public byte[] next(Random random) {
    byte[] bytes = pick(random);
    if (random.nextInt(4) == 0) {
      bytes = join(bytes, pick(random));
    }
    for (int steps = random.nextInt(MOST_STEPS); steps > 0; steps--) {
      bytes = step(bytes, random);
    }
    return bytes;
  }

  private byte[] pick(Random random) {
    List<byte[]> from = random.nextInt(3) == 0 ? all : good;
    return from.get(random.nextInt(from.size()));
  }

  private byte[] step(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length + 1);
    int to = Math.min(bytes.length, at + random.nextInt(12));
    byte[] head = Arrays.copyOf(bytes, at);
    byte[] tail = Arrays.copyOfRange(bytes, at, bytes.length);
    return switch (random.nextInt(8)) {
      case 0 -> at == bytes.length ? bytes : changed(bytes, at, (byte) random.nextInt(256));
      case 1 -> at == bytes.length ? bytes : changed(bytes, at, odd(random));
      case 2 -> join(head, new byte[] {odd(random)}, tail);
      case 3, 4 -> join(head, WORDS.get(random.nextInt(WORDS.size())), tail);
      case 5 -> join(head, Arrays.copyOfRange(bytes, to, bytes.length));
      case 6 -> join(head, Arrays.copyOfRange(bytes, at, to), tail);
      default -> {
        byte[] other = pick(random);
        yield join(head, Arrays.copyOfRange(other, random.nextInt(other.length + 1), other.length));
      }
    };
  }

  private static byte odd(Random random) {
    return ODD_BYTES[random.nextInt(ODD_BYTES.length)];
  }

  private static byte[] changed(byte[] bytes, int at, byte to) {
    byte[] copy = bytes.clone();
    copy[at] = to;
    return copy;
  }

  private static byte[] join(byte[]... parts) {
    var joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }
}
