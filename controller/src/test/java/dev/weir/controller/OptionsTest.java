package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.controller.Options.UsageException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OptionsTest {

  @Test
  void withoutAnyItRunsInItsNamespaceAndManagesProxies() throws Exception {
    var options = Options.parse(List.of(), Map.of());
    assertEquals("weir-system", options.namespace());
    assertTrue(options.managed());
    assertEquals("weir-controller.weir-system.svc:9443", options.advertise());
    assertEquals(9902, options.healthPort());
    assertFalse(options.localEndpoints());
  }

  @Test
  void aFlagWinsOverItsEnvironmentVariable() throws Exception {
    var environment = Map.of("WEIR_NAMESPACE", "from-env", "WEIR_PROXY_IMAGE", "image:env");
    var options = Options.parse(List.of("--namespace=from-flag"), environment);
    assertEquals("from-flag", options.namespace());
    assertEquals("image:env", options.proxyImage());
  }

  @Test
  void whatIsAdvertisedGetsTheStreamsPortUnlessItNamesOne() throws Exception {
    var flags = List.of("--stream-address", "0.0.0.0:1443", "--advertise", "lb.example.com");
    assertEquals("lb.example.com:1443", Options.parse(flags, Map.of()).advertise());
    var own = List.of("--advertise", "10.0.0.1:7");
    assertEquals("10.0.0.1:7", Options.parse(own, Map.of()).advertise());
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    var flags =
        List.of("--proxy-mode", "both", "--health-address", "9902", "--wrong", "--kubeconfig");
    var problem = assertThrows(UsageException.class, () -> Options.parse(flags, Map.of()));
    assertEquals(
        """
        --wrong: there is no such option
        --kubeconfig: needs a value
        --health-address: 9902 is not HOST:PORT
        --proxy-mode: both is neither managed nor external""",
        problem.getMessage());
  }
}
