package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `make run` promises to a person who follows its words.
class DemoTest {
  private static final Pattern CALL = Pattern.compile("localhost:(\\d+)/kill/1");
  @TempDir Path directory;

  @Test
  void twentyCallsAlternateAndKillingAServerByCallOrKeyLosesNoRequest() throws Exception {
    var port = Ports.free();
    var endpoints = List.of(Yaml.endpoint(Ports.free()), Yaml.endpoint(Ports.free()));
    var text =
        Yaml.loadBalancer(
            "quickstart",
            List.of(Yaml.listener("http", port)),
            List.of(Yaml.pool("web", endpoints)));
    var manifest = Files.writeString(directory.resolve("demo.yaml"), text);
    try (var demo = ProxyProcess.demo(manifest).start();
        var load = LoadClient.on(port)) {
      var answers = new TreeMap<String, Integer>();
      for (var i = 0; i < 20; i++) {
        answers.merge(LoadClient.fetch(port, "/"), 1, Integer::sum);
      }
      assertEquals(List.of(10, 10), List.copyOf(answers.values()), answers::toString);

      load.oneShot(2, "/", Duration.ofMillis(5)).keepAlive(2, "/", Duration.ofMillis(5));
      Await.until("load runs", () -> load.succeeded() > 50);
      assertEquals(200, call(demo, "/kill/1"));
      onlyOneAnswers(port);
      assertEquals(200, call(demo, "/revive/1"));
      Await.until("both answer", Duration.ofSeconds(60), () -> differ(port));
      demo.type("2");
      onlyOneAnswers(port);
      demo.type("2");
      Await.until("both answer again", Duration.ofSeconds(60), () -> differ(port));
      load.stopFlawless(50);

      demo.signal("TERM");
      assertEquals(0, demo.awaitExit(Duration.ofSeconds(60)), demo::describe);
    }
  }

  private static void onlyOneAnswers(int port) {
    Await.until(
        "one server answers alone",
        Duration.ofSeconds(60),
        () -> {
          for (var i = 0; i < 10; i++) {
            if (differ(port)) {
              return false;
            }
          }
          return true;
        });
  }

  private static boolean differ(int port) throws IOException {
    return !LoadClient.fetch(port, "/").equals(LoadClient.fetch(port, "/"));
  }

  private static int call(ProxyProcess demo, String target) throws IOException {
    var words = CALL.matcher(String.join("\n", demo.log()));
    if (!words.find()) {
      throw new AssertionError("the demo names no call" + demo.describe());
    }
    try (var wire = Wire.connect(Integer.parseInt(words.group(1)))) {
      wire.send("POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      return wire.readResponse().status();
    }
  }
}
