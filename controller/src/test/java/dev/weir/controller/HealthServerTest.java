package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Needs;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who gets what from the controller's health port: health and metrics everybody, state nobody but
/// this machine, whatever they say of themselves.
class HealthServerTest {
  private static final List<String> STATE =
      List.of("/state/proxies", "/state/endpoints?load_balancer=web/shop");

  private final List<String> refused = new CopyOnWriteArrayList<>();
  private HealthServer server;

  @BeforeEach
  void start() throws Exception {
    server =
        new HealthServer(
            "*",
            0,
            new HealthServer.Pages() {
              @Override
              public List<String> notReady() {
                return List.of();
              }

              @Override
              public String metrics() {
                return "metrics\n";
              }

              @Override
              public @Nullable StatePages state() {
                return null;
              }

              @Override
              public void refused(String address, String reason) {
                refused.add(address + " " + reason);
              }
            });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Nothing: 1",
        "Authorization: Bearer token:weir-system:edge-fleet-weir:weir-controller",
        "X-Forwarded-For: 127.0.0.1",
        "Forwarded: for=127.0.0.1"
      })
  void stateIsRefusedToOtherMachinesWhateverTheySay(String header) throws Exception {
    String own = TestCluster.address().getHostAddress();
    Needs.that(!own.startsWith("127."), "an address of this machine that is not loopback");
    for (String page : STATE) {
      refused.clear();
      assertEquals(403, status(own, "GET", page, own, header), page);
      assertEquals(403, status(own, "GET", page, "localhost", header), page);
      assertEquals(2, refused.size(), refused.toString());
      assertTrue(refused.getFirst().startsWith(own + " /state/"), refused.toString());
    }
    assertEquals(200, status(own, "GET", "/ready", own, header));
    assertEquals(200, status(own, "GET", "/live", own, header));
    assertEquals(200, status(own, "GET", "/metrics", own, header));
  }

  @Test
  void stateIsRefusedToPagesOfTheWebThatAskThisMachine() throws Exception {
    for (String page : STATE) {
      assertEquals(403, status("127.0.0.1", "GET", page, "weir.example.com", "X-Nothing: 1"));
      assertEquals(503, status("127.0.0.1", "GET", page, "localhost:9902", "X-Nothing: 1"));
    }
    assertEquals(2, refused.size(), refused.toString());
  }

  @Test
  void nothingElseIsThereAndNothingCanBeChanged() throws Exception {
    for (String path : List.of("/", "/state", "/state/", "/metrics/x", "/stream/v1/fleets/edge")) {
      assertEquals(404, status("127.0.0.1", "GET", path, "localhost", "X-Nothing: 1"), path);
    }
    for (String method : List.of("POST", "PUT", "DELETE", "HEAD")) {
      for (String page : List.of("/ready", "/metrics", STATE.getFirst())) {
        assertEquals(405, status("127.0.0.1", method, page, "localhost", "X-Nothing: 1"), page);
      }
    }
  }

  private int status(String address, String method, String target, String host, String header)
      throws IOException {
    try (var socket = new Socket(address, server.port())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                  .formatted(method, target, host, header)
                  .getBytes(StandardCharsets.US_ASCII));
      var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return Integer.parseInt(answer.substring(9, 12));
    }
  }
}
