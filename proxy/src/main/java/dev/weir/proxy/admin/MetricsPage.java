package dev.weir.proxy.admin;

import dev.weir.config.metrics.Durations;
import dev.weir.config.metrics.PrometheusText;
import dev.weir.config.metrics.PrometheusText.Label;
import dev.weir.config.stream.Rejection;
import dev.weir.proxy.metrics.MetricFamily;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.metrics.Traffic;
import dev.weir.proxy.runtime.Generation;
import dev.weir.proxy.runtime.History;
import dev.weir.proxy.runtime.LiveListener;
import dev.weir.proxy.runtime.ProxyRuntime;
import dev.weir.proxy.tls.TlsStage;
import dev.weir.proxy.upstream.Pool;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// `/metrics`: sums what the loops counted.
public final class MetricsPage implements Page {
  private static final double MICROS_PER_SECOND = 1e6;

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
    ProcessMetrics.write(text, runtime, version);
    config(text, generation);
    listeners(text, generation);
    pools(text, generation.pools());
    new EndpointMetrics(text, generation.pools()).write(runtime.health(), runtime.loops().data());
    return new Reply(200, PrometheusText.CONTENT_TYPE, text.toString());
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

  private static void listeners(PrometheusText text, Generation generation) {
    List<LiveListener> listeners = generation.listeners();
    each(text, MetricFamily.LISTENER_BOUND, listeners, l -> l.listener().bound() ? 1 : 0);
    each(text, MetricFamily.LISTENER_CONNECTIONS, listeners, generation::connections);
    each(
        text,
        MetricFamily.LISTENER_ACCEPTED,
        listeners,
        l -> l.traffic().sum(Traffic::connections));
    each(
        text, MetricFamily.LISTENER_ACCEPT_FAILURES, listeners, l -> l.listener().acceptFailures());
    for (LiveListener l : listeners) {
      Counts.requests(text, MetricFamily.LISTENER_REQUESTS, labels(l), List.of(l.traffic()));
    }
    for (LiveListener l : listeners) {
      Counts.failures(text, MetricFamily.LISTENER_FAILURES, labels(l), List.of(l.traffic()));
    }
    for (LiveListener l : listeners) {
      Counts.refusals(text, MetricFamily.LISTENER_REFUSED, labels(l), l.traffic());
    }
    for (LiveListener l : listeners) {
      Counts.grpc(text, MetricFamily.LISTENER_GRPC, labels(l), l.traffic());
    }
    List<LiveListener> secure = listeners.stream().filter(l -> l.tls() != null).toList();
    for (LiveListener l : secure) {
      Counts.handshakes(text, MetricFamily.LISTENER_HANDSHAKES, labels(l), l.traffic());
    }
    for (LiveListener l : secure) {
      expiries(text, l, l.tls());
    }
    each(text, MetricFamily.LISTENER_RETRIES, listeners, l -> l.traffic().sum(Traffic::retries));
    each(text, MetricFamily.LISTENER_RECEIVED, listeners, l -> l.traffic().sum(Traffic::bytesIn));
    each(text, MetricFamily.LISTENER_SENT, listeners, l -> l.traffic().sum(Traffic::bytesOut));
    for (LiveListener l : listeners) {
      long[] times = times(l.traffic(), Traffic::duration);
      text.histogram(MetricFamily.LISTENER_DURATION, labels(l), times, false);
    }
  }

  /// Certificates are as many as the configuration has.
  private static void expiries(PrometheusText text, LiveListener listener, @Nullable TlsStage tls) {
    if (tls == null) {
      return;
    }
    tls.expiries()
        .forEach(
            (name, expiry) ->
                text.sample(
                    MetricFamily.CERTIFICATE_EXPIRY,
                    labels(listener),
                    "certificate",
                    name.substring(name.lastIndexOf('/') + 1),
                    expiry.getEpochSecond()));
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
      Counts.refusals(text, MetricFamily.POOL_REFUSED, labels(pool), pool.traffic());
    }
    for (Pool pool : pools) {
      Counts.grpc(text, MetricFamily.POOL_GRPC, labels(pool), pool.traffic());
    }
    times(text, MetricFamily.POOL_DURATION, pools, Traffic::duration);
    times(text, MetricFamily.POOL_CONNECT, pools, Traffic::connecting);
    times(text, MetricFamily.POOL_WAIT, pools, Traffic::waiting);
    for (Pool pool : pools) {
      text.sample(MetricFamily.POOL_QUEUE, labels(pool), pool.queued());
    }
  }

  private static void times(
      PrometheusText text,
      MetricFamily family,
      List<Pool> pools,
      Function<Traffic, @Nullable Durations> which) {
    for (Pool pool : pools) {
      text.histogram(family, labels(pool), times(pool.traffic(), which), false);
    }
  }

  private static long[] times(
      PerLoopTraffic traffic, Function<Traffic, @Nullable Durations> which) {
    var times = new long[Durations.buckets() + 1];
    traffic.add(which, times);
    return times;
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
