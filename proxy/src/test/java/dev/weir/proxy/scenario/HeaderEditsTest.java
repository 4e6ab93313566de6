package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Header edits from the manifest to the bytes that arrive.
class HeaderEditsTest {
  private static final String OK =
      "HTTP/1.1 200 OK\r\nServer: secret\r\nX-Powered-By: secret\r\nContent-Length: 2\r\n\r\nok";

  @TempDir Path directory;
  private final int port = Ports.free();

  @Test
  void theExampleDoesWhatItSays() throws Exception {
    try (var one = RawOrigin.start();
        var two = RawOrigin.start()) {
      var file = directory.resolve("headers.yaml");
      Files.writeString(
          file,
          Files.readString(Path.of("../examples/headers.yaml"))
              .replace("port: 80\n", "port: " + port + "\n      address: 127.0.0.1\n")
              .replace(
                  "address: 192.168.1.100, port: 80", "address: 127.0.0.1, port: " + one.port())
              .replace(
                  "address: 192.168.1.101, port: 80", "address: 127.0.0.1, port: " + two.port())
              .replace("    - name: web\n", "    - name: web\n      health: {enabled: false}\n"));
      try (var proxy = ProxyProcess.config(file).start();
          var wire = Wire.connect(port)) {
        var local = wire.socket().getLocalPort();
        wire.send(
            "GET / HTTP/1.1\r\nHost: shop.test\r\nProxy: evil\r\nx-client: evil\r\nX-Debug: 1\r\n"
                + "Via: 1.0 old\r\nX-Request-Id: evil\r\nAccept: */*\r\n\r\n");
        var to = one.accept();
        var head = to.readHead();
        var id = Objects.requireNonNull(head.first("X-Request-Id"));
        assertTrue(id.matches("[0-9a-f]{32}"), id);
        assertEquals(
            """
            GET / HTTP/1.1
            Host: shop.test
            Via: 1.0 old
            Accept: */*
            X-Forwarded-For: 127.0.0.1
            X-Forwarded-Proto: http
            X-Forwarded-Host: shop.test
            X-Client: 127.0.0.1:%d
            X-Request-Id: %s
            Via: 1.1 http
            """
                .formatted(local, id),
            text(head));
        to.send(OK);
        wire.expect(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Frame-Options: DENY\r\nX-Request-Id: "
                + id
                + "\r\nX-Served-By: web-1, 100% Weir\r\n\r\nok");
        assertEquals(id, logged(proxy, 1).path("requestId").asText());
      }
    }
  }

  private static String text(dev.weir.proxy.testkit.Head head) {
    var text = new StringBuilder(head.startLine()).append('\n');
    head.fields().forEach(f -> text.append(f.name()).append(": ").append(f.value()).append('\n'));
    return text.toString();
  }

  private static JsonNode logged(ProxyProcess proxy, int line) throws Exception {
    Await.until("a line", () -> Files.readAllLines(proxy.accessLog()).size() >= line);
    return new JsonMapper().readTree(Files.readAllLines(proxy.accessLog()).get(line - 1));
  }

  @Test
  void editsChangeUnderAnOpenConnection() throws Exception {
    try (var origin = RawOrigin.start()) {
      var file = directory.resolve("weir.yaml");
      ConfigFile.replace(file, manifest(origin, "[]", "[]"));
      try (var proxy = ProxyProcess.config(file).start();
          var wire = Wire.connect(port)) {
        wire.get("/1");
        var to = origin.accept();
        assertEquals(List.of(), to.readHead().all("X-Listener"));
        to.send(OK);
        assertEquals("secret", wire.readResponse().head().first("Server"));
        assertTrue(logged(proxy, 1).path("requestId").isMissingNode());
        change(proxy, file, manifest(origin, "[{name: X-Listener, value: '1'}]", "[]"));
        wire.get("/2");
        assertEquals("1", to.readHead().first("X-Listener"));
        to.send(OK);
        assertEquals("secret", wire.readResponse().head().first("Server"));
        change(proxy, file, manifest(origin, "[]", "[Server]"));
        wire.get("/3");
        var head = to.readHead();
        assertEquals(List.of(), head.all("X-Listener"));
        to.send(OK);
        var response = wire.readResponse();
        assertFalse(response.head().lists("Server", "secret"));
        assertEquals("ok", response.body());
      }
    }
  }

  private static void change(ProxyProcess proxy, Path file, String text) throws Exception {
    int before = proxy.state().path("generation").asInt();
    ConfigFile.replace(file, text);
    proxy.awaitState("the next one", state -> state.path("generation").asInt() > before);
  }

  private String manifest(RawOrigin origin, String set, String remove) {
    return Yaml.loadBalancer(
        "web",
        List.of(Yaml.listener("http", port, "requestHeaders: {set: " + set + "}")),
        List.of(
            Yaml.pool(
                "web",
                List.of(Yaml.endpoint(origin.port())),
                Yaml.UNCHECKED,
                "responseHeaders: {remove: " + remove + "}")));
  }
}
