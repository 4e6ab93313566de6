package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "5000,5000",
    "5000ms,5000",
    "1us,1",
    "1000us,1",
    "1500us,2",
    "5s,5000",
    "1m,60000",
    "1h,3600000",
    "2d,172800000",
    "2147483647,2147483647",
    "2147483647000us,2147483647",
    "24d,2073600000",
  })
  void timesHaveHaproxysUnits(String text, long millis) throws Exception {
    assertEquals(millis, Units.millis("'timeout x':", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1.5s", "1m30s", "5x", "s", "5 s", "5S", "0x10", "$T"})
  void otherTextsAreNoTimes(String text) {
    var refusal = assertThrows(Refusal.class, () -> Units.millis("'timeout x':", text));
    assertTrue(refusal.text().contains("is not a time"), refusal.text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"2147483648", "25d", "999999999999h", "2147483648000us", "999999999999999999d"})
  void timesBeyondHaproxysAreRefused(String text) {
    var refusal = assertThrows(Refusal.class, () -> Units.millis("'timeout x':", text));
    assertTrue(refusal.text().contains("24.8 days"), refusal.text());
  }

  @ParameterizedTest
  @CsvSource({
    "5000,5s",
    "50000,50s",
    "90000,1m30s",
    "86400000,24h",
    "1,1ms",
    "2147483647,596h31m23s647ms"
  })
  void manifestsSayTheSameTime(long millis, String text) {
    assertEquals(text, Units.duration(millis));
  }

  @Test
  void variablesOutsideQuotesGetAHint() {
    var refusal = assertThrows(Refusal.class, () -> Units.number("'weight'", "$W", 0, 256));
    assertTrue(refusal.text().contains("inside double quotes only: \"$W\""), refusal.text());
  }

  @Test
  void listsReadLikeSentences() {
    assertEquals("", Units.list(List.of()));
    assertEquals("a", Units.list(List.of("a")));
    assertEquals("a, b and c", Units.list(List.of("a", "b", "c")));
  }
}
