package dev.weir.controller;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `/live`, `/ready` and `/metrics` of the controller; and `/state/…`, which names what there is,
/// for those who are on the same machine or come through the API server's port forwarding: only
/// from a loopback address, asking for a loopback name, so that no page of the web can either.
final class HealthServer {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String JSON = "application/json";
  private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");
  private final HttpServer server;

  /// What is on the pages.
  interface Pages {
    /// What is missing; empty when the controller is ready.
    List<String> notReady();

    /// In Prometheus' text format.
    String metrics();

    /// What `/state/proxies` and `/state/endpoints` are made of; null while the controller starts.
    @Nullable StatePages state();

    /// Somebody asked for state who may not.
    void refused(String address, String reason);
  }

  HealthServer(String host, int port, Pages pages) throws IOException {
    server =
        HttpServer.create(
            host.equals("*") ? new InetSocketAddress(port) : new InetSocketAddress(host, port), 16);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    page("/live", () -> new Answer(200, TEXT, "live\n"));
    page("/ready", () -> ready(pages.notReady()));
    page("/metrics", () -> new Answer(200, TEXT, pages.metrics()));
    state("/state/proxies", pages, (state, query) -> state.proxies());
    state("/state/endpoints", pages, (state, query) -> state.endpoints(query));
  }

  private record Answer(int status, String type, String body) {}

  /// One page of state; null for nothing of that name.
  private interface StatePage {
    @Nullable String of(StatePages state, String loadBalancer);
  }

  private static Answer ready(List<String> missing) {
    return missing.isEmpty()
        ? new Answer(200, TEXT, "ready\n")
        : new Answer(503, TEXT, String.join("\n", missing) + "\n");
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

  private void page(String path, Supplier<Answer> answer) {
    server.createContext(path, exchange -> answer(exchange, path, ignored -> answer.get()));
  }

  private void state(String path, Pages pages, StatePage page) {
    server.createContext(
        path,
        exchange ->
            answer(
                exchange,
                path,
                asked -> {
                  if (!local(asked)) {
                    pages.refused(
                        asked.getRemoteAddress().getAddress().getHostAddress(),
                        path + " is for this machine and port forwarding alone");
                    return new Answer(403, TEXT, "only from this machine, or by port forwarding\n");
                  }
                  StatePages state = pages.state();
                  if (state == null) {
                    return new Answer(503, TEXT, "starting\n");
                  }
                  String body = page.of(state, loadBalancer(asked));
                  return body == null
                      ? new Answer(404, TEXT, "no such LoadBalancer\n")
                      : new Answer(200, JSON, body);
                }));
  }

  private static boolean local(HttpExchange exchange) {
    String host = exchange.getRequestHeaders().getFirst("Host");
    String name = host == null ? "" : host.replaceFirst(":[0-9]+$", "");
    return exchange.getRemoteAddress().getAddress().isLoopbackAddress() && LOCAL.contains(name);
  }

  private static String loadBalancer(HttpExchange exchange) {
    String query = exchange.getRequestURI().getRawQuery();
    String prefix = "load_balancer=";
    return query != null && query.startsWith(prefix)
        ? URLDecoder.decode(query.substring(prefix.length()), StandardCharsets.UTF_8)
        : "";
  }

  private static void answer(
      HttpExchange exchange, String path, Function<HttpExchange, Answer> page) throws IOException {
    try (exchange) {
      Answer answer;
      if (!exchange.getRequestURI().getPath().equals(path)) {
        answer = new Answer(404, TEXT, "404\n");
      } else if (!exchange.getRequestMethod().equals("GET")) {
        answer = new Answer(405, TEXT, "405\n");
      } else {
        answer = page.apply(exchange);
      }
      byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.type());
      exchange.sendResponseHeaders(answer.status(), bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}
