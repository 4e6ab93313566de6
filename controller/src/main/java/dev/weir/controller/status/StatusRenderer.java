package dev.weir.controller.status;

import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Condition;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Endpoints;
import dev.weir.api.v1alpha1.LoadBalancerStatus.PoolStatus;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Problem;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Proxies;
import dev.weir.config.CertificateConfig;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.UnboundListener;
import dev.weir.controller.canary.Stage;
import dev.weir.controller.stream.SessionState;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Says what is true. Pure: the same facts give an equal status; times of transitions are kept
/// while nothing changes.
///
/// `Accepted` and `ResolvedRefs` are about the document, `Programmed` is about proxies having it,
/// `Ready` is what a client would see.
final class StatusRenderer {
  private static final int MAX_PROBLEMS = 8;
  private static final int MAX_MESSAGE = 1024;
  private static final int MAX_PATH = 512;

  private final Facts facts;
  private final List<Problem> problems = new ArrayList<>();
  private final List<PoolStatus> pools = new ArrayList<>();
  private final List<Long> current = new ArrayList<>();
  private final List<SessionState> currentSessions = new ArrayList<>();
  private final @Nullable UnboundListener unbound;
  private int rejected;

  private StatusRenderer(Facts facts) {
    this.facts = facts;
    unbound = unbound(facts);
  }

  static LoadBalancerStatus render(Facts facts) {
    return new StatusRenderer(facts).render();
  }

  /// What a condition says.
  private record Verdict(boolean good, String reason, String message) {}

  private LoadBalancerStatus render() {
    for (SessionState session : facts.sessions()) {
      if (facts.current(session)) {
        current.add(session.proxy().session());
        currentSessions.add(session);
      } else if (facts.rejects(session)) {
        rejected++;
      }
    }
    documentProblems();
    proxyProblems();
    poolStatuses();
    Verdict accepted = accepted();
    Verdict resolved = resolved();
    Verdict programmed = programmed(accepted);
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    verdicts.put("Accepted", accepted);
    verdicts.put("ResolvedRefs", resolved);
    verdicts.put("Programmed", programmed);
    verdicts.put("Ready", ready(programmed));
    Verdict degraded = degraded();
    if (degraded != null) {
      verdicts.put("Degraded", degraded);
    }
    if (!facts.member().conflicts().isEmpty()) {
      var conflict = facts.member().conflicts().getFirst();
      verdicts.put("Conflicted", new Verdict(true, conflict.reason(), conflict.message()));
    }
    int total = pools.stream().mapToInt(PoolStatus::total).sum();
    int healthy = pools.stream().mapToInt(PoolStatus::healthy).sum();
    return new LoadBalancerStatus(
        facts.member().seen().generation(),
        conditions(verdicts),
        facts.infra().addresses(),
        proxies(),
        new Endpoints(healthy, total, healthy + "/" + total),
        List.copyOf(pools),
        problems.stream().limit(MAX_PROBLEMS).toList());
  }

  // --- conditions
  // ------------------------------------------------------------------------------------------------------

  private List<Condition> conditions(Map<String, Verdict> verdicts) {
    List<Condition> conditions = new ArrayList<>();
    verdicts.forEach(
        (type, verdict) -> {
          String status = verdict.good() ? "True" : "False";
          Condition before = before(type);
          String since =
              before != null && before.status().equals(status)
                  ? before.lastTransitionTime()
                  : facts.now().truncatedTo(ChronoUnit.SECONDS).toString();
          conditions.add(
              new Condition(
                  type,
                  status,
                  facts.member().seen().generation(),
                  since,
                  verdict.reason(),
                  clip(verdict.message(), MAX_MESSAGE)));
        });
    return conditions;
  }

  private @Nullable Condition before(String type) {
    LoadBalancerStatus status = facts.before();
    if (status == null || status.conditions() == null) {
      return null;
    }
    return status.conditions().stream().filter(c -> c.type().equals(type)).findFirst().orElse(null);
  }

  private Verdict accepted() {
    return verdict(
        dev.weir.config.render.Problem.Condition.Accepted, "Accepted", "the LoadBalancer is valid");
  }

  private Verdict resolved() {
    return verdict(
        dev.weir.config.render.Problem.Condition.ResolvedRefs,
        "ResolvedRefs",
        "everything that it refers to is there");
  }

  private Verdict verdict(
      dev.weir.config.render.Problem.Condition condition, String goodReason, String good) {
    var wrong = facts.member().problems().stream().filter(p -> p.condition() == condition).toList();
    if (wrong.isEmpty()) {
      return new Verdict(true, goodReason, good);
    }
    List<String> messages = new ArrayList<>();
    wrong.forEach(p -> messages.add(p.path() + ": " + p.message()));
    return new Verdict(false, wrong.getFirst().reason(), String.join("; ", messages));
  }

