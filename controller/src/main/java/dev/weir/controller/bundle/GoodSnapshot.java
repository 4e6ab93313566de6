package dev.weir.controller.bundle;

import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.controller.stream.SessionState;
import dev.weir.controller.stream.Wanted;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a new proxy may start from: what a proxy of the group runs already. Pure.
final class GoodSnapshot {
  private GoodSnapshot() {}

  /// The latest such snapshot; null when no proxy has come that far.
  ///
  /// @param unproven LoadBalancers whose latest is on trial
  /// @param last what the bundle has now: of LoadBalancers that are held or on trial, or that
  ///   proxies reject as they are, it keeps that
  static @Nullable Snapshot of(
      Wanted wanted, Set<String> unproven, List<SessionState> sessions, Supplier<Resources> last) {
    Snapshot snapshot = wanted.snapshot();
    Set<String> kept = new TreeSet<>(wanted.held());
    kept.addAll(unproven);
    boolean shown = false;
    for (SessionState session : sessions) {
      if (kept.isEmpty() && session.live().equals(snapshot.digest())) {
        return snapshot;
      }
      if (session.current() || !session.waiting().isEmpty()) {
        shown = true;
        session.rejected().stream()
            .filter(rejection -> rejection.part() == null)
            .map(Rejection::loadBalancer)
            .forEach(kept::add);
      }
    }
    if (!shown) {
      return null;
    }
    Resources good = snapshot.resources();
    for (String name : kept) {
      good = good.withLoadBalancerOf(last.get(), name);
    }
    return new Snapshot(snapshot.version(), good);
  }
}
