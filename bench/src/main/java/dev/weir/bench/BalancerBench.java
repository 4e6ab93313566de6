package dev.weir.bench;

import dev.weir.proxy.balance.Balancer;
import dev.weir.proxy.balance.Candidates;
import dev.weir.proxy.balance.LeastConnections;
import dev.weir.proxy.balance.RoundRobin;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// What choosing an endpoint costs; each has a request more than the one before it, modulo seven.
public class BalancerBench extends Nanoseconds {
  @Param({"2", "10", "1000"})
  int endpoints = 2;

  private Balancer roundRobin = new RoundRobin(new int[] {1});
  private final Balancer leastConnections = new LeastConnections();
  private Candidates candidates = new Busy(1);
  private long turn;

  @Setup
  public void setUp() {
    roundRobin = new RoundRobin(IntStream.range(0, endpoints).map(i -> 1 + i % 3).toArray());
    candidates = new Busy(endpoints);
  }

  @Benchmark
  public int roundRobin() {
    return roundRobin.pick(candidates, turn++);
  }

  @Benchmark
  public int leastConnections() {
    return leastConnections.pick(candidates, turn++);
  }

  private record Busy(int size) implements Candidates {
    @Override
    public int weight(int candidate) {
      return 1 + candidate % 3;
    }

    @Override
    public int load(int candidate) {
      return candidate % 7;
    }

    @Override
    public boolean free(int candidate) {
      return true;
    }
  }
}
