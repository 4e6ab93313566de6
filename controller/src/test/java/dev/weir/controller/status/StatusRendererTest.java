package dev.weir.controller.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Address;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Condition;
import dev.weir.config.Credentials;
import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.Problem;
import dev.weir.config.render.References;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.config.stream.Digest;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.Frame;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.UnboundListener;
import dev.weir.config.stream.Version;
import dev.weir.controller.api.LoadBalancer;
import dev.weir.controller.canary.Stage;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.infra.InfraState;
import dev.weir.controller.reconcile.Member;
import dev.weir.controller.stream.ProxyInfo;
import dev.weir.controller.stream.SessionState;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusRendererTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final Version WANTED = new Version("lease", 100, 1, 7);
  private static final Version OLDER = new Version("lease", 100, 1, 6);
  private static final ObjectName NAME = new ObjectName("shop", "web");
  private static final String GOOD =
      """
      spec:
        listeners: [{name: http, port: 80}, {name: admin, port: 81, defaultPool: admin}]
        defaultPool: web
        pools:
          - {name: web, endpoints: [{address: 10.0.0.1, port: 80}, {address: 10.0.0.2, port: 80}]}
          - {name: admin, endpoints: [{address: 10.0.0.3, port: 80}]}
      """;

  private final HealthBook health = new HealthBook();
  private final List<SessionState> sessions = new ArrayList<>();
  private InfraState infra = InfraState.EXTERNAL;
  private Stage stage = Stage.UNKNOWN;
  private @Nullable LoadBalancerStatus before;

  @Test
  void whileOneProxyTriesAChangeTheOthersAreBehind() {
    proxy(1, WANTED, true, true, true);
    sessions.add(waiting(session(2, WANTED, List.of())));
    stage = new Stage(Digest.EMPTY, new Stage.Trial(Digest.EMPTY, "p1", null));
    var status = render(member(GOOD));
    assertEquals("1/2", status.proxies().summary());
    assertEquals(
        "1/2 proxies run this version, 1 wait while p1 tries it",
        condition(status, "Programmed").message());
    assertEquals("True", condition(status, "Ready").status());
    assertNull(find(status, "Degraded"));
  }

  @Test
  void aChangeThatWasStoppedIsSaidAndClientsAreServedAsBefore() {
    proxy(1, WANTED, true, true, true);
    sessions.set(0, waiting(sessions.getFirst()));
    stage = new Stage(Digest.EMPTY, new Stage.Trial(Digest.EMPTY, "p1", "it does not work"));
    var status = render(member(GOOD));
    assertEquals("CanaryStopped", condition(status, "Programmed").reason());
    assertEquals("False", condition(status, "Programmed").status());
    assertEquals("CanaryStopped", condition(status, "Degraded").reason());
    assertTrue(condition(status, "Degraded").message().contains("it does not work"));
    assertEquals("True", condition(status, "Ready").status());
  }

  @Test
  void withoutAProxyNothingIsProgrammedAndTheDocumentIsStillAccepted() {
    var status = render(member(GOOD));
    assertEquals("Accepted", condition(status, "Accepted").reason());
    assertEquals("NoProxies", condition(status, "Programmed").reason());
    assertEquals("NoProxies", condition(status, "Ready").reason());
    assertEquals("0/0", status.proxies().summary());
    assertNull(find(status, "Degraded"));
    assertNull(find(status, "Conflicted"));
    for (Condition condition : status.conditions()) {
      assertEquals(3L, condition.observedGeneration());
    }
  }

  @Test
  void itIsReadyWhenAProxyRunsThisVersionAndEachListenerHasAHealthyEndpoint() {
    proxy(1, WANTED, true, true, true);
    var status = render(member(GOOD));
    assertEquals("True", condition(status, "Programmed").status());
    assertEquals("True", condition(status, "Ready").status());
    assertEquals("3/3", status.endpoints().summary());
    assertEquals("1/1", status.proxies().summary());
    assertEquals(List.of(), status.problems());
  }

  @Test
  void aListenerWithoutAHealthyEndpointIsNotReadyAndNamesItsPool() {
    proxy(1, WANTED, false, false, true);
    var status = render(member(GOOD));
    assertEquals("True", condition(status, "Programmed").status());
    var ready = condition(status, "Ready");
    assertEquals("NoHealthyEndpoints", ready.reason());
    assertTrue(ready.message().contains("pool web"), ready.message());
    assertEquals("PoolDown", condition(status, "Degraded").reason());
    assertEquals("1/3", status.endpoints().summary());
    assertEquals("10.0.0.1:80", status.problems().getFirst().endpoint());
    assertEquals("HealthCheckFailed", status.problems().getFirst().reason());
  }

  @Test
  void anEndpointIsHealthyWhenMoreThanHalfOfTheReportingProxiesSaySo() {
    proxy(1, WANTED, true, true, true);
    proxy(2, WANTED, false, true, true);
    var tie = render(member(GOOD));
    assertEquals("2/3", tie.endpoints().summary());
    proxy(3, WANTED, true, true, true);
    var majority = render(member(GOOD));
    assertEquals("3/3", majority.endpoints().summary());
    var disagreement = majority.problems().getFirst();
    assertTrue(disagreement.message().endsWith("seen by 1 of 3 proxies"), disagreement.message());
  }

  @Test
  void aProxyThatLagsIsCountedAndDoesNotHoldUpTheOthers() {
    proxy(1, WANTED, true, true, true);
    proxy(2, OLDER, true, true, true);
    var status = render(member(GOOD));
    assertEquals("True", condition(status, "Ready").status());
    assertEquals("1/2", status.proxies().summary());
    assertEquals(1, status.proxies().lagging());
  }

  @Test
  void aRejectionByAllIsNotProgrammedAndByOneOfTwoDegraded() {
    proxy(2, WANTED, true, true, true);
    reject(1);
    var some = render(member(GOOD));
    assertEquals("True", condition(some, "Accepted").status());
    assertEquals("True", condition(some, "Programmed").status());
    assertEquals("Rejected", condition(some, "Degraded").reason());
    assertEquals(1, some.proxies().rejected());
    sessions.removeFirst();
    var all = render(member(GOOD));
    assertEquals("True", condition(all, "Accepted").status());
    assertEquals("Rejected", condition(all, "Programmed").reason());
    assertTrue(condition(all, "Programmed").message().contains("spec.x: no"), "says why");
  }

  @Test
  void anOccupiedPortIsNamed() {
    proxy(1, WANTED, true, true, true);
    sessions.set(0, unbound(sessions.getFirst(), "Address already in use"));
    var programmed = condition(render(member(GOOD)), "Programmed");
    assertEquals("PortNotBound", programmed.reason());
    assertEquals("listener http cannot have port 80: Address already in use", programmed.message());
  }

  @Test
  void withoutAnAddressOfItsServiceItIsNotReady() {
    proxy(1, WANTED, true, true, true);
    infra = new InfraState(2, List.of(), 1, null, "");
    var status = render(member(GOOD));
    assertEquals("AddressNotAssigned", condition(status, "Ready").reason());
    assertEquals("1/2", status.proxies().summary());
    infra = reached(1);
    assertEquals("True", condition(render(member(GOOD)), "Ready").status());
  }

  @Test
  void whileItsServiceSendsClientsToNobodyItIsNotReady() {
    proxy(1, WANTED, true, true, true);
    infra = reached(0);
    var status = render(member(GOOD));
    assertEquals("True", condition(status, "Programmed").status());
    assertEquals("NoReadyPods", condition(status, "Ready").reason());
  }

  private static InfraState reached(int pods) {
    return new InfraState(2, List.of(new Address("IPAddress", "10.9.9.9")), pods, null, "");
  }

  @Test
  void somebodyElsesObjectIsANameConflict() {
    infra = new InfraState(2, List.of(), 0, "NameConflict", "Service shop/web-weir exists");
    var programmed = condition(render(member(GOOD)), "Programmed");
    assertEquals("NameConflict", programmed.reason());
    assertEquals("Service shop/web-weir exists", programmed.message());
  }

  @Test
  void anInvalidChangeKeepsTheLastGoodVersionReady() {
    proxy(1, WANTED, true, true, true);
    var good = member(GOOD);
    var bad = member(GOOD.replace("defaultPool: web", "defaultPool: wbe"));
    var status =
        render(
            new Member(
                bad.seen(),
                bad.config(),
                bad.endpoints(),
                bad.credentials(),
                List.of(),
                bad.problems(),
                List.of(),
                good.served(),
                good.servedEndpoints(),
                good.servedCredentials()));
    assertEquals("PoolNotFound", condition(status, "ResolvedRefs").reason());
    assertEquals("False", condition(status, "Programmed").status());
    assertTrue(condition(status, "Programmed").message().startsWith("the last good version"), "so");
    assertEquals("True", condition(status, "Ready").status());
  }

  @Test
  void aLostPortIsConflicted() {
    var good = member(GOOD);
    var lost =
        new Problem(
            Problem.Condition.Conflicted, "PortConflict", "spec.listeners[http].port", "no", true);
    var status =
        render(
            new Member(
                good.seen(),
                good.config(),
                good.endpoints(),
                good.credentials(),
                List.of(),
                List.of(),
                List.of(lost),
                null,
                List.of(),
                Credentials.NONE));
    assertEquals("True", condition(status, "Conflicted").status());
    assertEquals("PortConflict", condition(status, "Programmed").reason());
    assertEquals("True", condition(status, "Accepted").status());
  }

  @Test
  void transitionTimesAreKeptWhileTheStatusOfAConditionStays() {
    proxy(1, WANTED, true, true, true);
    var first = render(member(GOOD));
    before = first;
    var later = StatusRenderer.render(facts(member(GOOD), NOW.plusSeconds(60)));
    assertEquals(first, later);
    sessions.clear();
    var gone = StatusRenderer.render(facts(member(GOOD), NOW.plusSeconds(60)));
    assertEquals("2026-01-31T12:00:00Z", condition(gone, "Accepted").lastTransitionTime());
    assertEquals("2026-01-31T12:01:00Z", condition(gone, "Ready").lastTransitionTime());
  }

  @Test
  void atMostEightProblemsAreSampledAndLongTextsFitTheSchema() {
    var endpoints = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      endpoints.append("{address: 127.0.0.").append(i + 1).append(", port: 80},");
    }
    var status =
        render(
            member(
                "spec: {listeners: [{name: http, port: 80}], pools: [{name: web, endpoints: ["
                    + endpoints
                    + "]}]}"));
    assertEquals("AddressNotAllowed", condition(status, "ResolvedRefs").reason());
    assertEquals(8, status.problems().size());
    assertTrue(condition(status, "ResolvedRefs").message().length() <= 1024, "clipped");
  }

  @Test
  void itIsTooEarlyWhileNoProxyHasAckedOrNothingIsKnownOfNewEndpoints() {
    assertFalse(facts(member(GOOD), NOW).awaitsProxies(), "nobody to wait for");
    before = render(member(GOOD));
    proxy(1, OLDER, true, true, true);
    assertTrue(facts(member(GOOD), NOW).awaitsProxies(), "not acked");
    sessions.clear();
    proxy(2, WANTED, false, false, false);
    assertFalse(facts(member(GOOD), NOW).awaitsProxies(), "all is known");
    var moved = member(GOOD.replace("10.0.0.3", "10.0.0.4"));
    assertTrue(facts(moved, NOW).awaitsProxies(), "nothing is known of the only endpoint of admin");
    sessions.clear();
    reject(3);
    assertFalse(facts(member(GOOD), NOW).awaitsProxies(), "rejected is an answer");
    assertFalse(facts(member(GOOD), NOW).awaitsOthers(), "rejected is an answer");
    proxy(4, WANTED, true, true, true);
    proxy(5, OLDER, true, true, true);
    assertFalse(facts(member(GOOD), NOW).awaitsProxies(), "one has it");
    assertTrue(facts(member(GOOD), NOW).awaitsOthers(), "and one has not");
  }

  @Test
  void proxiesThatTheStatusCountsAreMissedUntilTheyHaveSaidHowTheirEndpointsAre() {
    proxy(1, WANTED, true, true, true);
    before = render(member(GOOD));
    sessions.clear();
    assertTrue(facts(member(GOOD), NOW).missesProxies(), "gone");
    sessions.add(session(2, WANTED, List.of()));
    assertTrue(facts(member(GOOD), NOW).missesProxies(), "back, silent");
    sessions.clear();
    proxy(2, WANTED, true, true, true);
    assertFalse(facts(member(GOOD), NOW).missesProxies(), "back");
  }

  // --- facts -----------------------------------------------------------------------------------

  private LoadBalancerStatus render(Member member) {
    return StatusRenderer.render(facts(member, NOW));
  }

  private Facts facts(Member member, Instant now) {
    return new Facts(member, WANTED, List.copyOf(sessions), health, infra, stage, before, now);
  }

  private static Member member(String yaml) {
    var spec = Serialization.unmarshal("kind: LoadBalancer\n" + yaml, LoadBalancer.class).getSpec();
    var resource = new LoadBalancerResource(NAME, NOW, spec);
    var rendered = new Renderer(RenderOptions.kubernetes(false)).render(resource, References.NONE);
    return new Member(
        new Observed(resource, "uid", 3, null, null),
        rendered.config(),
        rendered.endpoints(),
        rendered.credentials(),
        List.of(),
        rendered.problems(),
        List.of(),
        rendered.config(),
        rendered.endpoints(),
        rendered.credentials());
  }

  private void proxy(long session, Version acked, boolean first, boolean second, boolean third) {
    sessions.add(session(session, acked, List.of()));
    health.report(
        session,
        new Frame.Health(
            true,
            List.of(
                health("shop/web/web", "10.0.0.1:80", first),
                health("shop/web/web", "10.0.0.2:80", second),
                health("shop/web/admin", "10.0.0.3:80", third))),
        0);
  }

  private void reject(long session) {
    var why = new Rejection("shop/web", "Rule", "spec.x", "no");
    sessions.add(session(session, WANTED, List.of(why)));
  }

  private static EndpointHealth health(String pool, String endpoint, boolean healthy) {
    String reason = healthy ? "HealthCheckPassed" : "HealthCheckFailed: connection refused";
    return new EndpointHealth(pool, endpoint, healthy, reason, NOW);
  }

  private static SessionState session(long session, Version acked, List<Rejection> rejected) {
    return new SessionState(
        new ProxyInfo(
            session,
            new ProxyGroup.Own("shop", "web"),
            "p" + session,
            "b",
            "10.1.1.1",
            null,
            false),
        NOW,
        acked,
        Digest.EMPTY,
        true,
        false,
        rejected,
        List.of(),
        Map.of(),
        Set.of());
  }

  private static SessionState waiting(SessionState of) {
    return new SessionState(
        of.proxy(),
        of.connectedAt(),
        of.acked(),
        of.live(),
        false,
        of.lagging(),
        of.rejected(),
        of.unbound(),
        Map.of(),
        Set.of("shop/web"));
  }

  private static SessionState unbound(SessionState of, String error) {
    return new SessionState(
        of.proxy(),
        of.connectedAt(),
        of.acked(),
        of.live(),
        of.current(),
        of.lagging(),
        of.rejected(),
        List.of(new UnboundListener("shop/web", "http", "*", 80, error)),
        Map.of(),
        Set.of());
  }

  private static @Nullable Condition find(LoadBalancerStatus status, String type) {
    return status.conditions().stream().filter(c -> c.type().equals(type)).findFirst().orElse(null);
  }

  private static Condition condition(LoadBalancerStatus status, String type) {
    Condition found = find(status, type);
    assertNotNull(found, type);
    return found;
  }
}
