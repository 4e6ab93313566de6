package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Round robin as a person with curl sees it, and a server that dies under load.
class AlternationTest {
  @TempDir Path directory;

  @Test
  void twentyOneShotRequestsAlternateExactlyWithTwoLoops() throws Exception {
    var port = Ports.free();
    try (var s1 = Origin.start("s1");
        var s2 = Origin.start("s2");
        var proxy = ProxyProcess.config(config(Yaml.web(port, s1, s2))).loops(2).start()) {
      var answers = new ArrayList<String>();
      for (var i = 0; i < 20; i++) {
        answers.add(LoadClient.fetch(port, "/"));
      }
      assertNotEquals(answers.get(0), answers.get(1));
      for (var i = 2; i < 20; i++) {
        assertEquals(answers.get(i - 2), answers.get(i), () -> answers + proxy.describe());
      }
    }
  }

  @Test
  void requestsOfOneKeptConnectionAlternateToo() throws Exception {
    var port = Ports.free();
    try (var s1 = Origin.start("s1");
        var s2 = Origin.start("s2");
        var proxy = ProxyProcess.config(config(Yaml.web(port, s1, s2))).start();
        var client = Wire.connect(port)) {
      var first = client.get("/").readResponse().body();
      for (var i = 1; i < 20; i++) {
        var answer = client.get("/").readResponse().body();
        assertEquals(i % 2 == 0, answer.equals(first), () -> answer + proxy.describe());
      }
      assertEquals(Map.of("s1", 10L, "s2", 10L), Map.of("s1", s1.requests(), "s2", s2.requests()));
    }
  }

  @Test
  void killingAServerUnderLoadLosesNoRequestAndItsReturnIsNoticed() throws Exception {
    var port = Ports.free();
    try (var s1 = Origin.start("s1");
        var s2 = Origin.start("s2");
        var proxy = ProxyProcess.config(config(Yaml.web(port, s1, s2))).start();
        var load = LoadClient.on(port)) {
      load.keepAlive(4, "/", Duration.ofMillis(2)).oneShot(2, "/", Duration.ofMillis(2));
      Await.until("both answer", () -> s1.requests() > 50 && s2.requests() > 50);
      s1.kill();
      proxy.awaitHealth("default/web/web", s1.authority(), false);
      var served = load.succeeded();
      Await.until("served by the other", () -> load.succeeded() > served + 100);
      s1.revive();
      proxy.awaitHealth("default/web/web", s1.authority(), true);
      var before = s1.requests();
      Await.until("the returned server answers", () -> s1.requests() > before + 50);
      load.stopFlawless(200);
    }
  }

  private Path config(String text) throws Exception {
    return Files.writeString(directory.resolve("weir.yaml"), text);
  }
}
