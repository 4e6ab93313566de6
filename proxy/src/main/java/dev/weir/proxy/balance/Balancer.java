package dev.weir.proxy.balance;

/// Chooses among candidates. Implementations are immutable and made for one set of candidates.
public interface Balancer {
  /// No candidate is free.
  int NONE = -1;

  /// Picks a free candidate.
  ///
  /// @param turn counts the picks of a pool, over all loops: the only state there is
  /// @return its index, or [#NONE]
  int pick(Candidates candidates, long turn);
}
