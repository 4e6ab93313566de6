package dev.weir.proxy.admin;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.weir.config.stream.Rejection;
import dev.weir.proxy.health.HealthChecker;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.metrics.MetricFamily;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.metrics.PrometheusText;
import dev.weir.proxy.metrics.PrometheusText.Label;
import dev.weir.proxy.metrics.Traffic;
import dev.weir.proxy.runtime.Generation;
import dev.weir.proxy.runtime.History;
import dev.weir.proxy.runtime.LiveListener;
import dev.weir.proxy.runtime.ProxyRuntime;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// `/metrics`: sums what the loops counted. Endpoints of one name are one series however many
/// addresses the name has.
public final class MetricsPage implements Page {
  private static final String[] CLASSES = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MICROS_PER_SECOND = 1e6;
  private static final double MILLIS_PER_SECOND = 1e3;

  private final ProxyRuntime runtime;
  private final String version;

  /// @param version of this build
  public MetricsPage(ProxyRuntime runtime, String version) {
    this.runtime = runtime;
    this.version = version;
  }

  @Override
  public Reply get() {
    var text = new PrometheusText();
    Generation generation = runtime.generation();
    process(text);
    config(text, generation);
    listeners(text, generation.listeners());
    pools(text, generation.pools());
    endpoints(text, groups(generation.pools()));
    return new Reply(200, PrometheusText.CONTENT_TYPE, text.toString());
  }

