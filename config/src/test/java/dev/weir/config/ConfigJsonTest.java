package dev.weir.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigJsonTest {
  private static final PoolConfig POOL =
      new PoolConfig(
          "web",
          PoolConfig.Protocol.HTTP1,
          PoolConfig.Algorithm.LeastConnections,
          new PoolConfig.HealthCheck(
              new PoolConfig.Probe.Http(
                  "GET", "/healthz", null, List.of(new PoolConfig.StatusRange(200, 399))),
              Duration.ofSeconds(2),
              Duration.ofMillis(1500),
              2,
              3),
          new PoolConfig.Connections(100, 1000),
          new PoolConfig.Queue(0, Duration.ZERO),
          3,
          new PoolConfig.Timeouts(
              Duration.ofSeconds(5),
              Duration.ofSeconds(50),
              Duration.ofMinutes(90),
              Duration.ofSeconds(60)),
          true,
          null,
          null,
          null,
          null);
  private static final HeaderEditsConfig EDITS =
      new HeaderEditsConfig(
          List.of(new HeaderEditsConfig.Field("X-Client", "%{client.address}")),
          List.of(),
          List.of("X-Debug"));

  @Test
  void aPoolIsWrittenInDeclaredOrderWithDurationsAsStringsAndWithoutNulls() {
    assertEquals(
        """
        {"name":"web","protocol":"HTTP1","algorithm":"LeastConnections","health":{"probe":{"type":"HTTP",\
        "method":"GET","path":"/healthz","statuses":[{"first":200,"last":399}]},\
        "interval":"2s","timeout":"1s500ms","rise":2,"fall":3},\
        "connections":{"perEndpoint":100,"total":1000},"queue":{"length":0,"timeout":"0s"},"retries":3,\
        "timeouts":{"connect":"5s","response":"50s","idle":"1h30m","keepAlive":"1m"},"localEndpoints":true}\
        """,
        new String(ConfigJson.write(POOL), UTF_8));
  }

  @Test
  void whatWasWrittenReadsBackEqual() throws Exception {
    assertEquals(POOL, ConfigJson.read(ConfigJson.write(POOL), PoolConfig.class));
    var loadBalancer =
        new LoadBalancerConfig(
            "ns/web",
            List.of(new BindConfig("*", 80)),
            List.of(
                new ListenerConfig(
                    "http",
                    "*:80",
                    List.of("a.example", "*.b.example"),
                    ListenerConfig.Protocol.HTTP,
                    false,
                    null,
                    new ListenerConfig.Forwarded(
                        ListenerConfig.ForwardedHeaders.XForwarded, List.of()),
                    new ListenerConfig.Versions(true, true, 128),
                    new ListenerConfig.Timeouts(
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(50),
                        Duration.ofSeconds(50),
                        Duration.ofHours(1),
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(5)),
                    new ListenerConfig.Limits(10, 2, 32768, 128, 1 << 20, 1024),
                    new ListenerConfig.AccessLog(ListenerConfig.LogFormat.JSON, true),
                    new ListenerConfig.ProxyProtocol(List.of("10.0.0.0/8")),
                    null,
                    EDITS,
                    new ListenerConfig.Tls(
                        List.of("ns/web/a", "ns/web/b"),
                        ListenerConfig.TlsVersion.TLS13,
                        List.of("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
                        new ListenerConfig.ClientAuth(true, "ns/web/ca"),
                        true))),
            List.of(
                new RouteConfig(
                    "api",
                    List.of("http"),
                    List.of("*.example.com"),
                    List.of(new RouteConfig.Path(RouteConfig.PathMatch.Prefix, "/api")),
                    List.of("h2"),
                    1,
                    List.of(new RouteConfig.Backend("web", 1)),
                    null,
                    EDITS,
                    null)),
            List.of(POOL));
    assertEquals(
        loadBalancer, ConfigJson.read(ConfigJson.write(loadBalancer), LoadBalancerConfig.class));
    var endpoints =
        new EndpointsConfig(
            "ns/web/web",
            List.of(
                new EndpointsConfig.Endpoint(
                    "::1", 80, 1, 0, EndpointsConfig.State.Ready, 0, true, null, "pod-1")));
    assertEquals(endpoints, ConfigJson.read(ConfigJson.write(endpoints), EndpointsConfig.class));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"address\":\"*\",\"port\":80,\"tls\":true}|tls",
        "{\"address\":\"*\"}|port",
        "{\"port\":80}|address",
        "{\"address\":null,\"port\":80}|address",
        "{\"address\":\"*\",\"port\":null}|port",
        "{\"address\":\"*\",\"port\":\"80\"}|port",
        "{\"address\":\"*\",\"port\":8.5}|port",
        "{\"address\":\"*\",\"port\":80,\"port\":81}|port",
        "{\"address\":\"*\",\"port\":80} {}|",
        "null|",
        "|"
      })
  void aDocumentThatIsNotExactlyTheTypeIsRefusedWithItsPath(String json, String named) {
    var refused =
        assertThrows(
            ConfigJson.InvalidJsonException.class,
            () -> ConfigJson.read((json == null ? "" : json).getBytes(UTF_8), BindConfig.class));
    assertTrue(
        named == null || String.valueOf(refused.getMessage()).contains(named), refused::toString);
  }

  @Test
  void anUnknownEnumValueANullInAListAndABadDurationAreRefused() {
    String pool = new String(ConfigJson.write(POOL), UTF_8);
    for (String bad :
        List.of(
            pool.replace("LeastConnections", "Fastest"),
            pool.replace("{\"first\":200,\"last\":399}", "null"),
            pool.replace("\"1h30m\"", "\"1.5h\""),
            pool.replace("\"1h30m\"", "5400"),
            pool.replace("\"type\":\"HTTP\"", "\"type\":\"ICMP\""))) {
      assertThrows(
          ConfigJson.InvalidJsonException.class,
          () -> ConfigJson.read(bad.getBytes(UTF_8), PoolConfig.class),
          bad);
    }
  }

  @ParameterizedTest
  @CsvSource({"0s,0", "250ms,250", "1h30m,5400000", "1m1ms,60001", "99999h,359996400000"})
  void aDurationKeepsItsValue(String text, long millis) {
    assertEquals(Duration.ofMillis(millis), Durations.parse(text));
    assertEquals(text, Durations.format(Duration.ofMillis(millis)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "5 s", "-5s", "1.5s", "100000s", "1d", "1h1m1s1ms1s", "ms"})
  void whatIsNoGatewayApiDurationIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));
  }

  @Test
  void aDurationThatTheFormCannotSayIsRefused() {
    for (Duration bad :
        List.of(Duration.ofSeconds(-1), Duration.ofNanos(1), Duration.ofHours(100_000))) {
      assertThrows(IllegalArgumentException.class, () -> Durations.format(bad));
    }
  }
}
