package dev.weir.controller.status;

import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Condition;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What happened between two statuses: conditions that changed, endpoints that went down or came
/// back. Pure.
final class Occurrences {
  private static final List<String> WANTED =
      List.of("Accepted", "ResolvedRefs", "Programmed", "Ready");
  private static final List<String> UNWANTED = List.of("Degraded", "Conflicted");
  private static final int SAMPLES = 8;

  private final List<Occurrence> found = new ArrayList<>();

  private Occurrences() {}

  /// Those of one kind as one. Of a new LoadBalancer nobody needs to be told each step: the last
  /// condition that is true stands for those before it.
  ///
  /// @param before null when there was none
  static List<Occurrence> between(@Nullable LoadBalancerStatus before, LoadBalancerStatus after) {
    var all = new Occurrences();
    String last = before == null ? lastTrue(after) : null;
    for (String type : WANTED) {
      Condition is = condition(after, type);
      if (last == null || type.equals(last) || !isTrue(is)) {
        all.wanted(type, condition(before, type), is);
      }
    }
    for (String type : UNWANTED) {
      all.unwanted(type, condition(before, type), condition(after, type));
    }
    all.endpoints(problems(before), problems(after));
    return List.copyOf(all.found);
  }

  private static @Nullable String lastTrue(LoadBalancerStatus status) {
    return WANTED.reversed().stream()
        .filter(type -> isTrue(condition(status, type)))
        .findFirst()
        .orElse(null);
  }

  private static boolean isTrue(@Nullable Condition condition) {
    return condition != null && condition.status().equals("True");
  }

  private void wanted(String type, @Nullable Condition was, @Nullable Condition is) {
    if (is == null || was != null && same(was, is)) {
      return;
    }
    switch (is.status()) {
      case "True" -> add(new Occurrence(false, type, is.message()));
      case "False" -> add(new Occurrence(true, is.reason(), type + " is false: " + is.message()));
      default -> {}
    }
  }

  private void unwanted(String type, @Nullable Condition was, @Nullable Condition is) {
    if (is != null && (was == null || !same(was, is))) {
      add(new Occurrence(true, is.reason(), type + ": " + is.message()));
    } else if (is == null && was != null) {
      add(new Occurrence(false, "No" + type, "no longer " + type + ": " + was.message()));
    }
  }

  private static boolean same(Condition was, Condition is) {
    return was.status().equals(is.status())
        && (is.status().equals("True") || was.reason().equals(is.reason()));
  }

  private void endpoints(List<Problem> was, List<Problem> is) {
    for (Problem problem : is) {
      if (problem.endpoint() != null && was.stream().noneMatch(p -> same(p, problem))) {
        add(new Occurrence(true, problem.reason(), place(problem) + ": " + problem.message()));
      }
    }
    if (is.size() >= SAMPLES) {
      return;
    }
    for (Problem problem : was) {
      if (problem.endpoint() != null && is.stream().noneMatch(p -> same(p, problem))) {
        add(new Occurrence(false, "EndpointRecovered", place(problem)));
      }
    }
  }

  private static boolean same(Problem one, Problem other) {
    return Objects.equals(one.pool(), other.pool())
        && Objects.equals(one.endpoint(), other.endpoint())
        && one.reason().equals(other.reason());
  }

  private static String place(Problem problem) {
    return "endpoint " + problem.endpoint() + " of pool " + problem.pool();
  }

  private void add(Occurrence one) {
    for (int i = 0; i < found.size(); i++) {
      if (found.get(i).sameKind(one)) {
        found.set(i, found.get(i).and(one));
        return;
      }
    }
    found.add(one);
  }

  private static List<Problem> problems(@Nullable LoadBalancerStatus status) {
    return status == null || status.problems() == null ? List.of() : status.problems();
  }

  private static @Nullable Condition condition(@Nullable LoadBalancerStatus status, String type) {
    return status == null || status.conditions() == null
        ? null
        : status.conditions().stream().filter(c -> c.type().equals(type)).findFirst().orElse(null);
  }
}
