package dev.weir.proxy.corpus;

import dev.weir.proxy.testkit.Head;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a client got for a response of the corpus.
///
/// @param status of the balancer's own refusal; 0 when there was none
/// @param messages what came of the origin, in order
/// @param cut whether the last response ended in the middle
/// @param sentinel whether the request behind it got its own answer
/// @param end how the connection ended: `closed` or `open`
record Relayed(int status, List<Message> messages, boolean cut, boolean sentinel, String end) {
  private static final String SENTINEL =
      "GET /sentinel HTTP/1.1\r\nHost: sentinel\r\nConnection: close\r\n\r\n";

  /// No response of the corpus has it: it is the balancer's own.
  private static final int BAD_GATEWAY = 502;

  static Relayed of(Case one, int port, ReplayingOrigin origin, Duration patience)
      throws IOException {
    origin.answer(one);
    var messages = new ArrayList<Message>();
    int status = 0;
    boolean cut = false;
    boolean sentinel = false;
    String end = "closed";
    String method = one.request().substring(0, one.request().indexOf(' '));
    try (var wire = Wire.connect(port).patience(patience)) {
      wire.send(one.request() + SENTINEL);
      boolean answered = false;
      while (!sentinel) {
        Head head = wire.readHead();
        String of = answered ? "GET" : method;
        answered |= head.status() >= 200;
        byte[] body;
        try {
          body = wire.responseBody(head, of).readAllBytes();
        } catch (SocketTimeoutException e) {
          end = "open";
          break;
        } catch (IOException | NumberFormatException e) {
          cut = true;
          break;
        }
        if (head.first("X-Sentinel") != null) {
          sentinel = new String(body, StandardCharsets.ISO_8859_1).equals("sentinel");
        } else if (head.status() == BAD_GATEWAY) {
          status = head.status();
        } else {
          messages.add(Message.of("" + head.status(), "", body));
        }
      }
    } catch (SocketTimeoutException e) {
      end = "open";
    } catch (IOException e) {
      end = "closed";
    }
    return new Relayed(status, messages, cut, sentinel, end);
  }

  /// What the corpus wants of us.
  static Relayed wanted(Case one) {
    boolean served = !one.cut() && (one.status() != 0 || !one.last());
    return new Relayed(one.status(), one.messages(), one.cut(), served, "closed");
  }

  /// What is wrong with it; empty when it is what the corpus wants.
  String differs(Case one) {
    Relayed wanted = wanted(one);
    return equals(wanted)
        ? ""
        : one + ": wanted " + wanted + " but got " + this + " for " + Escapes.show(one.send());
  }
}
