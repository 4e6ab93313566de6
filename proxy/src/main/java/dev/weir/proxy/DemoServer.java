package dev.weir.proxy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// A little HTTP server that can be killed and revived. Thread: any.
final class DemoServer {
  private final String name;
  private final InetSocketAddress address;
  private @Nullable HttpServer running;

  DemoServer(String name, InetSocketAddress address) {
    this.name = name;
    this.address = address;
  }

  /// Where it listens, dead or alive.
  InetSocketAddress address() {
    return address;
  }

  /// Starts it when it is dead, kills it when it is alive.
  ///
  /// @return what was done, in words
  synchronized String toggle() throws IOException {
    return running == null ? revive() : kill();
  }

  synchronized String kill() {
    if (running == null) {
      return name + " is dead already";
    }
    running.stop(0);
    running = null;
    return name + " is dead";
  }

  synchronized String revive() throws IOException {
    if (running != null) {
      return name + " is alive already";
    }
    HttpServer server = HttpServer.create(address, 0);
    byte[] body =
        "hello from %s on port %d\n"
            .formatted(name, address.getPort())
            .getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
          exchange.sendResponseHeaders(200, body.length);
          try (var out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    running = server;
    return name + " is alive";
  }
}
