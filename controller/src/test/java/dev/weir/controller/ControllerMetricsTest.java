package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.metrics.Family;
import dev.weir.config.metrics.ProcessFamily;
import dev.weir.controller.stream.StreamMetrics;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole page of `/metrics` of a controller that does all that it does, and its reference.
class ControllerMetricsTest {
  private static final Path REFERENCE = Path.of("..", "docs", "reference", "controller.md");

  @TempDir private Path directory;

  @Test
  void thePageIsWellFormedAndSaysWhatWasDone() throws Exception {
    try (var plane = new ControlPlane(directory);
        var origin = Origin.startAt(TestCluster.address(), "a")) {
      plane.apply(ControlPlane.webService());
      plane.apply(plane.slice("web-a", "web", origin));
      plane.apply(plane.webLoadBalancer(Ports.free()));
      try (var proxy = plane.proxy("edge")) {
        plane.awaitCondition("web", "Ready", "True", Duration.ofSeconds(15));
        plane.delete("EndpointSlice", "web-a");
        plane.awaitCondition("web", "Ready", "False", Duration.ofSeconds(15));
        proxy.awaitState("no endpoint", s -> s.path("listeners").size() == 1);
        var page =
            Await.value(
                "all is counted",
                Duration.ofSeconds(10),
                () -> {
                  var now = PrometheusPage.parse(page(plane));
                  return now.value("weir_controller_endpoint_commits_total") > 0
                          && now.value("weir_controller_streams_current") == 1
                          && now.value("weir_controller_status_write_seconds_count") >= 2
                      ? now
                      : null;
                });
        assertEquals(1, page.value("weir_controller_leading"));
        assertEquals(1, page.value("weir_controller_streams"));
        assertEquals(0, page.value("weir_controller_streams_lagging"));
        assertTrue(page.value("weir_controller_loadbalancers") >= 1);
        assertTrue(page.value("weir_controller_render_seconds_count") >= 1);
        assertTrue(
            page.value("weir_controller_reconcile_seconds_count")
                > page.value("weir_controller_render_seconds_count") - 1);
        assertTrue(page.value("weir_controller_push_seconds_count") >= 1);
        assertEquals(
            page.value("weir_controller_commits_total"),
            page.value("weir_controller_ack_seconds_count"));
        assertEquals(0, page.value("weir_controller_drift_total"));
        assertTrue(page.value("process_resident_memory_bytes") > 1 << 20);
        assertEquals(refusals(), page.values("reason"));
        assertEquals(names(), page.families().keySet());
      }
    }
  }

  @Test
  void everyMetricIsDocumentedAndNothingElseIs() throws IOException {
    String page = Files.readString(REFERENCE);
    int from = page.indexOf("| --- ", page.indexOf("<!-- metrics -->"));
    int header = page.indexOf("|\n", from) + 2;
    int to = page.indexOf("<!-- end of metrics -->");
    String expected =
        families()
            .map(f -> "| `%s` | %s | %s |\n".formatted(f.metricName(), f.type().label(), f.help()))
            .collect(Collectors.joining());
    if (Boolean.getBoolean("docs.update")) {
      Files.writeString(REFERENCE, page.substring(0, header) + expected + page.substring(to));
      return;
    }
    assertEquals(expected, page.substring(header, to));
  }

  private static Stream<Family> families() {
    return Stream.concat(
        Arrays.stream(ProcessFamily.values()), Arrays.stream(MetricFamily.values()));
  }

  private static Set<String> names() {
    return families().map(Family::metricName).collect(Collectors.toSet());
  }

  private static Set<String> refusals() {
    return Arrays.stream(StreamMetrics.Refusal.values())
        .map(refusal -> refusal.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  private static String page(ControlPlane plane) throws Exception {
    var uri = URI.create("http://127.0.0.1:" + plane.controller().healthPort() + "/metrics");
    try (var client = HttpClient.newHttpClient()) {
      return client
          .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }
}
