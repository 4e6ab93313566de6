package dev.weir.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.stream.ProxyGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptionsParserTest {
  @TempDir Path directory;

  @Test
  void defaultsAreThoseOfTheReference() {
    ProxyOptions options = good("--config", "web.yaml");
    assertEquals(List.of(Path.of("web.yaml")), options.config());
    assertEquals("127.0.0.1:9901", options.health().toString());
    assertEquals(Path.of("/run/weir/admin.sock"), options.adminSocket());
    assertEquals(Duration.ZERO, options.drainDelay());
    assertEquals(Duration.ofSeconds(30), options.drainTimeout());
    assertNull(options.loops());
    assertNull(options.maxConnections());
    assertNull(options.controller());
    assertEquals("host", options.proxyId());
  }

  @Test
  void theEnvironmentSpeaksWhereNoOptionDoes() {
    var result =
        parse(
            Map.of("WEIR_LOOPS", "3", "WEIR_CONFIG", "a.yaml", "WEIR_LOG", ""),
            "--loops=2",
            "--health-address",
            "[::1]:0");
    ProxyOptions options = result.options();
    assertNotNull(options, result.problems()::toString);
    assertEquals(2, options.loops());
    assertEquals(List.of(Path.of("a.yaml")), options.config());
    assertNull(options.log());
    assertEquals("[::1]:0", options.health().toString());
  }

  @Test
  void aControllerNeedsAGroupAndSomebodyToTrust() {
    ProxyOptions options =
        good("--controller", "weir.weir-system:9443", "--fleet", "edge", "--ca-file", "ca.pem");
    var controller = options.controller();
    assertNotNull(controller);
    assertEquals(new ProxyGroup.Fleet("edge"), controller.group());
    assertNull(controller.identityFile());
    assertEquals(9443, controller.address().port());
    problems(
        List.of("--controller", "weir:9443"),
        "--controller needs one of --fleet and --load-balancer",
        "--controller needs --ca-file: whom to trust");
    problems(
        List.of("--controller", "weir", "--load-balancer", "shop", "--ca-file", "ca.pem"),
        "--controller 'weir' is not HOST:PORT",
        "--load-balancer 'shop' is not NAMESPACE/NAME");
    problems(
        List.of("--config", "a", "--fleet", "edge"),
        "--fleet means something only together with --controller");
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    problems(
        List.of(
            "--config",
            "a",
            "--loops",
            "many",
            "--colour",
            "green",
            "--drain-delay",
            "soon",
            "x",
            "--health-address",
            "here",
            "--admin-address",
            "127.0.0.1:9902",
            "--log"),
        "--colour is not an option",
        "'x' belongs to no option",
        "--log needs a value: stdout|stderr|FILE",
        "--admin-address needs --admin-token-file: /state is not for everybody",
        "--health-address 'here' is not IP:PORT",
        "--loops 'many' is not a number from 1 to 1024",
        "--drain-delay 'soon' is not a duration such as 5s or 1m30s");
  }

  @Test
  void withoutAnOptionTheUsualPlacesAreLookedAt() throws IOException {
    Path manifests = Files.createDirectory(directory.resolve("weir"));
    Path haproxy = directory.resolve("haproxy.cfg");
    var parser = new OptionsParser(List.of(manifests, haproxy), "host");
    var nothing = parser.parse(List.of(), Map.of()).problems();
    assertEquals(1, nothing.size());
    assertTrue(nothing.getFirst().contains("--config"), nothing::toString);
    assertTrue(nothing.getFirst().contains("mount"), nothing::toString);
    Files.writeString(haproxy, "");
    assertEquals(List.of(haproxy), options(manifests, haproxy).config());
    Files.writeString(manifests.resolve("web.yaml"), "");
    var both = new OptionsParser(List.of(manifests, haproxy), "host").parse(List.of(), Map.of());
    assertTrue(both.problems().getFirst().contains("both in " + manifests), both::toString);
    Files.delete(haproxy);
    assertEquals(List.of(manifests), options(manifests, haproxy).config());
  }

  @Test
  void everyOptionIsInTheReference() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "reference", "proxy.md"));
    OptionsParser.FLAGS.forEach(
        (flag, value) ->
            assertTrue(
                page.contains("| `" + flag + " " + value.replace("|", "\\|") + "` |"), flag));
  }

  private static ProxyOptions options(Path... defaults) {
    var result = new OptionsParser(List.of(defaults), "host").parse(List.of(), Map.of());
    assertNotNull(result.options(), result.problems()::toString);
    return result.options();
  }

  private static OptionsParser.Result parse(Map<String, String> environment, String... arguments) {
    return new OptionsParser(List.of(Path.of("/none/1"), Path.of("/none/2")), "host")
        .parse(List.of(arguments), environment);
  }

  private static ProxyOptions good(String... arguments) {
    var result = parse(Map.of(), arguments);
    assertNotNull(result.options(), result.problems()::toString);
    return result.options();
  }

  private static void problems(List<String> arguments, String... expected) {
    var result = parse(Map.of(), arguments.toArray(String[]::new));
    assertNull(result.options());
    assertEquals(List.of(expected), result.problems());
  }
}
