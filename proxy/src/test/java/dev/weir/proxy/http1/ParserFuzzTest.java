package dev.weir.proxy.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.corpus.Case;
import dev.weir.proxy.corpus.Corpus;
import dev.weir.proxy.corpus.Escapes;
import dev.weir.proxy.corpus.Message;
import dev.weir.proxy.corpus.Mutations;
import dev.weir.proxy.corpus.NettyReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The parsers of heads and bodies against random messages that are made out of the corpus.
/// - Nothing throws, nothing leaks.
/// - However the bytes are cut, the verdict, the messages and their ends are the same.
/// - What is accepted means the same to Netty's decoder.
/// - What would be sent on means the same again, to ourselves and to Netty's decoder.
///
/// For `-Dfuzz.seconds` (12 when not given; `make fuzz`), from `-Dfuzz.seed`, which is printed.
class ParserFuzzTest {
  private static final double SECONDS =
      Double.parseDouble(System.getProperty("fuzz.seconds", "12"));
  private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());
  private static final int MOST_CUTS = 8;

  /// Checks what was made of some bytes.
  private interface Property {
    /// @return whether a message was accepted
    boolean check(byte[] bytes, Random random) throws IOException;
  }

  @Test
  void everyCaseOfTheCorpusIsRefusedForItsOwnReason() throws IOException {
    var problems = new ArrayList<String>();
    for (Case one : Corpus.load("requests")) {
      byte[] bytes = one.send().getBytes(StandardCharsets.ISO_8859_1);
      Reading reading = Reading.requests(bytes, whole(bytes));
      String reason = reading.refusal() == null ? null : reading.refusal().label();
      if (one.refused() && !Objects.equals(one.reason(), reason)) {
        problems.add(one + ": " + reason);
      }
      if (!one.last() && !one.messages().equals(reading.forwarded())) {
        problems.add(one + ": " + reading);
      }
    }
    assertEquals("", String.join("\n", problems));
  }

  @Test
  void requestsMeanTheSameHoweverTheyAreCutAndToNettyToo() throws IOException {
    run("requests", 0.75, ParserFuzzTest::request);
  }

  @Test
  void responsesMeanTheSameHoweverTheyAreCutAndToNettyToo() throws IOException {
    run("responses", 0.25, ParserFuzzTest::response);
  }

  private static void run(String kind, double share, Property property) throws IOException {
    var mutations = new Mutations(Corpus.load(kind));
    long end = System.nanoTime() + (long) (SECONDS * share * 1e9);
    long count = 0;
    long accepted = 0;
    while (System.nanoTime() < end) {
      var random = new Random(SEED + count);
      byte[] bytes = mutations.next(random);
      try {
        accepted += property.check(bytes, random) ? 1 : 0;
      } catch (RuntimeException | AssertionError e) {
        String shown = Escapes.show(new String(bytes, StandardCharsets.ISO_8859_1));
        throw new AssertionError(
            "-Dfuzz.seed=%d after %d: %s: %s".formatted(SEED, count, e.getMessage(), shown), e);
      }
      count++;
    }
    System.out.printf("fuzz: %d %s, %d accepted, -Dfuzz.seed=%d%n", count, kind, accepted, SEED);
    assertTrue(accepted > count / 10, "too few are accepted: " + accepted + " of " + count);
  }

  private static boolean request(byte[] bytes, Random random) throws IOException {
    Reading reading = Reading.requests(bytes, whole(bytes));
    sameWhenCut(bytes, random, reading, cuts -> read(() -> Reading.requests(bytes, cuts)));
    int accepted = reading.messages().size();
    if (accepted == 0) {
      return false;
    }
    byte[] clear = Arrays.copyOf(bytes, reading.ends().getLast());
    assertEquals(reading.messages(), netty(clear, NettyReader.requests()), "Netty's reading");
    byte[] sent = reading.sent();
    Reading again = Reading.forwarded(sent);
    assertEquals(reading.forwarded(), again.forwarded(), "our reading of what we send");
    assertEquals(sent.length, again.ends().getLast(), "what we send ends with its last message");
    assertEquals(
        reading.forwarded(),
        netty(sent, NettyReader.requests()),
        "Netty's reading of what we send");
    return true;
  }

  private static boolean response(byte[] bytes, Random random) throws IOException {
    Reading reading = Reading.responses(bytes, whole(bytes));
    sameWhenCut(bytes, random, reading, cuts -> read(() -> Reading.responses(bytes, cuts)));
    boolean switches = reading.messages().stream().anyMatch(m -> m.start().equals("101"));
    if (reading.messages().isEmpty() || switches) {
      return false;
    }
    byte[] clear = Arrays.copyOf(bytes, reading.ends().getLast());
    assertEquals(reading.messages(), netty(clear, NettyReader.responses()), "Netty's reading");
    return true;
  }

  private static void sameWhenCut(
      byte[] bytes, Random random, Reading reading, Function<int[], Reading> read) {
    int[] cuts = cuts(bytes.length, random);
    Reading cut = read.apply(cuts);
    assertTrue(
        reading.agrees(cut),
        () -> "cut at %s: %s, whole: %s".formatted(Arrays.toString(cuts), cut, reading));
    if (random.nextInt(8) == 0) {
      Reading single = read.apply(IntStream.rangeClosed(1, bytes.length).toArray());
      assertTrue(
          reading.agrees(single), () -> "byte by byte: %s, whole: %s".formatted(single, reading));
    }
  }

  /// A reading that may fail.
  private interface Attempt {
    Reading read() throws IOException;
  }

  private static Reading read(Attempt attempt) {
    try {
      return attempt.read();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int[] whole(byte[] bytes) {
    return new int[] {bytes.length};
  }

  private static int[] cuts(int length, Random random) {
    return IntStream.concat(
            random.ints(1 + random.nextInt(MOST_CUTS), 0, length + 1), IntStream.of(length))
        .sorted()
        .distinct()
        .toArray();
  }

  private static List<Message> netty(byte[] bytes, NettyReader reader) throws IOException {
    try (reader) {
      var messages = new ArrayList<>(reader.read(bytes, bytes.length));
      messages.addAll(reader.end());
      Throwable failure = reader.failure();
      if (failure != null) {
        throw new AssertionError("Netty refuses it: " + failure, failure);
      }
      return messages;
    }
  }
}
