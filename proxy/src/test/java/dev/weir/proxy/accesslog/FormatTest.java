package dev.weir.proxy.accesslog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.proxy.message.Failure;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The bytes of log lines; the examples in HAProxy's formats are those of its documentation.
class FormatTest {
  private static final long START = System.nanoTime();
  private final Line line = new Line();
  private final Dates dates =
      new Dates(
          ZoneId.of("Europe/Berlin"),
          () -> Instant.parse("2026-02-06T11:14:14.655500Z"),
          () -> START);

  @Test
  void httplogIsHaproxysByteForByte() {
    assertEquals(
        "10.0.0.9:51234 [06/Feb/2026:12:14:14.655] web apps/s1 0/0/1/12/14 200 512 - - ----"
            + " 3/3/2/1/0 0/0 \"GET /a?b=c HTTP/1.1\"\n",
        http(record()));
  }

  @Test
  void timersThatWereNotReachedAreMinusOneAndAMissingServerSaysSo() {
    var record = record();
    record.endpoint = null;
    record.connected = 0;
    record.responded = 0;
    record.status = 503;
    record.failure = Failure.CONNECT_FAILED;
    record.retries = 3;
    record.redispatched = true;
    assertEquals(
        "10.0.0.9:51234 [06/Feb/2026:12:14:14.655] web apps/<NOSRV> 0/0/-1/-1/14 503 512 - - SC--"
            + " 3/3/2/1/+3 0/0 \"GET /a?b=c HTTP/1.1\"\n",
        http(record));
  }

  @Test
  void whatCouldNotBeParsedIsBadreqOfTheFrontend() {
    var record = record();
    record.clear();
    record.started = START;
    record.ended = START + TimeUnit.MILLISECONDS.toNanos(5);
    record.status = 400;
    record.bytesOut = 187;
    record.failure = Failure.BAD_REQUEST;
    assertEquals(
        "10.0.0.9:51234 [06/Feb/2026:12:14:14.655] web web/<NOSRV> -1/-1/-1/-1/5 400 187 - - PR--"
            + " 0/0/0/0/0 0/0 \"<BADREQ>\"\n",
        http(record));
  }

  @Test
  void aQuoteOrAControlCharacterInTheTargetIsEscapedAsThere() {
    var record = record();
    head(record, "GET", "/a\"b#\u007f\u00e9", 0);
    assertTrue(http(record).endsWith("\"GET /a#22b#23#7F#E9 HTTP/1.0\"\n"));
    head(record, "GET", "/" + "x".repeat(3000), 1);
    assertTrue(http(record).length() < 1300);
  }

  @Test
  void tcplogIsHaproxysByteForByte() {
    var record = record();
    HaproxyFormat.tcp(line.clear(), dates, record);
    assertEquals(
        "10.0.0.9:51234 [06/Feb/2026:12:14:14.655] web apps/s1 0/1/14 512 -- 3/3/2/1/0 0/0\n",
        text());
    record.client(new InetSocketAddress(InetAddress.ofLiteral("2001:db8::9"), 7));
    record.failure = Failure.CONNECT_TIMEOUT;
    HaproxyFormat.tcp(line.clear(), dates, record);
    assertTrue(text().startsWith("2001:db8::9:7 ["), text());
    assertTrue(text().contains(" sC 3/3"), text());
  }

  @Test
  void jsonIsOneObjectALineWhateverIsInIt() throws Exception {
    var record = record();
    head(record, "GET", "/a\"\\\u0001\u00e9", 1);
    record.hostStart = 0;
    record.hostEnd = 3;
    record.identified = true;
    record.idHigh = 0x0123456789abcdefL;
    record.idLow = -1;
    record.failure = Failure.ORIGIN_CUT;
    JsonFormat.http(line.clear(), dates, record);
    assertTrue(text().endsWith("}\n"));
    var json = new ObjectMapper().readTree(text());
    assertEquals("2026-02-06T11:14:14.655Z", json.path("time").asText());
    assertEquals("/a\"\\\u0001\u00e9", json.path("target").asText());
    assertEquals("0123456789abcdefffffffffffffffff", json.path("requestId").asText());
    assertEquals("ns/shop", json.path("loadBalancer").asText());
    assertEquals("10.0.0.9", json.path("client").asText());
    assertEquals(200, json.path("status").asInt());
    assertEquals("origin_cut", json.path("failure").asText());
    assertEquals("SD", json.path("termination").asText());
    assertEquals(12_000, json.path("responseMicros").asInt());
    record.clear();
    JsonFormat.tcp(line.clear(), dates, record);
    assertTrue(new ObjectMapper().readTree(text()).path("connectMicros").isMissingNode());
  }

  private String http(AccessRecord record) {
    HaproxyFormat.http(line.clear(), dates, record);
    return text();
  }

  private String text() {
    return new String(line.bytes(), 0, line.length(), StandardCharsets.ISO_8859_1);
  }

  private static AccessRecord record() {
    var record = new AccessRecord();
    record.client(new InetSocketAddress(InetAddress.ofLiteral("10.0.0.9"), 51234));
    record.loadBalancer = "ns/shop";
    record.listener = "web";
    record.pool = "apps";
    record.endpoint = "s1";
    record.started = START;
    record.headReceived = START + TimeUnit.MICROSECONDS.toNanos(400);
    record.dequeued = record.headReceived + TimeUnit.MICROSECONDS.toNanos(100);
    record.connected = record.dequeued + TimeUnit.MILLISECONDS.toNanos(1);
    record.responded = record.connected + TimeUnit.MILLISECONDS.toNanos(12);
    record.ended = START + TimeUnit.MILLISECONDS.toNanos(14);
    record.status = 200;
    record.bytesIn = 80;
    record.bytesOut = 512;
    record.processConnections = 3;
    record.listenerConnections = 3;
    record.poolConnections = 2;
    record.endpointConnections = 1;
    head(record, "GET", "/a?b=c", 1);
    return record;
  }

  private static void head(AccessRecord record, String method, String target, int minor) {
    record.head = (method + " " + target).getBytes(StandardCharsets.ISO_8859_1);
    record.methodStart = 0;
    record.methodEnd = method.length();
    record.targetEnd = record.head.length;
    record.minorVersion = minor;
  }
}