  private Verdict programmed(Verdict accepted) {
    var member = facts.member();
    if (facts.infra().reason() != null) {
      return new Verdict(false, facts.infra().reason(), facts.infra().message());
    }
    if (!accepted.good()) {
      return new Verdict(false, "Invalid", lastGood() + accepted.message());
    }
    if (!member.conflicts().isEmpty()) {
      var conflict = member.conflicts().getFirst();
      return new Verdict(false, conflict.reason(), lastGood() + conflict.message());
    }
    if (member.config() == null) {
      var fatal = member.problems().stream().filter(p -> p.fatal()).findFirst();
      return new Verdict(
          false,
          fatal.map(p -> p.reason()).orElse("Invalid"),
          lastGood() + fatal.map(p -> p.path() + ": " + p.message()).orElse("it is refused"));
    }
    if (unbound != null) {
      return new Verdict(
          false,
          "PortNotBound",
          "listener %s cannot have port %d: %s"
              .formatted(unbound.listener(), unbound.port(), unbound.error()));
    }
    Rejection part = rejection(true);
    if (part != null) {
      return new Verdict(false, "Rejected", "refused in part by a proxy: " + text(part));
    }
    if (stopped() != null) {
      return new Verdict(false, "CanaryStopped", stopped());
    }
    if (!current.isEmpty()) {
      return new Verdict(
          true, "Programmed", proxies().summary() + " proxies run this version" + waiting());
    }
    if (rejected > 0) {
      Rejection why = rejection(false);
      return new Verdict(
          false,
          "Rejected",
          why == null ? "every proxy refused it" : "refused by a proxy: " + text(why));
    }
    return facts.sessions().isEmpty()
        ? new Verdict(false, "NoProxies", "no proxy is connected")
        : new Verdict(false, "Pending", "no proxy runs this version yet");
  }

  /// Why the latest goes to no further proxy; null when it does.
  private @Nullable String stopped() {
    Stage.Trial trial = facts.stage().trial();
    return trial == null || trial.stopped() == null
        ? null
        : "the last good version keeps running, this one was tried and stopped: " + trial.stopped();
  }

  private String waiting() {
    long waiting = facts.sessions().stream().filter(s -> s.waits(facts.name())).count();
    Stage.Trial trial = facts.stage().trial();
    return waiting == 0 || trial == null || trial.proxy() == null
        ? ""
        : ", %d wait while %s tries it".formatted(waiting, trial.proxy());
  }

  private String lastGood() {
    return facts.member().served() == null ? "" : "the last good version keeps running: ";
  }

  private Verdict ready(Verdict programmed) {
    if (!programmed.good()) {
      boolean serving = facts.member().served() != null && !current.isEmpty() && unbound == null;
      if (!serving || facts.infra().reason() != null) {
        return new Verdict(false, programmed.reason(), programmed.message());
      }
    }
    Integer pods = facts.infra().ready();
    if (pods != null && facts.infra().addresses().isEmpty()) {
      return new Verdict(false, "AddressNotAssigned", "the Service has no address yet");
    }
    if (pods != null && pods == 0) {
      return new Verdict(
          false,
          "NoReadyPods",
          "no pod of its proxies is ready: the Service sends clients to none");
    }
    LoadBalancerConfig config = facts.member().served();
    if (config == null) {
      return new Verdict(false, "NotServed", "nothing of it is served");
    }
    Set<String> certificates =
        facts.member().servedCredentials().certificates().stream()
            .map(CertificateConfig::name)
            .collect(Collectors.toSet());
    for (ListenerConfig listener : config.listeners()) {
      var tls = listener.tls();
      if (tls != null && tls.certificates().stream().noneMatch(certificates::contains)) {
        return new Verdict(
            false,
            "NoCertificate",
            "listener %s has no certificate: TLS handshakes fail".formatted(listener.name()));
      }
      List<String> reached = config.poolsOf(listener);
      if (reached.isEmpty() && !config.answers(listener)) {
        return new Verdict(
            false,
            "NoHealthyEndpoints",
            "listener %s has no pool: requests get 404".formatted(listener.name()));
      }
      if (!reached.isEmpty() && reached.stream().allMatch(pool -> healthy(pool) == 0)) {
        return new Verdict(
            false,
            "NoHealthyEndpoints",
            "listener %s: pool %s has no healthy endpoint"
                .formatted(listener.name(), String.join(", ", reached)));
      }
    }
    return new Verdict(true, "Ready", "clients are served");
  }

