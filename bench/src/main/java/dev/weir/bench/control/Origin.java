package dev.weir.bench.control;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.concurrent.Executors;

/// A server on an address of this machine that EndpointSlices may have, which answers with its
/// name.
final class Origin implements AutoCloseable {
  private final HttpServer server;

  Origin(String name) throws IOException {
    server = HttpServer.create(new InetSocketAddress(address(), 0), 64);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    byte[] body = ("origin-" + name).getBytes(StandardCharsets.US_ASCII);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
  }

  /// Not loopback, which no EndpointSlice may have.
  static String address() throws IOException {
    for (var network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (var address : Collections.list(network.getInetAddresses())) {
        if (address instanceof Inet4Address
            && !address.isLoopbackAddress()
            && !address.isLinkLocalAddress()) {
          return address.getHostAddress();
        }
      }
    }
    throw new IOException("this machine has no address but loopback");
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
