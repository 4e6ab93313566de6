package dev.weir.proxy.balance;

/// The endpoints that may be picked, by index: read-only, and a moment's view of their load.
public interface Candidates {

  /// How many there are.
  int size();

  /// The weight, 1 to 256.
  int weight(int candidate);

  /// Requests or connections under way.
  int load(int candidate);

  /// Whether it can take one more: below its limit and not tried before.
  boolean free(int candidate);
}
