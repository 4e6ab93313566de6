package dev.weir.proxy.balance;

import java.util.Arrays;

/// Smooth weighted round robin: each candidate in turn, by weight, interleaved and not in bursts.
///
/// The sequence is computed once; a turn is an index into it. So any number of loops that share the
/// turn's counter alternate exactly. A candidate that is not free gives its turn to the next one of
/// the sequence.
public final class RoundRobin implements Balancer {
  private static final int MAX_STEPS = 1 << 16;

  private final int[] sequence;

  /// @param weights of the candidates, each at least 1
  public RoundRobin(int[] weights) {
    sequence = sequence(weights);
  }

  @Override
  public int pick(Candidates candidates, long turn) {
    int length = sequence.length;
    if (length == 0) {
      return NONE;
    }
    int start = (int) Long.remainderUnsigned(turn, length);
    for (int i = 0; i < length; i++) {
      int at = start + i;
      int candidate = sequence[at < length ? at : at - length];
      if (candidates.free(candidate)) {
        return candidate;
      }
    }
    return NONE;
  }

  /// One round: each candidate as often as its weight, divided by what all weights have in common.
  static int[] sequence(int[] weights) {
    int[] reduced = reduce(weights);
    long steps = Arrays.stream(reduced).asLongStream().sum();
    int[] sequence = new int[(int) steps];
    long[] credit = new long[reduced.length];
    for (int step = 0; step < sequence.length; step++) {
      int best = 0;
      for (int i = 0; i < reduced.length; i++) {
        credit[i] += reduced[i];
        if (credit[i] > credit[best]) {
          best = i;
        }
      }
      credit[best] -= steps;
      sequence[step] = best;
    }
    return sequence;
  }

  private static int[] reduce(int[] weights) {
    int divisor = 0;
    for (int weight : weights) {
      divisor = gcd(weight, divisor);
    }
    long sum = 0;
    for (int weight : weights) {
      sum += weight / divisor;
    }
    int scale = (int) Math.ceilDiv(sum, MAX_STEPS);
    int[] reduced = new int[weights.length];
    for (int i = 0; i < weights.length; i++) {
      reduced[i] = Math.max(1, weights[i] / divisor / Math.max(1, scale));
    }
    return reduced;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
