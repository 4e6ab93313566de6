package dev.weir.proxy.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.route.HostChoice;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Hosts as a proxy looks them up; [HostChoice] says what they mean.
class HostTableTest {
  private static final HostTable<String> TABLE =
      HostTable.of(
          Map.of("a.test", "a", "*.a.test", "under a", "*.b.a.test", "under b", "test", "test"),
          "rest");

  private static String find(String host) {
    byte[] bytes = ("xx" + host + "yy").getBytes(StandardCharsets.ISO_8859_1);
    return TABLE.find(bytes, 2, 2 + host.length());
  }

  @Test
  void aNameGoesBeforeTheLongestWildcardAndThatBeforeTheRest() {
    assertEquals("a", find("a.test"));
    assertEquals("a", find("A.Test"));
    assertEquals("under a", find("x.a.test"));
    assertEquals("under a", find("b.a.test"));
    assertEquals("under b", find("x.B.a.test"));
    assertEquals("under b", find("y.x.b.a.test"));
    assertEquals("test", find("test"));
  }

  @Test
  void whatNobodyNamesIsTheRests() {
    assertEquals("rest", find("b.test"));
    assertEquals("rest", find("xa.test"));
    assertEquals("rest", find("a.test."));
    assertEquals("rest", find(".a.test"));
    assertEquals("rest", find(""));
    assertEquals("rest", find("."));
    assertEquals("all", HostTable.of(Map.of(), "all").find(new byte[0], 0, 0));
  }

  @Test
  void itSaysWhatTheMeaningOfHostsSays() {
    var random = new Random(3);
    var words = List.of("a", "b", "c.a", "test", "x.test", "b.c.a");
    for (int i = 0; i < 3_000; i++) {
      var patterns = new TreeMap<String, String>();
      for (int n = random.nextInt(6); n > 0; n--) {
        String word = words.get(random.nextInt(words.size()));
        String pattern = random.nextBoolean() ? word : "*." + word;
        patterns.put(pattern, pattern);
      }
      String host =
          words.get(random.nextInt(words.size())) + "." + words.get(random.nextInt(words.size()));
      var bytes = host.getBytes(StandardCharsets.ISO_8859_1);
      String expected = HostChoice.best(patterns.keySet(), host);
      assertEquals(
          expected == null ? "rest" : expected,
          HostTable.of(patterns, "rest").find(bytes, 0, bytes.length),
          () -> host + " in " + patterns.keySet());
    }
  }
}
