package dev.weir.proxy.corpus;

import dev.weir.proxy.testkit.Head;
import dev.weir.proxy.testkit.Wire;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a balancer did with a case, as seen from both sides.
///
/// @param status of its own refusal; 0 when there was none
/// @param forwarded what reached the other side, the sentinel left out
/// @param sentinel whether the request behind the case was served
/// @param end how the client's connection ended: `closed`, `reset`, `open`
record Verdict(int status, List<Message> forwarded, boolean sentinel, String end) {
  private static final String SENTINEL =
      "GET /sentinel HTTP/1.1\r\nHost: sentinel\r\nConnection: close\r\n\r\n";
  private static final Message SEEN = Message.of("GET /sentinel", "sentinel", "");

  /// Sends a request of the corpus, and behind it a sentinel that must be served exactly when
  /// nothing was refused and the connection stays open.
  static Verdict ofRequest(Case of, int port, RecordingOrigin origin, Duration patience)
      throws IOException {
    int status = 0;
    String end = "closed";
    try (var wire = Wire.connect(port).patience(patience)) {
      try {
        send(wire, of);
        while (true) {
          Head head = wire.readHead();
          if (head.status() >= 400) {
            status = head.status();
          }
          if (head.status() >= 200 && head.status() != 204) {
            wire.input().readAllBytes();
          }
        }
      } catch (SocketTimeoutException e) {
        end = "open";
      } catch (EOFException e) {
        end = "closed";
      } catch (IOException e) {
        end = "reset";
      }
    }
    var forwarded = new ArrayList<>(origin.take());
    boolean sentinel = forwarded.remove(SEEN);
    return new Verdict(status, forwarded, sentinel, end);
  }

  private static void send(Wire wire, Case of) throws IOException {
    byte[] bytes = of.send().getBytes(StandardCharsets.ISO_8859_1);
    if (of.closes()) {
      wire.send(bytes).endOutput();
    } else {
      wire.send(of.send() + SENTINEL);
    }
  }

  /// What the corpus wants of us.
  static Verdict wanted(Case of) {
    return new Verdict(of.status(), of.messages(), !of.last() && !of.closes(), "closed");
  }

  /// What is wrong with it; empty when it is what the corpus wants.
  String differs(Case of) {
    Verdict wanted = wanted(of);
    if (status == wanted.status
        && forwarded.equals(wanted.forwarded)
        && sentinel == wanted.sentinel
        && !end.equals("open")) {
      return "";
    }
    return of + ": wanted " + wanted + " but got " + this + " for " + Escapes.show(of.send());
  }
}
