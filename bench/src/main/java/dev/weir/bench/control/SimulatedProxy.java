package dev.weir.bench.control;

import dev.weir.config.stream.Digest;
import dev.weir.config.stream.Frame;
import dev.weir.config.stream.FrameCodec;
import dev.weir.config.stream.InvalidFrameException;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.UnboundListener;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A proxy that speaks the stream over TLS, keeps nothing and says at once that it runs what it was
/// sent.
final class SimulatedProxy implements WebSocket.Listener {
  private final BiConsumer<SimulatedProxy, String> upserted;
  private final StringBuilder partial = new StringBuilder();
  private final StringBuilder bodies = new StringBuilder();
  private final boolean curious;
  private volatile long commits;
  private boolean acked;

  /// @param curious whether upserts are read and handed on at their commit
  private SimulatedProxy(boolean curious, BiConsumer<SimulatedProxy, String> upserted) {
    this.curious = curious;
    this.upserted = upserted;
  }

  /// Connects.
  ///
  /// @param upserted is told, at each commit, the bodies of its upserts; null for nobody
  static SimulatedProxy connect(
      HttpClient client,
      int port,
      String token,
      ProxyGroup group,
      String name,
      @Nullable BiConsumer<SimulatedProxy, String> upserted) {
    var proxy =
        new SimulatedProxy(upserted != null, upserted == null ? (p, bodies) -> {} : upserted);
    WebSocket socket =
        client
            .newWebSocketBuilder()
            .header("Authorization", "Bearer " + token)
            .buildAsync(URI.create("wss://127.0.0.1:" + port + group.path()), proxy)
            .join();
    send(
        socket,
        new Frame.Hello(
            name,
            "simulated",
            Frame.PROTOCOL,
            false,
            null,
            Digest.EMPTY,
            Collections.unmodifiableSortedMap(new TreeMap<>()),
            0));
    return proxy;
  }

  /// How many deltas it got.
  long commits() {
    return commits;
  }

  private static void send(WebSocket socket, Frame frame) {
    socket.sendText(new String(FrameCodec.encode(frame), StandardCharsets.UTF_8), true).join();
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      String text = partial.toString();
      partial.setLength(0);
      received(socket, text);
    }
    socket.request(1);
    return null;
  }

  private void received(WebSocket socket, String text) {
    if (text.startsWith("{\"frame\":\"upsert\"")) {
      if (curious) {
        bodies.append(text);
      }
      return;
    }
    try {
      switch (FrameCodec.fromController(text.getBytes(StandardCharsets.UTF_8))) {
        case Frame.Commit commit -> {
          commits++;
          upserted.accept(this, bodies.toString());
          bodies.setLength(0);
          var unbound = acked ? null : List.<UnboundListener>of();
          acked = true;
          send(
              socket,
              new Frame.Ack(
                  commit.version(), commit.digest(), Frame.Result.Applied, List.of(), unbound, 0));
        }
        case Frame.Tickets ignored -> {}
        case Frame.Ping() -> send(socket, new Frame.Pong());
        case Frame.Refused(String reason) -> throw new IllegalStateException(reason);
        case Frame.Welcome welcome -> {}
        case Frame.Begin begin -> {}
        case Frame.Observe observe -> {}
        case Frame.Upsert upsert -> {}
        case Frame.Remove remove -> {}
      }
    } catch (InvalidFrameException e) {
      throw new IllegalStateException(text, e);
    }
  }
}
