package dev.weir.controller;

import dev.weir.config.metrics.Family;

/// The metrics of the controller, those of every process aside: `docs/reference/controller.md`
/// lists both, which a test checks.
enum MetricFamily implements Family {
  LEADING("weir_controller_leading", Type.GAUGE, "1 while this replica leads."),
  LOAD_BALANCERS("weir_controller_loadbalancers", Type.GAUGE, "LoadBalancers that are known."),
  LOST_WATCHES(
      "weir_controller_lost_watches_total",
      Type.COUNTER,
      "Watches on which the API server did not answer any more; each went on over a new connection"
          + " where it was."),
  QUEUE_DEPTH(
      "weir_controller_queue_depth", Type.GAUGE, "LoadBalancers that wait to be reconciled."),
  RECONCILE(
      "weir_controller_reconcile_seconds",
      Type.HISTOGRAM,
      "From taking a change of one LoadBalancer to the new snapshot."),
  RENDER(
      "weir_controller_render_seconds",
      Type.HISTOGRAM,
      "Rendering one LoadBalancer; changes of endpoints alone render nothing."),
  STATUS_DEPTH(
      "weir_controller_status_queue_depth",
      Type.GAUGE,
      "LoadBalancers whose status waits to be looked at."),
  STATUS_WRITE(
      "weir_controller_status_write_seconds",
      Type.HISTOGRAM,
      "Writing one status, those that succeeded."),
  STATUS_FAILURES(
      "weir_controller_status_write_failures_total",
      Type.COUNTER,
      "Statuses that the API server did not take."),
  EVENTS_DROPPED(
      "weir_controller_events_dropped_total",
      Type.COUNTER,
      "Occurrences that got no Event, because there were too many."),
  STREAMS("weir_controller_streams", Type.GAUGE, "Proxies that are connected."),
  STREAMS_CURRENT(
      "weir_controller_streams_current",
      Type.GAUGE,
      "Proxies that run what is wanted, what they reject apart."),
  STREAMS_LAGGING(
      "weir_controller_streams_lagging",
      Type.GAUGE,
      "Proxies that are past the deadline for an ack."),
  STREAMS_ACCEPTED("weir_controller_streams_accepted_total", Type.COUNTER, "Proxies welcomed."),
  STREAMS_REFUSED(
      "weir_controller_streams_refused_total",
      Type.COUNTER,
      "Connections refused, by reason, and requests for `/state` from elsewhere (`forbidden`)."),
  PUSH(
      "weir_controller_push_seconds",
      Type.HISTOGRAM,
      "From a new snapshot to the last frame written for one proxy; waiting for the ack before is"
          + " part of it."),
  ACK(
      "weir_controller_ack_seconds",
      Type.HISTOGRAM,
      "From the last frame written to the ack of one proxy."),
  COMMITS("weir_controller_commits_total", Type.COUNTER, "Deltas sent."),
  ENDPOINT_COMMITS(
      "weir_controller_endpoint_commits_total",
      Type.COUNTER,
      "Deltas sent that had endpoints alone: the fast lane."),
  EMPTY_COMMITS(
      "weir_controller_empty_commits_total",
      Type.COUNTER,
      "Deltas sent that had only a new version."),
  UPSERTS("weir_controller_upserts_total", Type.COUNTER, "Resources sent."),
  REJECTIONS(
      "weir_controller_rejections_total", Type.COUNTER, "LoadBalancers that proxies rejected."),
  FOLLOWERS(
      "weir_controller_followers",
      Type.GAUGE,
      "On the leader: replicas that pass on what their proxies say."),
  RELAYED(
      "weir_controller_relayed_proxies",
      Type.GAUGE,
      "On the leader: proxies that are connected to those replicas."),
  BUNDLES(
      "weir_controller_bundles_written_total",
      Type.COUNTER,
      "On the leader: bundles for proxies that start without a controller."),
  BUNDLE_FAILURES(
      "weir_controller_bundle_failures_total",
      Type.COUNTER,
      "On the leader: bundles that could not be looked at or written."),
  AUDITS(
      "weir_controller_audits_total",
      Type.COUNTER,
      "Comparisons of everything that was made by increments with the same made from nothing."),
  AUDIT_SECONDS(
      "weir_controller_audit_last_seconds", Type.GAUGE, "How long the last comparison took."),
  DRIFT(
      "weir_controller_drift_total",
      Type.COUNTER,
      "LoadBalancers and groups for which a comparison found a difference; made anew then. Anything"
          + " but 0 is a bug.");

  private final Description description;

  MetricFamily(String name, Type type, String help) {
    this.description = new Description(name, type, help);
  }

  @Override
  public Description description() {
    return description;
  }
}