  private @Nullable Verdict degraded() {
    String stopped = stopped();
    if (stopped != null) {
      return new Verdict(true, "CanaryStopped", stopped);
    }
    boolean someLive = pools.stream().anyMatch(p -> p.healthy() > 0);
    for (PoolStatus pool : pools) {
      if (someLive && pool.healthy() == 0) {
        return new Verdict(true, "PoolDown", "pool " + pool.name() + " has no healthy endpoint");
      }
    }
    return rejected > 0 && !current.isEmpty()
        ? new Verdict(
            true, "Rejected", rejected + " proxies refused this version and run the last good one")
        : null;
  }

  private int healthy(String pool) {
    return pools.stream()
        .filter(p -> p.name().equals(pool))
        .mapToInt(PoolStatus::healthy)
        .findFirst()
        .orElse(0);
  }

  // --- what proxies say
  // ------------------------------------------------------------------------------------------------

  private Proxies proxies() {
    Integer expected = facts.infra().expected();
    int connected = facts.sessions().size();
    int total = expected == null ? connected : Math.max(expected, current.size());
    int lagging = Math.max(0, total - current.size() - rejected);
    return new Proxies(total, current.size(), lagging, rejected, current.size() + "/" + total);
  }

  private static @Nullable UnboundListener unbound(Facts facts) {
    for (SessionState session : facts.sessions()) {
      for (UnboundListener listener : session.unbound()) {
        if (listener.loadBalancer().equals(facts.name())) {
          return listener;
        }
      }
    }
    return null;
  }

  /// The first that is found.
  ///
  /// @param parts whether it is about a part of the LoadBalancer or about all of it
  private @Nullable Rejection rejection(boolean parts) {
    for (SessionState session : facts.sessions()) {
      for (Rejection rejection : session.rejected()) {
        if (rejection.loadBalancer().equals(facts.name()) && parts == (rejection.part() != null)) {
          return rejection;
        }
      }
    }
    return null;
  }

  private static String text(Rejection rejection) {
    return rejection.path().isEmpty()
        ? rejection.message()
        : rejection.path() + ": " + rejection.message();
  }

  private void documentProblems() {
    List<dev.weir.config.render.Problem> all = new ArrayList<>(facts.member().problems());
    all.addAll(facts.member().conflicts());
    for (var problem : all) {
      add(problem.path(), null, null, problem.reason(), problem.message(), null);
    }
  }

  private void problem(@Nullable Rejection rejection) {
    if (rejection != null) {
      add(rejection.path(), null, null, rejection.rule(), rejection.message(), null);
    }
  }

  private void proxyProblems() {
    problem(rejection(false));
    problem(rejection(true));
    if (unbound != null) {
      add(
          "spec.listeners[" + unbound.listener() + "].port",
          null,
          null,
          "PortNotBound",
          "port " + unbound.port() + ": " + unbound.error(),
          null);
    }
  }

  private void poolStatuses() {
    String prefix = facts.name() + "/";
    for (EndpointsConfig endpoints : facts.member().servedEndpoints()) {
      String pool = endpoints.pool().substring(prefix.length());
      int healthy = 0;
      for (EndpointsConfig.Endpoint endpoint : endpoints.endpoints()) {
        var votes = facts.health().votes(current, endpoints.pool(), endpoint.authority());
        if (votes.isHealthy()) {
          healthy++;
        }
        if (votes.complaint() != null) {
          complain(pool, endpoint, votes);
        }
      }
      pools.add(new PoolStatus(pool, healthy, endpoints.endpoints().size()));
    }
  }

  private void complain(String pool, EndpointsConfig.Endpoint endpoint, HealthBook.Votes votes) {
    var complaint = Objects.requireNonNull(votes.complaint());
    int down = votes.reporting() - votes.healthy();
    String reason = complaint.reason();
    int colon = reason.indexOf(':');
    add(
        null,
        pool,
        endpoint.authority(),
        colon < 0 ? reason : reason.substring(0, colon),
        "%s, seen by %d of %d proxies".formatted(reason, down, votes.reporting()),
        complaint.since().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private void add(
      @Nullable String path,
      @Nullable String pool,
      @Nullable String endpoint,
      String reason,
      String message,
      @Nullable String since) {
    problems.add(
        new Problem(
            path == null || path.isEmpty() ? null : clip(path, MAX_PATH),
            pool,
            endpoint,
            clip(reason, 128),
            clip(message, MAX_MESSAGE),
            since));
  }

  private static String clip(String text, int max) {
    return text.length() <= max ? text : text.substring(0, max - 1) + "…";
  }
}
