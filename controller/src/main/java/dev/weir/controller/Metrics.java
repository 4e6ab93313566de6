package dev.weir.controller;

import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.relay.Followers;
import dev.weir.controller.status.StatusWriter;
import dev.weir.controller.stream.StreamMetrics;
import dev.weir.controller.stream.StreamServer;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/// The controller's figures in Prometheus' text format. No label depends on what users write.
final class Metrics {
  private final Reconciler reconciler;
  private final StatusWriter status;
  private final StreamServer stream;
  private final Followers followers;
  private final BooleanSupplier leading;
  private final StringBuilder out = new StringBuilder();

  Metrics(
      Reconciler reconciler,
      StatusWriter status,
      StreamServer stream,
      Followers followers,
      BooleanSupplier leading) {
    this.reconciler = reconciler;
    this.status = status;
    this.stream = stream;
    this.followers = followers;
    this.leading = leading;
  }

  synchronized String text() {
    out.setLength(0);
    gauge("weir_controller_leading", "1 while this replica leads.", leading.getAsBoolean() ? 1 : 0);
    gauge(
        "weir_controller_loadbalancers",
        "LoadBalancers that are known.",
        reconciler.names().size());
    gauge(
        "weir_controller_queue_depth",
        "LoadBalancers that wait to be rendered.",
        reconciler.depth());
    counter("weir_controller_renders_total", "LoadBalancers rendered.", reconciler.renders());
    header("weir_controller_render_seconds_total", "Time spent rendering.", "counter");
    out.append("weir_controller_render_seconds_total ")
        .append(reconciler.renderNanos() / 1e9)
        .append('\n');
    counter("weir_controller_status_writes_total", "Statuses written.", status.writes());
    counter(
        "weir_controller_events_dropped_total",
        "Occurrences that got no Event, because there were too many.",
        status.droppedEvents());
    gauge("weir_controller_streams", "Proxies that are connected.", stream.sessions().size());
    gauge(
        "weir_controller_followers",
        "Replicas that pass on to this one what their proxies say.",
        followers.replicas());
    gauge(
        "weir_controller_relayed_proxies",
        "Proxies that are connected to those replicas.",
        followers.proxies());
    StreamMetrics metrics = stream.metrics();
    counter("weir_controller_streams_accepted_total", "Proxies welcomed.", metrics.accepted());
    counter("weir_controller_commits_total", "Deltas sent.", metrics.commits());
    counter(
        "weir_controller_endpoint_commits_total",
        "Deltas sent that had endpoints alone.",
        metrics.endpointCommits());
    counter(
        "weir_controller_empty_commits_total",
        "Deltas sent that had only a new version.",
        metrics.emptyCommits());
    counter("weir_controller_upserts_total", "Resources sent.", metrics.upserts());
    counter(
        "weir_controller_rejections_total",
        "LoadBalancers that proxies rejected.",
        metrics.rejections());
    header("weir_controller_streams_refused_total", "Connections refused, by reason.", "counter");
    for (StreamMetrics.Refusal refusal : StreamMetrics.Refusal.values()) {
      out.append("weir_controller_streams_refused_total{reason=\"")
          .append(refusal.name().toLowerCase(Locale.ROOT))
          .append("\"} ")
          .append(metrics.refused(refusal))
          .append('\n');
    }
    return out.toString();
  }

  private void gauge(String name, String help, long value) {
    header(name, help, "gauge");
    out.append(name).append(' ').append(value).append('\n');
  }

  private void counter(String name, String help, long value) {
    header(name, help, "counter");
    out.append(name).append(' ').append(value).append('\n');
  }

  private void header(String name, String help, String type) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }
}
