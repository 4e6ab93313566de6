package dev.weir.proxy.http2;

import dev.weir.proxy.edit.MessageEdits;
import dev.weir.proxy.http1.Frontend;
import dev.weir.proxy.http1.Frontend.Limits;
import dev.weir.proxy.testkit.Http2Wire;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A proxy between clients that speak HTTP/1 and an origin that speaks HTTP/2, frame by frame.
abstract class Http2OriginScene {
  final List<Wire> clients = new ArrayList<>();
  RawOrigin origin;
  Frontend proxy;

  @BeforeEach
  void start() throws IOException {
    origin = RawOrigin.start();
    proxy = Frontend.http2(Limits.USUAL, MessageEdits.NONE, origin.port());
  }

  @AfterEach
  void stop() throws IOException {
    for (Wire client : clients) {
      client.close();
    }
    origin.close();
    proxy.close();
  }

  /// A client, which is closed at the end.
  Wire client() throws IOException {
    Wire client = Wire.connect(proxy.port());
    clients.add(client);
    return client;
  }

  /// The next connection of the proxy to the origin.
  Http2Wire accept(int... settings) throws IOException {
    return Http2Wire.accept(origin.accept(), settings);
  }

  /// Which path the next request is for.
  static String path(Http2Wire to) throws IOException {
    return to.readHeaders().stream()
        .filter(f -> f.startsWith(":path"))
        .findFirst()
        .orElseThrow()
        .substring(":path: ".length());
  }
}
