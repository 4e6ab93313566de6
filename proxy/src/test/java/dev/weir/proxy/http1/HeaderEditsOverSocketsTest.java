package dev.weir.proxy.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.HeaderEditsConfig;
import dev.weir.config.HeaderEditsConfig.Field;
import dev.weir.config.ListenerConfig.Forwarded;
import dev.weir.config.ListenerConfig.ForwardedHeaders;
import dev.weir.proxy.edit.MessageEdits;
import dev.weir.proxy.edit.MessageEdits.Scope;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Edited heads as they arrive, byte for byte.
class HeaderEditsOverSocketsTest {
  private static final Forwarded NOT_FORWARDED =
      new Forwarded(ForwardedHeaders.None, List.of("0.0.0.0/0"));
  private static final String OK = "HTTP/1.1 204 No Content\r\n\r\n";

  private static HeaderEditsConfig edits(List<Field> set, List<Field> add, String... remove) {
    return new HeaderEditsConfig(set, add, List.of(remove));
  }

  private static Field field(String name, String value) {
    return new Field(name, value);
  }

  private static Scope request(HeaderEditsConfig edits) {
    return new Scope(edits, null);
  }

  private static Scope response(HeaderEditsConfig edits) {
    return new Scope(null, edits);
  }

  private static void forwards(
      Forwarded forwarded, MessageEdits edits, String sent, String received) throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(edits, forwarded, origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send(sent);
      var to = origin.accept();
      to.expect(received.replace("{port}", Integer.toString(wire.socket().getLocalPort())));
      to.send(OK);
      wire.expect(OK);
    }
  }

  private static void answers(HeaderEditsConfig edits, String sent, String received)
      throws Exception {
    try (var origin = RawOrigin.start();
        var proxy =
            Frontend.http(MessageEdits.of("http", response(edits)), NOT_FORWARDED, origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.get("/");
      var to = origin.accept();
      to.readHead();
      to.send(sent);
      wire.expect(received);
    }
  }

  @Test
  void allFieldsOfANameThatIsRemovedOrSetGoWhateverTheirCaseAndSpelling() throws Exception {
    var edits =
        edits(
            List.of(field("X-Client", "%{client.address}:%{client.port}")),
            List.of(field("Via", "weir")),
            "x-debug");
    forwards(
        NOT_FORWARDED,
        MessageEdits.of("http", request(edits)),
        "GET / HTTP/1.1\r\nX-Debug: 1\r\nHost: a\r\nx-client: evil\r\nAccept: */*\r\nX-DEBUG: 2\r\n"
            + "X_Client: evil\r\nVia: before\r\nX-Debugger: stays\r\nX-DEBUG:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nVia: before\r\nX-Debugger: stays\r\n"
            + "X-Client: 127.0.0.1:{port}\r\nVia: weir\r\n\r\n");
  }

  @Test
  void laterScopesSeeWhatEarlierOnesMade() throws Exception {
    var listener =
        edits(
            List.of(field("X-A", "listener"), field("X-B", "listener")),
            List.of(field("X-C", "listener")));
    var route = edits(List.of(field("x-a", "route")), List.of(field("X-D", "route")), "X-C");
    var pool = edits(List.of(), List.of(field("X-A", "pool")), "X-B");
    forwards(
        NOT_FORWARDED,
        MessageEdits.of("http", request(listener), request(route), request(pool)),
        "GET / HTTP/1.1\r\nHost: a\r\nX-C: client\r\nX-D: client\r\nX-B: client\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX-D: client\r\nx-a: route\r\nX-D: route\r\nX-A: pool\r\n\r\n");
  }

  @Test
  void editsSeeTheForwardingFields() throws Exception {
    var trusting = new Forwarded(ForwardedHeaders.XForwarded, List.of("127.0.0.0/8"));
    var edits = edits(List.of(field("X-Forwarded-Proto", "https")), List.of(), "X-Forwarded-For");
    forwards(
        trusting,
        MessageEdits.of("http", request(edits)),
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: ftp\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: a\r\nX-Forwarded-Proto: https\r\n\r\n");
    forwards(
        trusting,
        MessageEdits.of(
            "http", request(edits(List.of(), List.of(field("X-Forwarded-For", "10.0.0.1"))))),
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 127.0.0.1\r\n"
            + "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n");
    forwards(
        new Forwarded(ForwardedHeaders.Forwarded, List.of()),
        MessageEdits.of("http", request(edits(List.of(), List.of(), "Forwarded"))),
        "GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=192.0.2.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  @Test
  void framingAndConnectionStayOurs() throws Exception {
    var edits = edits(List.of(field("X-Set", "1")), List.of(), "X-Hop");
    forwards(
        NOT_FORWARDED,
        MessageEdits.of("http", request(edits)),
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: X-Hop, X-Set\r\nX-Set: evil\r\nX-Hop: 1\r\n"
            + "TE: trailers\r\nContent-Length: 2\r\n\r\nok",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nX-Set: 1\r\n"
            + "Connection: TE\r\nTE: trailers\r\n\r\nok");
  }

  @Test
  void aVariableOfEachKindIsReplaced() throws Exception {
    var edits =
        edits(
            List.of(
                field("X-All", "100%% %{listener}/%{endpoint} %{client.address} %{client.port}!")),
            List.of());
    forwards(
        NOT_FORWARDED,
        MessageEdits.of("front", request(edits)),
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX-All: 100% front/s0 127.0.0.1 {port}!\r\n\r\n");
  }

  @Test
  void aRequestHasOneIdInRequestAndResponseAndTheNextAnother() throws Exception {
    var id = edits(List.of(field("X-Id", "%{request.id}")), List.of());
    try (var origin = RawOrigin.start();
        var proxy =
            Frontend.http(
                MessageEdits.of("http", new Scope(id, id)), NOT_FORWARDED, origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.get("/");
      var to = origin.accept();
      var first = to.readHead().first("X-Id");
      to.send(OK);
      assertEquals(first, wire.readResponse().head().first("X-Id"));
      wire.get("/");
      var second = to.readHead().first("X-Id");
      to.send(OK);
      assertEquals(second, wire.readResponse().head().first("X-Id"));
      assertTrue(Pattern.matches("[0-9a-f]{32}", String.valueOf(first)));
      assertNotEquals(first, second);
    }
  }

  @Test
  void aRequestThatIsSentAgainIsEditedOnce() throws Exception {
    var edits = edits(List.of(field("X-Id", "%{endpoint}")), List.of(field("X-Add", "1")), "X-A");
    try (var origin = RawOrigin.start();
        var proxy =
            Frontend.http(MessageEdits.of("http", request(edits)), NOT_FORWARDED, origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.get("/");
      var to = origin.accept();
      to.readHead();
      to.send(OK);
      wire.expect("HTTP/1.1 204 No Content\r\n\r\n");
      wire.send("GET /2 HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-Id: 2\r\n\r\n");
      to.readHead();
      to.close();
      var again = origin.accept();
      again.expect("GET /2 HTTP/1.1\r\nHost: a\r\nX-Id: s0\r\nX-Add: 1\r\n\r\n");
      again.send(OK);
      wire.expect(OK);
    }
  }

  @Test
  void responsesAreEdited() throws Exception {
    answers(
        edits(
            List.of(field("Server", "weir"), field("X-Frame-Options", "DENY")),
            List.of(field("Set-Cookie", "b=2")),
            "X-Powered-By"),
        "HTTP/1.1 200 OK\r\nServer: x\r\nX-Powered-By: y\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\n"
            + "SERVER: z\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\nServer: weir\r\n"
            + "X-Frame-Options: DENY\r\nSet-Cookie: b=2\r\n\r\nok");
  }

  @Test
  void interimResponsesAndTrailersAreNot() throws Exception {
    answers(
        edits(List.of(field("X-A", "set")), List.of(), "Link"),
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nLink: y\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nLink: z\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nX-A: set\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nLink: z\r\n\r\n");
  }

  @Test
  void theAnswerToAnUpgradeIs() throws Exception {
    var edits = edits(List.of(field("X-A", "set")), List.of(), "Server");
    try (var origin = RawOrigin.start();
        var proxy =
            Frontend.http(MessageEdits.of("http", response(edits)), NOT_FORWARDED, origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send(
          "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n");
      var to = origin.accept();
      to.readHead();
      to.send(
          "HTTP/1.1 101 Switching Protocols\r\nServer: x\r\nUpgrade: websocket\r\n"
              + "Connection: Upgrade\r\n\r\n");
      wire.expect(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-A: set\r\n"
              + "Connection: Upgrade\r\n\r\n");
    }
  }

  @Test
  void repliesOfOurOwnAreNot() throws Exception {
    var edits = edits(List.of(field("X-A", "set")), List.of());
    try (var origin = RawOrigin.start();
        var proxy =
            Frontend.http(MessageEdits.of("http", response(edits)), NOT_FORWARDED, origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.get("/");
      try (var to = origin.accept()) {
        to.readHead();
        to.send("nonsense\r\n\r\n");
      }
      var reply = wire.readResponse();
      assertEquals(502, reply.status());
      assertEquals(null, reply.head().first("X-A"));
    }
  }
}
