package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.metrics.MetricFamily;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole page of `/metrics` after all kinds of traffic: well-formed, and it adds up.
class MetricsTest {
  private static final String WEB = "listener=\"http\",load_balancer=\"default/web\"}";

  @TempDir Path directory;

  @Test
  void thePageIsWellFormedAndAddsUp() throws Exception {
    var port = Ports.free();
    var tcp = Ports.free();
    var refused = Ports.free();
    try (var origin = Origin.start("s1");
        var proxy = start(port, tcp, refused, origin)) {
      var quick = 0;
      for (var i = 0; i < 7; i++) {
        quick += quick(port, "/");
      }
      quick += quick(port, "/status/500");
      LoadClient.status(port, "/sleep/1200");
      try (var client = Wire.connect(port)) {
        client.send("nonsense\r\n\r\n").readResponse();
      }
      LoadClient.status(refused, "/");
      LoadClient.fetch(tcp, "/");
      var page =
          Await.value(
              "all is counted",
              Duration.ofSeconds(10),
              () -> {
                var now = PrometheusPage.parse(proxy.health("/metrics"));
                return now.value(
                                "weir_listener_received_bytes_total{listener=\"tcp\",load_balancer=\"default/web\"}")
                            > 0
                        && now.value("weir_loop_lag_seconds_count{loop=\"0\"}") > 0
                    ? now
                    : null;
              });
      assertEquals(8, page.value("weir_listener_requests_total{code=\"2xx\"," + WEB));
      assertEquals(1, page.value("weir_listener_requests_total{code=\"4xx\"," + WEB));
      assertEquals(1, page.value("weir_listener_requests_total{code=\"5xx\"," + WEB));
      assertEquals(10, page.value("weir_listener_request_duration_seconds_count{" + WEB));
      assertEquals(
          9, page.value("weir_pool_response_duration_seconds_count{pool=\"default/web/web\"}"));
      var within =
          page.value(
              "weir_pool_response_duration_seconds_bucket{le=\"1\",pool=\"default/web/web\"}");
      assertTrue(quick <= within && within <= 8, within + ", and at least " + quick);
      var endpoint =
          "{endpoint=\"" + origin.authority() + "\",name=\"s1\",pool=\"default/web/web\"}";
      assertEquals(9, page.value("weir_endpoint_response_duration_seconds_count" + endpoint));
      assertTrue(page.value("weir_endpoint_sent_bytes_total" + endpoint) > 9 * 20);
      assertTrue(page.value("weir_endpoint_received_bytes_total" + endpoint) > 9 * 40);
      assertTrue(page.value("weir_endpoint_idle_connections" + endpoint) >= 1);
      assertEquals(
          page.value("weir_endpoint_connections_total" + endpoint),
          page.value("weir_endpoint_connect_duration_seconds_count" + endpoint));
      var gone = "{endpoint=\"127.0.0.1:1\",failure=\"connect_failed\",pool=\"default/web/gone\"}";
      assertTrue(page.value("weir_endpoint_failures_total" + gone) >= 1);
      assertTrue(page.value("process_resident_memory_bytes") > 1 << 20);
      assertTrue(page.value("weir_loop_cpu_seconds_total{loop=\"0\"}") > 0);
      labelsAreBounded(page);
      everyFamilyIsThere(page);
    }
  }

  /// 1 when the answer came within a second, so that the proxy cannot have waited longer; 0 when a
  /// busy machine took its time.
  private static int quick(int port, String target) throws IOException {
    var start = System.nanoTime();
    LoadClient.status(port, target);
    return System.nanoTime() - start < 1_000_000_000L ? 1 : 0;
  }

  /// A page that grew with the routes could not be scraped where there are thousands of them.
  @Test
  void aThousandRoutesAddNoSeries() throws Exception {
    assertEquals(series(1), series(1000));
  }

  /// Samples of the page after requests that took different routes, by family.
  private long series(int routes) throws Exception {
    var port = Ports.free();
    try (var origin = Origin.start("s1")) {
      var text =
          Yaml.loadBalancer(
                  "web",
                  List.of(Yaml.listener("http", port)),
                  List.of(Yaml.pool("web", Yaml.UNCHECKED, origin)))
              + IntStream.range(0, routes)
                  .mapToObj(
                      i ->
                          "    - {name: r%d, matches: [{path: {exact: /r%d}}], backends: [{pool: web}]}\n"
                              .formatted(i, i))
                  .collect(Collectors.joining("", "  routes:\n", ""));
      var file = Files.writeString(directory.resolve("routes" + routes + ".yaml"), text);
      try (var proxy = ProxyProcess.config(file).loops(1).start()) {
        for (int i = 0; i < 20; i++) {
          assertEquals("s1", LoadClient.fetch(port, "/r" + i * (routes / 20)));
        }
        return Await.value(
            "all is counted",
            Duration.ofSeconds(10),
            () -> {
              var page = proxy.health("/metrics");
              var all = PrometheusPage.parse(page);
              return all.value("weir_listener_requests_total{code=\"2xx\"," + WEB) == 20
                      && all.value("weir_loop_lag_seconds_count{loop=\"0\"}") > 0
                  ? page.lines().filter(line -> !line.startsWith("#")).count()
                  : null;
            });
      }
    }
  }

  private static void labelsAreBounded(PrometheusPage page) {
    assertEquals(Set.of("default/web"), page.values("load_balancer"));
    assertEquals(Set.of("http", "refused", "tcp"), page.values("listener"));
    assertEquals(Set.of("default/web/web", "default/web/gone"), page.values("pool"));
    assertTrue(Set.of("none", "1xx", "2xx", "3xx", "4xx", "5xx").containsAll(page.values("code")));
  }

  /// What was refused by reason has samples only when something was; no response was here. No
  /// listener has TLS, and nobody calls gRPC (GrpcInteropTest does).
  private static void everyFamilyIsThere(PrometheusPage page) {
    var missing = new HashSet<String>();
    Arrays.stream(MetricFamily.values()).forEach(family -> missing.add(family.metricName()));
    missing.removeAll(page.families().keySet());
    missing.remove("weir_pool_refused_responses_total");
    missing.removeAll(
        Set.of(
            MetricFamily.LISTENER_HANDSHAKES.metricName(),
            MetricFamily.CERTIFICATE_EXPIRY.metricName(),
            MetricFamily.LISTENER_GRPC.metricName(),
            MetricFamily.POOL_GRPC.metricName()));
    assertEquals(Set.of(), missing);
  }

  private ProxyProcess start(int port, int tcp, int refused, Origin origin) throws Exception {
    var endpoint = Yaml.endpoint(origin.port(), "name: s1");
    var text =
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener("http", port, "defaultPool: web"),
                Yaml.listener("tcp", tcp, "protocol: TCP", "defaultPool: web"),
                Yaml.listener("refused", refused, "defaultPool: gone")),
            List.of(
                Yaml.pool("web", List.of(endpoint), Yaml.FAST),
                Yaml.pool("gone", List.of(Yaml.endpoint(1)), Yaml.UNCHECKED)));
    return ProxyProcess.config(Files.writeString(directory.resolve("weir.yaml"), text))
        .loops(1)
        .start();
  }
}
