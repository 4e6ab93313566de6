package dev.weir.proxy.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
}
