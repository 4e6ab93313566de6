package dev.weir.controller.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Condition;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;

class OccurrencesTest {
  private static final Condition READY = condition("Ready", "True", "Ready", "all is well");
  private static final Condition UNREADY =
      condition("Ready", "False", "NoHealthyEndpoints", "pool web has no healthy endpoint");

  @Test
  void aConditionThatChangesIsSaidOnce() {
    assertEquals(List.of(new Occurrence(false, "Ready", "all is well")), said(null, status(READY)));
    assertEquals(
        List.of(
            new Occurrence(
                true, "NoHealthyEndpoints", "Ready is false: pool web has no healthy endpoint")),
        said(status(READY), status(UNREADY)));
    assertEquals(List.of(), said(status(UNREADY), status(UNREADY)));
    assertEquals(
        List.of(), said(status(READY), status(condition("Ready", "True", "Other", "other words"))));
    assertEquals(
        List.of(), said(null, status(condition("Ready", "Unknown", "Pending", "not known yet"))));
  }

  @Test
  void aNewLoadBalancerIsToldOfByItsLastConditionThatIsTrue() {
    var accepted = condition("Accepted", "True", "Accepted", "valid");
    var programmed = condition("Programmed", "True", "Programmed", "1/1 proxies");
    assertEquals(
        List.of(new Occurrence(false, "Ready", "all is well")),
        said(null, status(accepted, programmed, READY)));
    assertEquals(
        List.of(
            new Occurrence(false, "Programmed", "1/1 proxies"),
            new Occurrence(
                true, "NoHealthyEndpoints", "Ready is false: pool web has no healthy endpoint")),
        said(null, status(accepted, programmed, UNREADY)));
    assertEquals(
        List.of(
            new Occurrence(false, "Programmed", "1/1 proxies"),
            new Occurrence(false, "Ready", "all is well")),
        said(status(accepted, UNREADY), status(accepted, programmed, READY)));
  }

  @Test
  void anotherReasonForTheSameConditionIsNews() {
    var pending = condition("Ready", "False", "NoProxies", "no proxy");
    assertEquals(
        List.of(new Occurrence(true, "NoProxies", "Ready is false: no proxy")),
        said(status(UNREADY), status(pending)));
  }

  @Test
  void whatIsOnlyThereWhileItIsTrueComesAndGoes() {
    var degraded = condition("Degraded", "True", "PoolDown", "pool api is down");
    assertEquals(
        List.of(new Occurrence(true, "PoolDown", "Degraded: pool api is down")),
        said(status(READY), status(READY, degraded)));
    assertEquals(
        List.of(new Occurrence(false, "NoDegraded", "no longer Degraded: pool api is down")),
        said(status(READY, degraded), status(READY)));
  }

  @Test
  void endpointsThatGoDownTogetherAreOneOccurrence() {
    var before = problems();
    var after = problems(down("10.0.0.1:80"), down("10.0.0.2:80"));
    assertEquals(
        List.of(
            new Occurrence(
                true,
                "HealthCheckFailed",
                "endpoint 10.0.0.1:80 of pool web: refused; endpoint 10.0.0.2:80 of pool web:"
                    + " refused")),
        said(before, after));
    assertEquals(
        List.of(new Occurrence(false, "EndpointRecovered", "endpoint 10.0.0.1:80 of pool web")),
        said(after, problems(down("10.0.0.2:80"))));
  }

  @Test
  void aSampleThatIsFullSaysNothingOfRecovery() {
    var eight = new Problem[8];
    for (int i = 0; i < 8; i++) {
      eight[i] = down("10.0.0." + i + ":80");
    }
    assertEquals(
        List.of(),
        said(problems(down("10.0.1.1:80"), down("10.0.0.0:80")), problems(eight)).stream()
            .filter(o -> !o.warning())
            .toList());
  }

  @Test
  void messagesHaveALimit() {
    var long_ = new Occurrence(true, "Reason", "x".repeat(5000));
    assertEquals(1024, long_.message().length());
  }

  private static List<Occurrence> said(LoadBalancerStatus before, LoadBalancerStatus after) {
    return Occurrences.between(before, after);
  }

  private static LoadBalancerStatus status(Condition... conditions) {
    return new LoadBalancerStatus(1L, List.of(conditions), null, null, null, null, null);
  }

  private static LoadBalancerStatus problems(Problem... problems) {
    return new LoadBalancerStatus(1L, List.of(), null, null, null, null, List.of(problems));
  }

  private static Problem down(String endpoint) {
    return new Problem(null, "web", endpoint, "HealthCheckFailed", "refused", null);
  }

  private static Condition condition(String type, String status, String reason, String message) {
    return new Condition(type, status, 1L, "2026-01-31T12:00:00Z", reason, message);
  }
}
