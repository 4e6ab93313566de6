package dev.weir.proxy.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.ConfigJson;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.stream.Rejection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What a proxy refuses whoever sends it.
class ValidationTest {

  private static List<String> rejected(String before, String after) throws Exception {
    var resources = Configs.loadBalancer("ns/web", List.of(18080), 18081);
    var found = new ArrayList<Rejection>();
    new Validation("ns/web", Set.of(9901), found)
        .check(
            changed(resources.getFirst().body(), before, after, LoadBalancerConfig.class),
            Map.of(
                "ns/web/web",
                changed(resources.getLast().body(), before, after, EndpointsConfig.class)));
    return found.stream().map(r -> r.path() + " " + r.rule()).toList();
  }

  private static <T> T changed(byte[] body, String before, String after, Class<T> type)
      throws Exception {
    var text = new String(body, StandardCharsets.UTF_8).replace(before, after);
    return ConfigJson.read(text.getBytes(StandardCharsets.UTF_8), type);
  }

  @Test
  void goodOnesPass() throws Exception {
    assertEquals(List.of(), rejected("x", "x"));
  }

  @Test
  void editsThatWouldBreakMessagesAreRefused() throws Exception {
    assertEquals(
        List.of(
            "listeners[l18080].responseHeaders.set[X-A].value HeaderValueInvalid",
            "listeners[l18080].responseHeaders.remove[Content-Length] HeaderRefused"),
        rejected(
            "\"format\":\"None\",\"skipEmpty\":true}",
            "\"format\":\"None\",\"skipEmpty\":true},\"responseHeaders\":{\"set\":"
                + "[{\"name\":\"X-A\",\"value\":\"a\\r\\nX-B: b\"}],\"add\":[],"
                + "\"remove\":[\"Content-Length\"]}"));
  }

  @Test
  void namesThatWouldBreakHeadersAreRefused() throws Exception {
    assertEquals(
        List.of("pools[web].endpoints[127.0.0.1:18081].name InvalidName"),
        rejected("\"checked\":true", "\"checked\":true,\"name\":\"a\\r\\nX-B: b\""));
  }
}
