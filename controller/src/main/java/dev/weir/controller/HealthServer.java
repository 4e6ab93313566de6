package dev.weir.controller;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// `/live`, `/ready` and `/metrics` of the controller.
final class HealthServer {
  private final HttpServer server;

  /// @param notReady what is missing; empty when the controller is ready
  /// @param metrics in Prometheus' text format
  HealthServer(String host, int port, Supplier<List<String>> notReady, Supplier<String> metrics)
      throws IOException {
    server =
        HttpServer.create(
            host.equals("*") ? new InetSocketAddress(port) : new InetSocketAddress(host, port), 16);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/live", exchange -> answer(exchange, "/live", 200, "live\n"));
    server.createContext(
        "/ready",
        exchange -> {
          List<String> missing = notReady.get();
          answer(
              exchange,
              "/ready",
              missing.isEmpty() ? 200 : 503,
              missing.isEmpty() ? "ready\n" : String.join("\n", missing) + "\n");
        });
    server.createContext("/metrics", exchange -> answer(exchange, "/metrics", 200, metrics.get()));
  }

  void start() {
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  void stop() {
    server.stop(0);
  }

  private static void answer(HttpExchange exchange, String path, int status, String body)
      throws IOException {
    try (exchange) {
      boolean known = exchange.getRequestURI().getPath().equals(path);
      boolean get = exchange.getRequestMethod().equals("GET");
      int code = !known ? 404 : !get ? 405 : status;
      byte[] bytes = (code == status ? body : code + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(code, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}
