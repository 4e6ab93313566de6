package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Messages that two readers could understand differently: refused, the connection closed, the
/// origin left alone.
class RefusalTest {
  private static Lanes lanes;

  @BeforeAll
  static void start() throws IOException {
    lanes = Lanes.start(4, List.of(), List.of());
  }

  @AfterAll
  static void stop() throws IOException {
    lanes.close();
  }

  private static String post(String... lines) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + String.join("\r\n", lines) + "\r\n\r\n";
  }

  private static String head(String... lines) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + String.join("\r\n", lines) + "\r\n\r\n";
  }

  private static Map<String, String> ambiguousHeads() {
    var shapes = new LinkedHashMap<String, String>();
    shapes.put("length and chunked", post("Content-Length: 5", "Transfer-Encoding: chunked"));
    shapes.put("chunked and length", post("Transfer-Encoding: chunked", "Content-Length: 5"));
    shapes.put("chunked not last", post("Transfer-Encoding: chunked, identity"));
    shapes.put("chunked twice", post("Transfer-Encoding: chunked, chunked"));
    shapes.put("chunked in two lines", post("Transfer-Encoding: chunked", "Transfer-Encoding: x"));
    shapes.put("chunked and empty element", post("Transfer-Encoding: ,chunked"));
    shapes.put("xchunked", post("Transfer-Encoding: xchunked"));
    shapes.put("quoted chunked", post("Transfer-Encoding: \"chunked\""));
    shapes.put("VT before chunked", post("Transfer-Encoding: \u000bchunked"));
    shapes.put("empty coding", post("Transfer-Encoding:"));
    shapes.put("two lengths", post("Content-Length: 5", "Content-Length: 6"));
    shapes.put("two equal lengths", post("Content-Length: 5", "Content-Length: 5"));
    shapes.put("list of lengths", post("Content-Length: 5, 5"));
    for (var bad : List.of("", "+5", "-5", "0x5", "5 5", "5_0", "5a", "1e3", "٥", "5;")) {
      shapes.put("length '" + bad + "'", post("Content-Length: " + bad));
    }
    shapes.put("length overflow", post("Content-Length: 18446744073709551621"));
    shapes.put("space before colon", head("X-A : 1"));
    shapes.put("folded line", head("X-A: 1", " folded"));
    shapes.put("space before first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n");
    shapes.put("no colon", head("nonsense"));
    shapes.put("empty name", head(": 1"));
    shapes.put("NUL in value", head("X-A: a\u0000b"));
    shapes.put("CR in value", head("X-A: a\rb"));
    shapes.put("control in name", head("X\u0001A: 1"));
    shapes.put("8-bit in name", head("X\u00a0A: 1"));
    shapes.put("bare LF", "GET / HTTP/1.1\nHost: a\n\n");
    shapes.put("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n");
    shapes.put("tab", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n");
    shapes.put("bad method", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n");
    shapes.put("NUL first", "\u0000GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    shapes.put("no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n");
    shapes.put("relative target", "GET x HTTP/1.1\r\nHost: a\r\n\r\n");
    shapes.put("fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n");
    shapes.put("no host", "GET / HTTP/1.1\r\n\r\n");
    shapes.put("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    shapes.put("host with comma", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n");
    shapes.put("host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n");
    shapes.put("host with space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
    shapes.put("old and chunked", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
    return shapes;
  }

  @Test
  void ambiguousHeadsGet400AndTheOriginNeverHearsOfThem() throws Exception {
    var lane = lanes.next();
    var problems = new ArrayList<String>();
    ambiguousHeads()
        .forEach(
            (name, bytes) -> {
              var problem = refused(lane.port(), bytes, Set.of(400));
              if (!problem.isEmpty()) {
                problems.add(name + ": " + problem);
              }
            });
    assertEquals(List.of(), problems);
    assertTrue(lane.origin().quiet(Duration.ofMillis(100)), "the origin was contacted");
  }

  @Test
  void requestsThatAreClearButNotForUsSayWhy() throws Exception {
    var lane = lanes.next();
    var longTarget = "GET /" + "a".repeat(40_000) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    var manyHeaders = head("X-A: 1\r\n".repeat(300) + "X-B: 1");
    var wideHeader = head("X-A: " + "a".repeat(40_000));
    var cases = new LinkedHashMap<String, Set<Integer>>();
    cases.put("GET / HTTP/1.9\r\nHost: a\r\n\r\n", Set.of(400, 505));
    cases.put("GET / HTTP/2.0\r\nHost: a\r\n\r\n", Set.of(400, 505));
    cases.put("GET / http/1.1\r\nHost: a\r\n\r\n", Set.of(400, 505));
    cases.put("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", Set.of(400, 405, 501));
    cases.put("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", Set.of(405, 501));
    cases.put(post("Transfer-Encoding: gzip, chunked"), Set.of(400, 501));
    cases.put(longTarget, Set.of(414, 431));
    cases.put(manyHeaders, Set.of(431));
    cases.put(wideHeader, Set.of(431));
    var problems = new ArrayList<String>();
    cases.forEach(
        (bytes, statuses) -> {
          var problem = refused(lane.port(), bytes, statuses);
          if (!problem.isEmpty()) {
            problems.add(bytes.substring(0, Math.min(60, bytes.length())) + ": " + problem);
          }
        });
    assertEquals(List.of(), problems);
    assertTrue(lane.origin().quiet(Duration.ofMillis(100)), "the origin was contacted");
  }

  @Test
  void aBrokenChunkedBodyNeverBecomesACompleteRequestAtTheOrigin() throws Exception {
    var lane = lanes.next();
    var bodies =
        List.of(
            "0x5\r\nhello\r\n0\r\n\r\n",
            "+5\r\nhello\r\n0\r\n\r\n",
            "-1\r\nhello\r\n0\r\n\r\n",
            " 5\r\nhello\r\n0\r\n\r\n",
            "5xyz\r\nhello\r\n0\r\n\r\n",
            "\r\nhello\r\n0\r\n\r\n",
            "100000000000000005\r\nhello\r\n0\r\n\r\n",
            "5\nhello\r\n0\r\n\r\n",
            "5\r\nhelloX\r\n0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5;a\nb\r\nhello\r\n0\r\n\r\n",
            "5\r\nhello\r\n0\r\nBad Trailer\r\n\r\n",
            "5;" + "x".repeat(20_000) + "\r\nhello\r\n0\r\n\r\n");
    var problems = new ArrayList<String>();
    for (var body : bodies) {
      try (var client = lane.client()) {
        client.send(post("Transfer-Encoding: chunked") + body);
        var answer = client.input().readAllBytes();
        var text = new String(answer, 0, Math.min(answer.length, 12));
        if (!text.isEmpty() && !text.equals("HTTP/1.1 400")) {
          problems.add(body + " got " + text);
        }
      } catch (SocketTimeoutException e) {
        problems.add(body + " was not refused");
      } catch (IOException reset) {
        continue;
      }
    }
    assertEquals(List.of(), problems);
    while (!lane.origin().quiet(Duration.ofMillis(50))) {
      continue;
    }
    for (var wire : lane.origin().accepted()) {
      var seen = new String(wire.input().readAllBytes());
      assertTrue(!seen.contains("0\r\n\r\n"), seen);
    }
  }

  /// Empty when refused with one of the statuses and closed; what happened otherwise.
  private static String refused(int port, String bytes, Set<Integer> statuses) {
    try (var client = Wire.connect(port)) {
      client.send(bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
      var response = client.readResponse();
      if (!statuses.contains(response.status())) {
        return "status " + response.status();
      }
      if (response.body().isEmpty() || response.body().length() > 300) {
        return "body '" + response.body() + "'";
      }
      client.expectClosed();
      return "";
    } catch (IOException | AssertionError e) {
      return e.toString();
    }
  }
}
