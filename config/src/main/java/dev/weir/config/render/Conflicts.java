package dev.weir.config.render;

import dev.weir.config.BindConfig;
import dev.weir.config.LoadBalancerConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Decides who gets a port that several LoadBalancers of one fleet (or one process) want.
///
/// The oldest wins, then the lowest `namespace/name`; outside Kubernetes, without timestamps, the
/// name alone. A LoadBalancer that loses any of its ports is refused as a whole and contests
/// nothing.
public final class Conflicts {
  private static final Comparator<Candidate> SENIORITY =
      Comparator.comparing(
              Candidate::created, Comparator.nullsFirst(Comparator.<Instant>naturalOrder()))
          .thenComparing(Candidate::name);

  private Conflicts() {}

  /// A LoadBalancer that rendered; one that keeps its last good set comes with the config of that.
  public record Candidate(ObjectName name, @Nullable Instant created, LoadBalancerConfig config) {}

  private record Holder(ObjectName name, BindConfig bind) {}

  /// The losers with one problem per contested listener; empty when all can live together. The
  /// order of the candidates does not matter.
  public static Map<ObjectName, List<Problem>> find(Collection<Candidate> candidates) {
    var losers = new TreeMap<ObjectName, List<Problem>>();
    var holders = new HashMap<Integer, List<Holder>>();
    for (var candidate : candidates.stream().sorted(SENIORITY).toList()) {
      var contested = contested(candidate, holders);
      if (!contested.isEmpty()) {
        losers.put(candidate.name(), contested);
        continue;
      }
      for (var bind : candidate.config().binds()) {
        holders
            .computeIfAbsent(bind.port(), port -> new ArrayList<>())
            .add(new Holder(candidate.name(), bind));
      }
    }
    return losers;
  }

  private static List<Problem> contested(Candidate candidate, Map<Integer, List<Holder>> holders) {
    var problems = new ArrayList<Problem>();
    for (var bind : candidate.config().binds()) {
      for (var holder : holders.getOrDefault(bind.port(), List.of())) {
        if (!holder.bind().overlaps(bind)) {
          continue;
        }
        candidate.config().listeners().stream()
            .filter(listener -> listener.bind().equals(bind.id()))
            .forEach(
                listener ->
                    problems.add(
                        new Problem(
                            Problem.Condition.Conflicted,
                            "PortConflict",
                            "spec.listeners[" + listener.name() + "]" + Listeners.field(bind),
                            "%s is taken by LoadBalancer %s".formatted(bind.place(), holder.name()),
                            true)));
        break;
      }
    }
    return problems;
  }
}
