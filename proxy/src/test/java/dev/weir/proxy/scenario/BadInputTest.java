package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Everything that people write into a manifest by mistake, put before a proxy that serves: it says
/// what is wrong, in words that name field and value, and goes on with what it has.
class BadInputTest {
  @TempDir static Path directory;
  private static final int PORT = Ports.free();
  private static final int OTHER = Ports.free();
  private static Origin origin;
  private static Origin second;
  private static ProxyProcess proxy;

  /// What `/state` says while the good file is in force.
  private static String digest;

  @BeforeAll
  static void start() throws IOException {
    origin = Origin.start("s1");
    second = Origin.start("s2");
    ConfigFile.replace(file(), Yaml.web(PORT, origin));
    proxy = ProxyProcess.config(file()).start();
    digest = proxy.state().path("digest").asText();
  }

  @AfterAll
  static void stop() throws IOException {
    proxy.close();
    origin.close();
    second.close();
  }

  private static Path file() {
    return directory.resolve("weir.yaml");
  }

  /// Puts a bad file in place: it is refused with all `words` in one problem, what ran runs on, a
  /// good file then applies.
  private static void refused(String text, String... words) throws Exception {
    var before = proxy.state();
    ConfigFile.replace(file(), text);
    var state =
        proxy.awaitState(
            "refused", s -> s.path("refused").asInt() > before.path("refused").asInt());
    assertEquals(before.path("generation"), state.path("generation"));
    var problems = state.path("lastRefused").path("problems");
    assertTrue(
        problems
            .valueStream()
            .anyMatch(p -> List.of(words).stream().allMatch(p.toString()::contains)),
        () -> "wanted " + List.of(words) + " in " + problems);
    proxy.awaitLogged(words[words.length - 1]);
    assertEquals("s1", LoadClient.fetch(PORT, "/"));
    ConfigFile.replace(file(), Yaml.web(PORT, second));
    Await.until("good file applies", () -> LoadClient.fetch(PORT, "/").equals("s2"));
    ConfigFile.replace(file(), Yaml.web(PORT, origin));
    Await.until("and another", () -> LoadClient.fetch(PORT, "/").equals("s1"));
  }

  @BeforeEach
  void serving() throws Exception {
    if (Files.isDirectory(file())) {
      Files.deleteIfExists(file().resolve("not-a-manifest"));
      Files.delete(file());
    }
    // another first, so that what serves afterwards is this file and not what a test left behind
    ConfigFile.replace(file(), Yaml.web(PORT, second));
    Await.until("another", () -> LoadClient.fetch(PORT, "/").equals("s2"));
    ConfigFile.replace(file(), good());
    Await.until("serving", () -> LoadClient.fetch(PORT, "/").equals("s1"));
    // a loop serves it a moment before all do
    proxy.awaitState("in force", s -> s.path("digest").asText().equals(digest));
  }

  private static String good() {
    return Yaml.web(PORT, origin);
  }

  @Test
  void unknownField() throws Exception {
    refused(good().replace("rise: 2", "raise: 2"), "spec.pools[web].health", "raise");
  }

  @Test
  void wrongType() throws Exception {
    refused(good().replace("port: " + PORT, "port: [80]"), "spec.listeners[http].port");
  }

  @Test
  void valueOutOfRange() throws Exception {
    refused(good().replace("port: " + PORT, "port: 70000"), "port", "70000");
  }

  @Test
  void wrongDuration() throws Exception {
    refused(good().replace("interval: 100ms", "interval: 100"), "interval", "100");
  }

  @Test
  void wrongEnumValue() throws Exception {
    refused(
        good().replace("address: 127.0.0.1}", "address: 127.0.0.1, protocol: http}"),
        "protocol",
        "http");
  }

