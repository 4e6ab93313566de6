package dev.weir.controller.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.Frame;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HealthBookTest {
  private static final String POOL = "shop/web/main";
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final HealthBook book = new HealthBook();

  @Test
  void proxiesAreCountedAndOneThatComplainsIsHeard() {
    assertEquals(Set.of("shop/web"), report(1, 0, health(1, true)));
    report(2, 0, health(1, false));
    var votes = book.votes(List.of(1L, 2L, 3L), POOL, "10.0.0.1:80");
    assertEquals(1, votes.healthy());
    assertEquals(2, votes.reporting());
    assertEquals(health(1, false), votes.complaint());
    assertEquals(List.of(health(1, true)), book.all(1));
    assertNull(book.all(3));
    book.forget(1);
    assertEquals(1, book.votes(List.of(1L, 2L), POOL, "10.0.0.1:80").reporting());
  }

  @Test
  void aFullReportVoidsWhatWasSaidBefore() {
    report(1, 0, health(1, true), health(2, true));
    assertEquals(
        Set.of("shop/web"), book.report(1, new Frame.Health(true, List.of(health(2, true))), 0));
    assertEquals(List.of(health(2, true)), book.all(1));
    assertEquals(Set.of(), report(1, 0, new EndpointHealth("stray", "a:1", true, "Up", NOW)));
  }

  @Test
  void endpointsThatComeAndGoTakeNoMoreAndMoreRoom() {
    for (int i = 0; i < 10_000; i++) {
      report(1, i * MINUTE, health(i, true));
      book.tidy(1, "shop/web", endpoints(i), i * MINUTE);
    }
    var kept = book.all(1);
    assertNotNull(kept);
    assertTrue(kept.size() < 200, kept.size() + " of one that is there");
    assertTrue(kept.contains(health(9_999, true)));
    book.forget("shop/web");
    assertEquals(List.of(), book.all(1));
  }

  @Test
  void whatARefusingProxyStillRunsAndWhatIsNewsIsKept() {
    report(1, 0, health(1, true));
    book.tidy(1, "shop/web", endpoints(2), 10 * MINUTE);
    assertEquals(1, book.votes(List.of(1L), POOL, "10.0.0.1:80").reporting());
    IntStream.range(0, 500).forEach(i -> report(1, 10 * MINUTE, health(i, true)));
    book.tidy(1, "shop/web", endpoints(2), 10 * MINUTE);
    assertEquals(1, book.votes(List.of(1L), POOL, "10.0.1.77:80").reporting());
  }

  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  private Set<String> report(long session, long now, EndpointHealth... changes) {
    return book.report(session, new Frame.Health(false, List.of(changes)), now);
  }

  private static EndpointHealth health(int endpoint, boolean healthy) {
    return new EndpointHealth(
        POOL, address(endpoint) + ":80", healthy, healthy ? "Up" : "Down: refused", NOW);
  }

  private static String address(int endpoint) {
    return "10.0." + endpoint / 256 + "." + endpoint % 256;
  }

  private static List<EndpointsConfig> endpoints(int one) {
    return List.of(
        new EndpointsConfig(
            POOL,
            List.of(
                new EndpointsConfig.Endpoint(
                    address(one), 80, 1, 0, EndpointsConfig.State.Ready, 0, true, null, null))));
  }
}
