package dev.weir.proxy.exchange;

import dev.weir.proxy.edit.MessageEdits;
import dev.weir.proxy.upstream.Pool;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the requests of a route go: to pools by weight, or elsewhere by a redirect. Immutable.
/// Thread: any.
public final class Route {
  private final Destination[] destinations;
  private final long[] bounds;
  private final @Nullable Redirection redirection;

  /// A pool, and what is edited on the way to it and back.
  ///
  /// @param edits of listener, route and pool together
  public record Destination(Pool pool, MessageEdits edits) {}

  private Route(
      List<Destination> destinations, List<Integer> weights, @Nullable Redirection redirection) {
    this.destinations = destinations.toArray(Destination[]::new);
    this.bounds = bounds(weights);
    this.redirection = redirection;
  }

  /// A route to pools.
  ///
  /// @param weights of the destinations, in their order
  public static Route to(List<Destination> destinations, List<Integer> weights) {
    boolean any = weights.stream().anyMatch(weight -> weight > 0);
    return any ? new Route(destinations, weights, null) : new Route(List.of(), List.of(), null);
  }

  /// A route to one pool.
  public static Route to(Destination destination) {
    return to(List.of(destination), List.of(1));
  }

  /// A route that answers with a redirect.
  public static Route elsewhere(Redirection redirection) {
    return new Route(List.of(), List.of(), redirection);
  }

  /// The redirect; null when the route leads to pools.
  public @Nullable Redirection redirection() {
    return redirection;
  }

  /// Whether it leads nowhere: no destination has a weight.
  public boolean nowhere() {
    return destinations.length == 0;
  }

  /// Whether [#choose] looks at its argument.
  public boolean chooses() {
    return destinations.length > 1;
  }

  /// The destination of one request; there is one. Pure.
  ///
  /// @param random evenly distributed over all ints
  public Destination choose(int random) {
    if (destinations.length == 1) {
      return destinations[0];
    }
    return destinations[choose(bounds, random)];
  }

  /// Where each share ends.
  static long[] bounds(List<Integer> weights) {
    long[] bounds = new long[weights.size()];
    long sum = 0;
    for (int i = 0; i < bounds.length; i++) {
      sum += weights.get(i);
      bounds[i] = sum;
    }
    return bounds;
  }

  /// The share that a random number lies in.
  static int choose(long[] bounds, int random) {
    long at = Integer.toUnsignedLong(random) * bounds[bounds.length - 1] >>> Integer.SIZE;
    int chosen = 0;
    while (bounds[chosen] <= at) {
      chosen++;
    }
    return chosen;
  }
}
