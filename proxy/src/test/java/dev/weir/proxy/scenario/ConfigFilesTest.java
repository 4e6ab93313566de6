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
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every way in which a configuration file changes, under a request a millisecond.
class ConfigFilesTest {
  /// A file is taken for whole when nobody has written to it for a tenth of a second. Two gaps as
  /// this test measures them make one as the proxy may see it.
  private static final Duration GAP = Duration.ofMillis(50);

  @TempDir Path directory;
  private final int port = Ports.free();
  private Origin s1;
  private Origin s2;

  @BeforeEach
  void startOrigins() throws IOException {
    s1 = Origin.start("s1");
    s2 = Origin.start("s2");
  }

  @AfterEach
  void stopOrigins() throws IOException {
    s1.close();
    s2.close();
  }

  @Test
  void aFileThatIsRenamedIntoPlaceAppliesAtOnce() throws Exception {
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, Yaml.web(port, s1));
    try (var proxy = ProxyProcess.config(file).start();
        var load = load()) {
      ConfigFile.replace(file, Yaml.web(port, s2));
      awaitAnswer("s2");
      ConfigFile.replace(file, Yaml.web(port, s1));
      awaitAnswer("s1");
      load.stopFlawless(10);
      assertEquals(0, proxy.state().path("refused").asInt());
    }
  }

  @Test
  void aConfigMapsSymlinkSwapApplies() throws Exception {
    ConfigFile.publish(directory, "weir.yaml", Yaml.web(port, s1));
    for (var config : List.of(directory, directory.resolve("weir.yaml"))) {
      try (var proxy = ProxyProcess.config(config).start();
          var load = load()) {
        ConfigFile.publish(directory, "weir.yaml", Yaml.web(port, s2));
        awaitAnswer("s2");
        ConfigFile.publish(directory, "weir.yaml", Yaml.web(port, s1));
        awaitAnswer("s1");
        load.stopFlawless(10);
        assertEquals(0, proxy.state().path("refused").asInt(), proxy::describe);
      }
    }
  }

  @Test
  void aFileThatIsWrittenInPlaceIsReadWhenItIsWhole() throws Exception {
    var file = directory.resolve("weir.yaml");
    Files.writeString(file, Yaml.web(port, s1));
    try (var proxy = ProxyProcess.config(file).start();
        var load = load()) {
      var text = Yaml.web(port, s2);
      var longest = 0L;
      var last = System.nanoTime();
      try (var writer = Files.newBufferedWriter(file, StandardOpenOption.TRUNCATE_EXISTING)) {
        for (var c : text.toCharArray()) {
          writer.write(c);
          writer.flush();
          var now = System.nanoTime();
          longest = Math.max(longest, now - last);
          last = now;
        }
      }
      awaitAnswer("s2");
      // Where this thread had no processor for long, a part may have been taken for the whole.
      if (longest < GAP.toNanos()) {
        load.stopFlawless(10);
        assertEquals(0, proxy.state().path("refused").asInt(), proxy::describe);
      }
    }
  }

  @Test
  void filesOfADirectoryComeAndGo() throws Exception {
    var other = Ports.free();
    ConfigFile.replace(directory.resolve("a.yaml"), Yaml.web(port, s1));
    try (var proxy = ProxyProcess.config(directory).start();
        var load = load()) {
      var second = Yaml.web(other, s2).replace("name: web}", "name: second}");
      ConfigFile.replace(directory.resolve("b.yaml"), second);
      Await.until("second is served", () -> LoadClient.fetch(other, "/").equals("s2"));
      Files.writeString(directory.resolve("notes.txt"), "no: manifest: {");
      Files.delete(directory.resolve("b.yaml"));
      Await.until("its port is closed", () -> refuses(other));
      load.stopFlawless(10);
      assertEquals(0, proxy.state().path("refused").asInt(), proxy::describe);
    }
  }

  @Test
  void aBrokenFileKeepsWhatRunsAndSaysWhere() throws Exception {
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, Yaml.web(port, s1));
    try (var proxy = ProxyProcess.config(file).start();
        var load = load()) {
      var generation = proxy.state().path("generation").asInt();
      ConfigFile.replace(file, Yaml.web(port, s2) + "  typo: 1\n");
      var state = proxy.awaitState("refused", s -> s.path("refused").asInt() == 1);
      assertEquals(generation, state.path("generation").asInt());
      var problem = state.path("lastRefused").path("problems").path(0);
      assertTrue(problem.path("path").asText().contains("typo"), state::toString);
      proxy.awaitLogged("typo");
      assertEquals("s1", LoadClient.fetch(port, "/"));
      assertEquals(200, proxy.healthStatus("/ready"));
      Files.delete(file);
      ConfigFile.replace(file, Yaml.web(port, s2));
      awaitAnswer("s2");
      load.stopFlawless(10);
    }
  }

  @Test
  void aFileThatVanishesKeepsWhatRuns() throws Exception {
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, Yaml.web(port, s1));
    try (var proxy = ProxyProcess.config(file).start();
        var load = load()) {
      Files.delete(file);
      proxy.awaitState("reported", s -> s.path("refused").asInt() == 1);
      assertEquals("s1", LoadClient.fetch(port, "/"));
      load.stopFlawless(1);
    }
  }

  @Test
  void aHangupReadsAgainWithoutHarm() throws Exception {
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, Yaml.web(port, s1));
    try (var proxy = ProxyProcess.config(file).start();
        var load = load()) {
      for (var i = 0; i < 5; i++) {
        proxy.signal("HUP");
      }
      ConfigFile.replace(file, Yaml.web(port, s2));
      proxy.signal("HUP");
      awaitAnswer("s2");
      assertTrue(proxy.alive());
      load.stopFlawless(10);
    }
  }

  @Test
  void aProxyThatCannotReadItsFirstConfigurationEndsAndSaysWhy() throws Exception {
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, Yaml.web(port, s1).replace("port: " + port, "port: none"));
    try (var proxy = ProxyProcess.config(file).launch()) {
      Await.until(
          "says why or ends", Duration.ofSeconds(30), () -> !proxy.alive() || proxy.logged("port"));
      Await.until("the message is out", () -> proxy.logged("spec.listeners[http].port"));
      assertFalse(proxy.logged("ready health="), proxy::describe);
      assertFalse(proxy.logged("\tat "), proxy::describe);
    }
  }

  private LoadClient load() throws Exception {
    var load = LoadClient.on(port);
    load.keepAlive(2, "/", Duration.ofMillis(2)).oneShot(1, "/", Duration.ofMillis(5));
    Await.until("load runs", () -> load.succeeded() > 5);
    return load;
  }

  private void awaitAnswer(String name) {
    Await.until("answers of " + name, () -> LoadClient.fetch(port, "/").equals(name));
  }

  private static boolean refuses(int port) {
    try {
      LoadClient.fetch(port, "/");
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
