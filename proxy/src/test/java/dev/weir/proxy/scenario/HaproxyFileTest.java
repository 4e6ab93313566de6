package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A `haproxy.cfg` as the configuration of a running proxy.
class HaproxyFileTest {
  @TempDir Path directory;
  private final int port = Ports.free();

  private String cfg(Origin server, String more) {
    return """
        global
            maxconn 500
            log stdout format raw local0
        defaults
            log global
            mode http
            option httplog
            timeout connect 5s
            timeout client 50s
            timeout server 50s
        frontend Shop
            bind 127.0.0.1:%d
            default_backend apps
        backend apps
            server s1 127.0.0.1:%d check
            server spare "${SPARE}" check backup
        %s
        """
        .formatted(port, server.port(), more);
  }

  @Test
  void changesApplyAndAWrongFileChangesNothing() throws Exception {
    var file = directory.resolve("haproxy.cfg");
    try (var s1 = Origin.start("s1");
        var s2 = Origin.start("s2");
        var spare = Origin.start("spare")) {
      ConfigFile.replace(file, cfg(s1, ""));
      try (var proxy =
              ProxyProcess.config(file).environment("SPARE", "127.0.0.1:" + spare.port()).start();
          var load = LoadClient.on(port)) {
        load.keepAlive(1, "/", Duration.ofMillis(5));
        Await.until("s1 answers", () -> LoadClient.fetch(port, "/").equals("s1"));
        ConfigFile.replace(file, cfg(s2, ""));
        Await.until("s2 answers", () -> LoadClient.fetch(port, "/").equals("s2"));
        ConfigFile.replace(file, cfg(s1, "    cookie SRV insert"));
        var state = proxy.awaitState("refused", s -> s.path("refused").asInt() == 1);
        assertTrue(
            state.path("lastRefused").toString().contains("'cookie' keeps clients on a server"),
            state::toString);
        proxy.awaitLogged("haproxy.cfg:17: backend apps: 'cookie'");
        assertEquals("s2", LoadClient.fetch(port, "/"));
        s2.kill();
        Await.until(
            "the backup answers",
            Duration.ofSeconds(20),
            () -> LoadClient.fetch(port, "/").equals("spare"));
        load.stop();
        Await.until(
            "the log has HAProxy's format",
            () -> Files.readString(proxy.accessLog()).contains("shop apps/spare "));
      }
    }
  }
}
