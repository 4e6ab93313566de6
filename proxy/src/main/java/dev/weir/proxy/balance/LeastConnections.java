package dev.weir.proxy.balance;

/// The candidate with the fewest requests under way in proportion to its weight; equals take turns.
public final class LeastConnections implements Balancer {

  @Override
  public int pick(Candidates candidates, long turn) {
    int size = candidates.size();
    int best = NONE;
    long bestLoad = 0;
    long bestWeight = 1;
    int start = size == 0 ? 0 : (int) Long.remainderUnsigned(turn, size);
    for (int i = 0; i < size; i++) {
      int at = start + i;
      int candidate = at < size ? at : at - size;
      if (!candidates.free(candidate)) {
        continue;
      }
      long load = candidates.load(candidate);
      // An idle candidate costs nothing, whatever its weight; otherwise the load as it would be.
      long cost = load == 0 ? 0 : load + 1;
      long weight = candidates.weight(candidate);
      if (best == NONE || cost * bestWeight < bestLoad * weight) {
        best = candidate;
        bestLoad = cost;
        bestWeight = weight;
      }
    }
    return best;
  }
}
