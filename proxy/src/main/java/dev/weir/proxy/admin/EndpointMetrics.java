package dev.weir.proxy.admin;

import dev.weir.config.metrics.Durations;
import dev.weir.config.metrics.PrometheusText;
import dev.weir.config.metrics.PrometheusText.Label;
import dev.weir.proxy.health.HealthChecker;
import dev.weir.proxy.metrics.MetricFamily;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.metrics.Traffic;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.Loops;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The part of `/metrics` that says how endpoints are. Those of one DNS name are one series however
/// many addresses the name has.
final class EndpointMetrics {
  private final PrometheusText text;
  private final List<Group> groups = new ArrayList<>();

  EndpointMetrics(PrometheusText text, List<Pool> pools) {
    this.text = text;
    for (Pool pool : pools) {
      group(pool);
    }
  }

  private void group(Pool pool) {
    Map<String, List<Endpoint>> byAuthority = new LinkedHashMap<>();
    for (Endpoint endpoint : pool.endpoints().all()) {
      byAuthority
          .computeIfAbsent(endpoint.config().authority(), a -> new ArrayList<>())
          .add(endpoint);
    }
    byAuthority.forEach(
        (authority, endpoints) -> {
          var labels = new ArrayList<Label>(3);
          labels.add(new Label("pool", pool.name()));
          labels.add(new Label("endpoint", authority));
          String name = endpoints.getFirst().config().name();
          if (name != null) {
            labels.add(new Label("name", name));
          }
          groups.add(new Group(labels, endpoints));
        });
  }

  void write(HealthChecker health, Loops loops) {
    each(
        MetricFamily.ENDPOINT_HEALTHY,
        g -> g.endpoints().stream().anyMatch(e -> health.status(e).healthy()) ? 1 : 0);
    each(MetricFamily.ENDPOINT_IN_FLIGHT, g -> g.sum(Endpoint::inFlight));
    each(MetricFamily.ENDPOINT_CONNECTIONS, g -> g.total(Traffic::connections));
    each(MetricFamily.ENDPOINT_IDLE, g -> g.sum(e -> idle(e, loops)));
    for (Group group : groups) {
      Counts.requests(text, MetricFamily.ENDPOINT_REQUESTS, group.labels(), group.traffic());
    }
    for (Group group : groups) {
      Counts.failures(text, MetricFamily.ENDPOINT_FAILURES, group.labels(), group.traffic());
    }
    each(MetricFamily.ENDPOINT_RETRIES, g -> g.total(Traffic::retries));
    each(MetricFamily.ENDPOINT_SENT, g -> g.total(Traffic::bytesIn));
    each(MetricFamily.ENDPOINT_RECEIVED, g -> g.total(Traffic::bytesOut));
    for (Group group : groups) {
      long[] times = group.times(Traffic::duration);
      text.histogram(MetricFamily.ENDPOINT_DURATION, group.labels(), times, true);
    }
    for (Group group : groups) {
      long[] times = group.times(Traffic::connecting);
      text.summary(
          MetricFamily.ENDPOINT_CONNECT,
          group.labels(),
          times[Durations.buckets()],
          group.total(Traffic::connections));
    }
    checks(health);
  }

  private void checks(HealthChecker health) {
    for (Group group : groups) {
      long passed = group.sum(e -> health.counts(e).passed());
      long failed = group.sum(e -> health.counts(e).failed());
      text.sample(MetricFamily.HEALTH_CHECKS, group.labels(), "result", "passed", passed);
      text.sample(MetricFamily.HEALTH_CHECKS, group.labels(), "result", "failed", failed);
    }
    each(MetricFamily.HEALTH_TRANSITIONS, g -> g.sum(e -> health.counts(e).transitions()));
  }

  private void each(MetricFamily family, ToLongFunction<Group> value) {
    for (Group group : groups) {
      text.sample(family, group.labels(), value.applyAsLong(group));
    }
  }

  private static long idle(Endpoint endpoint, Loops loops) {
    long sum = 0;
    for (Loop loop : loops.all()) {
      sum += endpoint.idle(loop).size();
    }
    return sum;
  }

  private record Group(List<Label> labels, List<Endpoint> endpoints) {
    List<PerLoopTraffic> traffic() {
      return endpoints.stream().map(Endpoint::traffic).toList();
    }

    long sum(ToLongFunction<Endpoint> figure) {
      return endpoints.stream().mapToLong(figure).sum();
    }

    long total(ToLongFunction<Traffic> figure) {
      return sum(e -> e.traffic().sum(figure));
    }

    long[] times(Function<Traffic, @Nullable Durations> which) {
      var times = new long[Durations.buckets() + 1];
      endpoints.forEach(e -> e.traffic().add(which, times));
      return times;
    }
  }
}
