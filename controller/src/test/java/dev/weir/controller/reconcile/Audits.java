package dev.weir.controller.reconcile;

import dev.weir.controller.gather.Cluster;
import java.time.Duration;
import java.util.List;

/// Audits that do not wait long for work that is just being done.
public final class Audits {
  private Audits() {}

  /// What an audit finds.
  public static List<String> pass(Reconciler reconciler, Cluster truth)
      throws InterruptedException {
    return new Audit(reconciler, truth, Duration.ofMillis(500)).pass();
  }

  /// Whether nothing waits and nothing is being done about any LoadBalancer that is known: what was
  /// made of them is published.
  public static boolean idle(Reconciler reconciler) {
    return reconciler.names().stream().noneMatch(reconciler::waits);
  }
}
