package dev.weir.config.manifest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.render.RenderOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Whatever stands in a file, reading and rendering end with findings and never throw.
class FuzzTest {
  private static final long SEED = 20260131;
  private static final int ROUNDS = 4000;
  private static final List<String> PIECES =
      List.of(
          "null",
          "{}",
          "[]",
          "-1",
          "99999999999999999999",
          "1e9",
          "on",
          "\"\"",
          ": ",
          "- ",
          "&a ",
          "*a",
          "<<: *a",
          "---",
          "\t",
          "\u0000",
          "\uD83D\uDE00",
          "|",
          "!!int x",
          "{a: b}",
          "[[[");

  @Test
  void mutatedExamplesNeverThrow() throws Exception {
    var seeds = new ArrayList<String>();
    for (var directory : List.of("../examples", "../examples/standalone", "../examples/invalid")) {
      try (var files = Files.list(Path.of(directory))) {
        for (var file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
          seeds.add(Files.readString(file));
        }
      }
    }
    var random = new Random(SEED);
    var options = RenderOptions.standalone(Set.of(9901));
    int failed = 0;
    for (int round = 0; round < ROUNDS; round++) {
      var text = mutate(seeds.get(random.nextInt(seeds.size())), random);
      try {
        var config = StandaloneConfig.render(ManifestReader.read("f", text), options);
        failed += config.failed() ? 1 : 0;
        assertTrue(
            config.failed() || !config.loadBalancers().isEmpty() || config.findings().size() > 0);
      } catch (RuntimeException e) {
        throw new AssertionError("round " + round + " throws for\n" + text, e);
      }
    }
    assertTrue(failed > ROUNDS / 10, "the mutations break something: " + failed);
  }

  private static String mutate(String seed, Random random) {
    var text = new StringBuilder(seed);
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + 1 + random.nextInt(12));
      switch (random.nextInt(4)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
        case 2 -> text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
        default -> text.insert(at, text.substring(at, end));
      }
      if (text.isEmpty()) {
        return "x";
      }
    }
    return text.toString();
  }
}
