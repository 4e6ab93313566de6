package dev.weir.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which of its destinations a route chooses, for scripted random numbers.
class RouteTest {
  private static int chosen(List<Integer> weights, int random) {
    return Route.choose(Route.bounds(weights), random);
  }

  @ParameterizedTest
  @CsvSource({
    // the first and the last number of each share of 95 to 5
    "0x00000000, 0",
    "0xF3333333, 0",
    "0xF3333334, 1",
    "0xFFFFFFFF, 1",
  })
  void sharesAreCutAtTheirWeights(String random, int destination) {
    assertEquals(destination, chosen(List.of(95, 5), (int) (long) Long.decode(random)));
  }

  @Test
  void everyWeightGetsItsShareOfEvenlySpacedNumbers() {
    var weights = List.of(3, 0, 1, 1_000_000, 7, 0);
    var counts = new long[weights.size()];
    int step = 4_099;
    long numbers = 0;
    for (long random = 0; random < 1L << 32; random += step) {
      counts[chosen(weights, (int) random)]++;
      numbers++;
    }
    long sum = weights.stream().mapToLong(weight -> weight).sum();
    for (int i = 0; i < counts.length; i++) {
      double wanted = (double) weights.get(i) * numbers / sum;
      assertEquals(wanted, counts[i], 2 + wanted * 0.001);
    }
    assertEquals(0, counts[1] + counts[5]);
  }

  @Test
  void withoutAnyWeightItLeadsNowhere() {
    assertTrue(Route.to(List.of(), List.of()).nowhere());
    assertTrue(Route.to(List.of(), List.of(0, 0)).nowhere());
    assertFalse(Route.to(List.of(), List.of(0, 0)).chooses());
  }
}