  @Test
  void duplicateName() throws Exception {
    var text =
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener("http", PORT, "defaultPool: web"),
                Yaml.listener("http", OTHER, "defaultPool: web")),
            List.of(Yaml.pool("web", Yaml.FAST, origin)));
    refused(text, "listeners", "http");
  }

  @Test
  void referenceToAMissingPool() throws Exception {
    var text =
        Yaml.loadBalancer(
            "web",
            List.of(Yaml.listener("http", PORT, "defaultPool: shop")),
            List.of(Yaml.pool("web", Yaml.FAST, origin)));
    refused(text, "spec.listeners[http].defaultPool", "shop");
  }

  @Test
  void emptyPoolIsAppliedWithAWarningAndAnswers503() throws Exception {
    ConfigFile.replace(file(), Yaml.web(PORT));
    Await.until("applied", () -> LoadClient.status(PORT, "/") == 503);
    proxy.awaitLogged("spec.pools[web].endpoints: the pool has no endpoint");
  }

  @Test
  void portConflictInsideALoadBalancer() throws Exception {
    var text =
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener("one", PORT, "defaultPool: web"),
                Yaml.listener("two", PORT, "defaultPool: web")),
            List.of(Yaml.pool("web", Yaml.FAST, origin)));
    refused(text, "two", Integer.toString(PORT));
  }

  @Test
  void portOfOurOwn() throws Exception {
    var own = proxy.healthPort();
    var text =
        Yaml.loadBalancer(
            "web",
            List.of(Yaml.listener("http", PORT), Yaml.listener("mine", own)),
            List.of(Yaml.pool("web", Yaml.FAST, origin)));
    refused(text, "mine", Integer.toString(own));
  }

  @Test
  void brokenYaml() throws Exception {
    refused(good() + "  - [", "weir.yaml");
  }

  @Test
  void anotherKindOfDocument() throws Exception {
    refused(good().replace("kind: LoadBalancer", "kind: LoadBalancr"), "there is no LoadBalancer");
    proxy.awaitLogged("LoadBalancr");
  }

  @Test
  void unreadableFile() throws Exception {
    var before = proxy.state().path("refused").asInt();
    Files.delete(file());
    Files.createDirectory(file());
    Files.createFile(file().resolve("not-a-manifest"));
    proxy.awaitState("refused", s -> s.path("refused").asInt() > before);
    assertEquals("s1", LoadClient.fetch(PORT, "/"));
    Files.delete(file().resolve("not-a-manifest"));
    Files.delete(file());
    ConfigFile.replace(file(), Yaml.web(PORT, second));
    Await.until("good file applies", () -> LoadClient.fetch(PORT, "/").equals("s2"));
    ConfigFile.replace(file(), good());
    Await.until("and another", () -> LoadClient.fetch(PORT, "/").equals("s1"));
  }

  @Test
  void portConflictBetweenTwoLeavesTheFirstServing(@TempDir Path other) throws Exception {
    var port = Ports.free();
    ConfigFile.replace(other.resolve("a.yaml"), Yaml.web(port, origin));
    var later = Yaml.web(port, second).replace("name: web}", "name: zoo}");
    ConfigFile.replace(other.resolve("b.yaml"), later);
    try (var two = ProxyProcess.config(other).launch()) {
      Await.until(
          "the first serves",
          Duration.ofSeconds(30),
          () -> LoadClient.fetch(port, "/").equals("s1"));
      Await.until(
          "the conflict is named",
          () -> two.logged("port %d on 127.0.0.1 is taken".formatted(port)));
      for (var i = 0; i < 4; i++) {
        assertEquals("s1", LoadClient.fetch(port, "/"));
      }
    }
  }

  @Test
  void occupiedPortFailsThatListenerOnlyAndRecovers(@TempDir Path other) throws Exception {
    var port = Ports.free();
    try (var occupant = Origin.start("occupant")) {
      var text =
          Yaml.loadBalancer(
              "web",
              List.of(Yaml.listener("free", port), Yaml.listener("taken", occupant.port())),
              List.of(Yaml.pool("web", Yaml.FAST, origin)));
      var config = other.resolve("weir.yaml");
      ConfigFile.replace(config, text);
      try (var half = ProxyProcess.config(config).launch()) {
        Await.until(
            "the free one serves",
            Duration.ofSeconds(30),
            () -> LoadClient.fetch(port, "/").equals("s1"));
        var state = half.awaitState("bind error", s -> s.toString().contains("\"bound\":false"));
        for (var listener : state.path("listeners")) {
          var taken = listener.path("name").asText().equals("taken");
          assertEquals(!taken, listener.path("bound").asBoolean(), state::toString);
          assertEquals(!taken, listener.path("error").isNull(), state::toString);
        }
        occupant.close();
        Await.until(
            "the port is taken when it is free",
            Duration.ofSeconds(20),
            () -> LoadClient.fetch(occupant.port(), "/").equals("s1"));
      }
    }
  }

  @Test
  void unresolvableNameIsAnUnhealthyEndpointWithAReason(@TempDir Path other) throws Exception {
    var port = Ports.free();
    var text =
        Yaml.loadBalancer(
            "web",
            List.of(Yaml.listener("http", port)),
            List.of(
                Yaml.pool(
                    "web",
                    List.of(
                        "{address: no-such-host.invalid, port: 80}", Yaml.endpoint(origin.port())),
                    Yaml.FAST)));
    var config = other.resolve("weir.yaml");
    ConfigFile.replace(config, text);
    try (var named = ProxyProcess.config(config).start()) {
      for (var i = 0; i < 4; i++) {
        assertEquals("s1", LoadClient.fetch(port, "/"));
      }
      named.awaitHealth("default/web/web", "no-such-host.invalid:80", false);
      var entry = named.endpoint("default/web/web", "no-such-host.invalid:80");
      assertTrue(
          entry != null && entry.path("reason").asText().toLowerCase().contains("resol"),
          () -> String.valueOf(entry));
    }
  }

  @Test
  void optionsAreRefusedAllAtOnceWithExitCode64() throws Exception {
    var outcome =
        ProxyProcess.run("proxy", "--loops", "many", "--colour", "green", "--drain-delay", "soon");
    assertEquals(64, outcome.exit(), outcome.output());
    for (var word : List.of("--loops", "many", "--colour", "--drain-delay", "soon", "--config")) {
      assertTrue(outcome.output().contains(word), outcome.output());
    }
    assertFalse(outcome.output().contains("\tat "), outcome.output());
  }

  @Test
  void checkNamesEveryProblemWithItsLine() throws Exception {
    var bad = directory.resolve("bad.txt.yaml");
    var text =
        """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: web}
        spec:
          listeners:
            - {name: http, port: 80, colour: green}
            - {name: tcp, port: 99999, protocol: TCP}
          pools:
            - name: web
              endpoints: [{address: 10.0.0.1, port: 80}]
        """;
    Files.writeString(bad, text);
    try {
      var outcome = ProxyProcess.run("check", bad.toString());
      assertEquals(1, outcome.exit(), outcome.output());
      assertTrue(outcome.output().contains("bad.txt.yaml:6: "), outcome.output());
      assertTrue(outcome.output().contains("bad.txt.yaml:7: "), outcome.output());
      Files.writeString(bad, text.replace(", colour: green", "").replace("99999", "99"));
      assertEquals(0, ProxyProcess.run("check", bad.toString()).exit());
    } finally {
      Files.delete(bad);
    }
  }
}
