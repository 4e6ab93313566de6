package dev.weir.config.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameCodecTest {
  private static final Version VERSION = new Version("uid", 1_700_000_000, 3, 7);
  private static final Resource POOL =
      ResourcesTest.resource(ResourceType.Endpoints, "ns/web/p", "{\"pool\":\"ns/web/p\"}");

  private static String text(Frame frame) {
    return new String(FrameCodec.encode(frame), UTF_8);
  }

  @Test
  void framesAreOneLineOfJsonWithTheirNameFirst() {
    assertEquals("{\"frame\":\"ping\"}", text(new Frame.Ping()));
    assertEquals("{\"frame\":\"pong\"}", text(new Frame.Pong()));
    assertEquals("{\"frame\":\"refused\",\"reason\":\"no\"}", text(new Frame.Refused("no")));
    assertEquals(
        "{\"frame\":\"begin\",\"version\":{\"lease\":\"uid\",\"leaseCreated\":1700000000,"
            + "\"transitions\":3,\"counter\":7},\"upserts\":1,\"removes\":2,\"lane\":\"Endpoints\"}",
        text(new Frame.Begin(VERSION, 1, 2, SnapshotDelta.Lane.Endpoints)));
    assertEquals(
        "{\"frame\":\"welcome\",\"protocol\":1,\"controller\":\"c-0\",\"pingInterval\":\"15s\"}",
        text(new Frame.Welcome(1, "c-0", Duration.ofSeconds(15), null)));
  }

  @Test
  void anUpsertHasItsBodyAsSecondLineExactlyAsHashed() {
    assertEquals(
        "{\"frame\":\"upsert\",\"type\":\"Endpoints\",\"name\":\"ns/web/p\",\"hash\":\""
            + POOL.hash()
            + "\"}\n{\"pool\":\"ns/web/p\"}",
        text(new Frame.Upsert(POOL)));
  }

  @Test
  void everyFrameReadsBackAsItWasWritten() throws Exception {
    var have = new TreeMap<String, String>();
    have.put(POOL.key().toString(), POOL.hash());
    for (Frame.FromProxy frame :
        List.<Frame.FromProxy>of(
            new Frame.Hello("pod-1", "1.0", 1, true, VERSION, Digest.EMPTY, have, 0),
            new Frame.Hello("pod-1", "1.0", 1, false, null, Digest.EMPTY, new TreeMap<>(), 3),
            new Frame.Have(have),
            new Frame.Ack(
                VERSION,
                Digest.EMPTY,
                Frame.Result.Partial,
                List.of(new Rejection("ns/web", "PortConflict", "listeners[a].port", "taken")),
                List.of(new UnboundListener("ns/web", "a", "*", 80, "in use")),
                12),
            new Frame.Ack(VERSION, Digest.EMPTY, Frame.Result.Applied, List.of(), null, 12),
            new Frame.Health(
                true,
                List.of(
                    new EndpointHealth(
                        "ns/web/p",
                        "[::1]:80",
                        false,
                        "ConnectFailed",
                        Instant.ofEpochMilli(1_700_000_000_123L)))),
            new Frame.Traffic(List.of(new LoadBalancerTraffic("ns/web", 12, 3))),
            new Frame.Pong(),
            new Frame.Refused("no"))) {
      assertEquals(frame, FrameCodec.fromProxy(FrameCodec.encode(frame)));
    }
    for (Frame.FromController frame :
        List.<Frame.FromController>of(
            new Frame.Welcome(1, "c-0", Duration.ofSeconds(15), "zone-a"),
            new Frame.Observe(List.of("ns/web")),
            new Frame.Begin(VERSION, 1, 0, SnapshotDelta.Lane.All),
            new Frame.Upsert(POOL),
            new Frame.Remove(ResourceType.LoadBalancer, "ns/web"),
            new Frame.Tickets(List.of("A".repeat(64), "B".repeat(64))),
            new Frame.Commit(VERSION, Digest.EMPTY.plus(POOL.key(), POOL.hash())),
            new Frame.Ping(),
            new Frame.Refused("no"))) {
      assertEquals(frame, FrameCodec.fromController(FrameCodec.encode(frame)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "null",
        "{\"frame\":\"begone\"}",
        "{\"frame\":\"ping\"}",
        "{\"frame\":\"pong\",\"extra\":1}",
        "{\"frame\":\"pong\"} {}",
        "{\"frame\":\"pong\"}\nbody",
        "{\"frame\":\"refused\"}",
        "{\"frame\":\"refused\",\"reason\":null}",
        "{\"frame\":\"refused\",\"reason\":\"a\\nb\"}",
        "{\"frame\":\"have\",\"resources\":{\"Route:ns/a\":\"00\"}}",
        "{\"frame\":\"have\",\"resources\":{\"LoadBalancer:ns/a\":\"00\"}}",
        "{\"frame\":\"have\",\"resources\":{\"LoadBalancer:a\":null}}",
        "{\"frame\":\"health\",\"full\":true,\"changes\":[null]}",
        "{\"frame\":\"health\",\"full\":1,\"changes\":[]}"
      })
  void whatIsNotExactlyAFrameOfAProxyIsRefused(String bytes) {
    assertThrows(InvalidFrameException.class, () -> FrameCodec.fromProxy(bytes.getBytes(UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"frame\":\"pong\"}",
        "{\"frame\":\"ping\",\"at\":1}",
        "{\"frame\":\"remove\",\"type\":\"LoadBalancer\",\"name\":\"no-namespace\"}",
        "{\"frame\":\"remove\",\"type\":\"Endpoints\",\"name\":\"ns/web\"}",
        "{\"frame\":\"upsert\",\"type\":\"Endpoints\",\"name\":\"ns/web/p\",\"hash\":\"00\"}",
        "{\"frame\":\"upsert\",\"type\":\"Endpoints\",\"name\":\"ns/web/p\",\"hash\":\"00\"}\n{}",
        "{\"frame\":\"ping\"}\n{}",
        "{\"frame\":\"tickets\"}",
        "{\"frame\":\"tickets\",\"secrets\":[]}",
        "{\"frame\":\"tickets\",\"secrets\":[\"AAAA\"]}",
        "{\"frame\":\"tickets\",\"secrets\":[\"no base64, but long enough for a secret, is it not\"]}",
        "{\"frame\":\"welcome\",\"protocol\":1,\"controller\":\"c\",\"pingInterval\":\"0s\"}",
        "{\"frame\":\"welcome\",\"protocol\":1,\"controller\":\"c\",\"pingInterval\":15}"
      })
  void whatIsNotExactlyAFrameOfAControllerIsRefused(String bytes) {
    assertThrows(
        InvalidFrameException.class, () -> FrameCodec.fromController(bytes.getBytes(UTF_8)));
  }

  @Test
  void aFrameThatIsTooLargeIsNeitherWrittenNorRead() {
    var have = new TreeMap<String, String>();
    for (int i = 0; i < FrameCodec.MAX_LISTED + 1; i++) {
      have.put("LoadBalancer:ns/lb-" + i, POOL.hash());
    }
    var tooMany = new Frame.Have(have);
    assertThrows(
        InvalidFrameException.class, () -> FrameCodec.fromProxy(FrameCodec.encode(tooMany)));
    byte[] tooLong = new byte[FrameCodec.MAX_FRAME + 1];
    assertThrows(InvalidFrameException.class, () -> FrameCodec.fromProxy(tooLong));
    assertThrows(
        IllegalArgumentException.class,
        () -> Resource.of(POOL.key(), new byte[Resource.MAX_BODY + 1]));
    assertTrue(
        FrameCodec.encode(new Frame.Upsert(Resource.of(POOL.key(), new byte[Resource.MAX_BODY])))
                .length
            <= FrameCodec.MAX_FRAME);
  }

  @Test
  void anAckOfVeryManyProblemsFitsIntoAFrame() throws Exception {
    var rejected = new ArrayList<Rejection>();
    for (int i = 0; i < 30_000; i++) {
      rejected.add(new Rejection("ns/lb-" + i % 10_000, "Rule", "path", "x\n".repeat(2_000)));
    }
    var result = new ApplyResult(new Snapshot(VERSION, Resources.EMPTY), rejected, List.of(), 1);
    var ack = Frame.Ack.of(VERSION, result, null);
    assertEquals(10_000, ack.rejected().size());
    assertEquals(ack, FrameCodec.fromProxy(FrameCodec.encode(ack)));
  }

  @Test
  void listenersWithoutSocketsAreToldOnlyWhenTheyChanged() {
    var unbound = List.of(new UnboundListener("ns/web", "a", "*", 80, "in use"));
    var result = new ApplyResult(new Snapshot(VERSION, Resources.EMPTY), List.of(), unbound, 1);
    assertEquals(unbound, Frame.Ack.of(VERSION, result, null).unbound());
    assertEquals(null, Frame.Ack.of(VERSION, result, unbound).unbound());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/stream/v1/fleets/edge", "/stream/v1/loadbalancers/web/shop"})
  void aGroupIsItsPath(String path) {
    assertEquals(path, ProxyGroup.parse(path).path());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/stream/v1/",
        "/stream/v1/fleets/",
        "/stream/v1/fleets/a/b",
        "/stream/v1/fleets/A",
        "/stream/v1/fleets/..%2f",
        "/stream/v2/fleets/a",
        "/stream/v1/loadbalancers/a",
        "/stream/v1/loadbalancers/a/b?x"
      })
  void whatIsNoPathOfAGroupIsRefused(String path) {
    assertThrows(IllegalArgumentException.class, () -> ProxyGroup.parse(path));
  }
}