  private void process(PrometheusText text) {
    text.sample(MetricFamily.BUILD_INFO, List.of(), "version", version, 1);
    var java = ManagementFactory.getRuntimeMXBean();
    text.sample(MetricFamily.START_TIME, java.getStartTime() / MILLIS_PER_SECOND);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      text.sample(MetricFamily.CPU, system.getProcessCpuTime() / NANOS_PER_SECOND);
      text.sample(MetricFamily.OPEN_FILES, system.getOpenFileDescriptorCount());
      text.sample(MetricFamily.MAX_FILES, system.getMaxFileDescriptorCount());
    }
    var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    text.sample(MetricFamily.HEAP, heap.getUsed());
    if (runtime.loops().allocator() instanceof ByteBufAllocatorMetricProvider allocator) {
      text.sample(MetricFamily.DIRECT, allocator.metric().usedDirectMemory());
    }
    text.sample(MetricFamily.LOOPS, runtime.loops().data().size());
    text.sample(MetricFamily.CONNECTIONS, runtime.connections().used());
    text.sample(MetricFamily.CONNECTIONS_LIMIT, runtime.connections().limit());
    text.sample(
        MetricFamily.DRAINING_CONNECTIONS,
        runtime.drainingListeners().stream().mapToInt(l -> l.listener().connections()).sum());
    text.sample(MetricFamily.LOG_LINES, runtime.accessLogs().lines());
    text.sample(MetricFamily.LOG_DROPPED, runtime.accessLogs().dropped());
    text.sample(MetricFamily.LOG_FAILED, runtime.accessLogs().failedWrites());
  }

  private void config(PrometheusText text, Generation generation) {
    History.Counts counts = runtime.history().counts();
    text.sample(MetricFamily.GENERATION, generation.number());
    text.sample(MetricFamily.APPLIED, counts.applied());
    text.sample(MetricFamily.REFUSED, counts.refused());
    text.sample(
        MetricFamily.REJECTED,
        generation.rejected().stream().map(Rejection::loadBalancer).distinct().count());
    text.sample(MetricFamily.STALE, runtime.stale() ? 1 : 0);
    text.sample(MetricFamily.APPLY_SECONDS, runtime.lastApplyMicros() / MICROS_PER_SECOND);
  }

  private static void listeners(PrometheusText text, List<LiveListener> listeners) {
    each(text, MetricFamily.LISTENER_BOUND, listeners, l -> l.listener().bound() ? 1 : 0);
    each(text, MetricFamily.LISTENER_CONNECTIONS, listeners, l -> l.listener().connections());
    each(
        text,
        MetricFamily.LISTENER_ACCEPTED,
        listeners,
        l -> l.traffic().sum(Traffic::connections));
    each(
        text, MetricFamily.LISTENER_ACCEPT_FAILURES, listeners, l -> l.listener().acceptFailures());
    for (LiveListener listener : listeners) {
      requests(text, MetricFamily.LISTENER_REQUESTS, labels(listener), List.of(listener.traffic()));
    }
    for (LiveListener listener : listeners) {
      failures(text, MetricFamily.LISTENER_FAILURES, labels(listener), List.of(listener.traffic()));
    }
    each(text, MetricFamily.LISTENER_RETRIES, listeners, l -> l.traffic().sum(Traffic::retries));
    each(text, MetricFamily.LISTENER_RECEIVED, listeners, l -> l.traffic().sum(Traffic::bytesIn));
    each(text, MetricFamily.LISTENER_SENT, listeners, l -> l.traffic().sum(Traffic::bytesOut));
    for (LiveListener listener : listeners) {
      text.histogram(MetricFamily.LISTENER_DURATION, labels(listener), listener.traffic());
    }
  }

  private static void each(
      PrometheusText text,
      MetricFamily family,
      List<LiveListener> listeners,
      ToLongFunction<LiveListener> value) {
    for (LiveListener listener : listeners) {
      text.sample(family, labels(listener), value.applyAsLong(listener));
    }
  }

  private static void pools(PrometheusText text, List<Pool> pools) {
    for (Pool pool : pools) {
      text.sample(MetricFamily.POOL_ENDPOINTS, labels(pool), pool.endpoints().all().size());
    }
    for (Pool pool : pools) {
      text.sample(MetricFamily.POOL_USABLE, labels(pool), pool.endpoints().usable());
    }
    for (Pool pool : pools) {
      text.sample(MetricFamily.POOL_QUEUE, labels(pool), pool.queued());
    }
  }

  private void endpoints(PrometheusText text, List<Group> groups) {
    HealthChecker health = runtime.health();
    for (Group group : groups) {
      boolean healthy = group.endpoints().stream().anyMatch(e -> health.status(e).healthy());
      text.sample(MetricFamily.ENDPOINT_HEALTHY, group.labels(), healthy ? 1 : 0);
    }
    for (Group group : groups) {
      text.sample(MetricFamily.ENDPOINT_IN_FLIGHT, group.labels(), group.sum(Endpoint::inFlight));
    }
    for (Group group : groups) {
      text.sample(
          MetricFamily.ENDPOINT_CONNECTIONS, group.labels(), group.total(Traffic::connections));
    }
    for (Group group : groups) {
      requests(text, MetricFamily.ENDPOINT_REQUESTS, group.labels(), group.traffic());
    }
    for (Group group : groups) {
      failures(text, MetricFamily.ENDPOINT_FAILURES, group.labels(), group.traffic());
    }
    for (Group group : groups) {
      text.sample(MetricFamily.ENDPOINT_RETRIES, group.labels(), group.total(Traffic::retries));
    }
    for (Group group : groups) {
      long count = 0;
      for (int i = 0; i < CLASSES.length; i++) {
        int index = i;
        count += group.total(t -> t.requests(index));
      }
      text.summary(
          MetricFamily.ENDPOINT_DURATION,
          group.labels(),
          group.total(Traffic::latencyNanos),
          count);
    }
    for (Group group : groups) {
      long passed = group.sum(e -> health.counts(e).passed());
      long failed = group.sum(e -> health.counts(e).failed());
      text.sample(MetricFamily.HEALTH_CHECKS, group.labels(), "result", "passed", passed);
      text.sample(MetricFamily.HEALTH_CHECKS, group.labels(), "result", "failed", failed);
    }
    for (Group group : groups) {
      text.sample(
          MetricFamily.HEALTH_TRANSITIONS,
          group.labels(),
          group.sum(e -> health.counts(e).transitions()));
    }
  }

  private static void requests(
      PrometheusText text, MetricFamily family, List<Label> labels, List<PerLoopTraffic> traffic) {
    for (int i = 0; i < CLASSES.length; i++) {
      int index = i;
      long count = total(traffic, t -> t.requests(index));
      if (count > 0 || index >= 2) {
        text.sample(family, labels, "code", CLASSES[index], count);
      }
    }
  }

  private static void failures(
      PrometheusText text, MetricFamily family, List<Label> labels, List<PerLoopTraffic> traffic) {
    for (Failure failure : Failure.values()) {
      long count = total(traffic, t -> t.failures(failure));
      if (count > 0) {
        text.sample(family, labels, "failure", failure.label(), count);
      }
    }
  }

  private static long total(List<PerLoopTraffic> traffic, ToLongFunction<Traffic> figure) {
    return traffic.stream().mapToLong(t -> t.sum(figure)).sum();
  }

  private static List<Group> groups(List<Pool> pools) {
    var groups = new ArrayList<Group>();
    for (Pool pool : pools) {
      Map<String, List<Endpoint>> byAuthority = new LinkedHashMap<>();
      for (Endpoint endpoint : pool.endpoints().all()) {
        byAuthority
            .computeIfAbsent(endpoint.config().authority(), a -> new ArrayList<>())
            .add(endpoint);
      }
      byAuthority.forEach(
          (authority, endpoints) ->
              groups.add(
                  new Group(
                      List.of(new Label("pool", pool.name()), new Label("endpoint", authority)),
                      endpoints)));
    }
    return groups;
  }

  private record Group(List<Label> labels, List<Endpoint> endpoints) {
    List<PerLoopTraffic> traffic() {
      return endpoints.stream().map(Endpoint::traffic).toList();
    }

    long sum(ToLongFunction<Endpoint> figure) {
      return endpoints.stream().mapToLong(figure).sum();
    }

    long total(ToLongFunction<Traffic> figure) {
      return MetricsPage.total(traffic(), figure);
    }
  }

  private static List<Label> labels(LiveListener listener) {
    return List.of(
        new Label("load_balancer", listener.loadBalancer()),
        new Label("listener", listener.config().name()));
  }

  private static List<Label> labels(Pool pool) {
    return List.of(new Label("pool", pool.name()));
  }
}
