package dev.weir.controller;

import dev.weir.config.metrics.ProcessFamily;
import dev.weir.config.metrics.PrometheusText;
import dev.weir.controller.apiserver.ApiServer;
import dev.weir.controller.bundle.BundleWriter;
import dev.weir.controller.reconcile.Audit;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.relay.Followers;
import dev.weir.controller.status.StatusWriter;
import dev.weir.controller.stream.SessionState;
import dev.weir.controller.stream.StreamMetrics;
import dev.weir.controller.stream.StreamServer;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The page `/metrics` of the controller. No label depends on what users write.
///
/// @param bundles null where none are kept
/// @param leading whether this replica leads
record Metrics(
    Reconciler reconciler,
    Audit audit,
    StatusWriter status,
    StreamServer stream,
    Followers followers,
    @Nullable BundleWriter bundles,
    ApiServer apiServer,
    BooleanSupplier leading) {

  /// The page as it is now. Any thread.
  String text() {
    var text = new PrometheusText();
    ProcessFamily.write(text);
    text.sample(MetricFamily.LEADING, leading.getAsBoolean() ? 1 : 0);
    text.sample(MetricFamily.LOAD_BALANCERS, reconciler.names().size());
    text.sample(MetricFamily.LOST_WATCHES, apiServer.lostWatches());
    text.sample(MetricFamily.QUEUE_DEPTH, reconciler.depth());
    reconciler.reconcileTimes().write(text, MetricFamily.RECONCILE);
    reconciler.renderTimes().write(text, MetricFamily.RENDER);
    text.sample(MetricFamily.STATUS_DEPTH, status.depth());
    status.writeTimes().write(text, MetricFamily.STATUS_WRITE);
    text.sample(MetricFamily.STATUS_FAILURES, status.failures());
    text.sample(MetricFamily.EVENTS_DROPPED, status.droppedEvents());
    streams(text, stream.sessions(), stream.metrics());
    text.sample(MetricFamily.FOLLOWERS, followers.replicas());
    text.sample(MetricFamily.RELAYED, followers.proxies());
    text.sample(MetricFamily.BUNDLES, bundles == null ? 0 : bundles.written());
    text.sample(MetricFamily.BUNDLE_FAILURES, bundles == null ? 0 : bundles.failures());
    text.sample(MetricFamily.AUDITS, audit.passes());
    text.sample(MetricFamily.AUDIT_SECONDS, audit.lastSeconds());
    text.sample(MetricFamily.DRIFT, audit.drift());
    return text.toString();
  }

  private static void streams(
      PrometheusText text, List<SessionState> sessions, StreamMetrics metrics) {
    text.sample(MetricFamily.STREAMS, sessions.size());
    text.sample(
        MetricFamily.STREAMS_CURRENT, sessions.stream().filter(SessionState::current).count());
    text.sample(
        MetricFamily.STREAMS_LAGGING, sessions.stream().filter(SessionState::lagging).count());
    text.sample(MetricFamily.STREAMS_ACCEPTED, metrics.accepted());
    for (StreamMetrics.Refusal refusal : StreamMetrics.Refusal.values()) {
      text.sample(
          MetricFamily.STREAMS_REFUSED,
          List.of(),
          "reason",
          refusal.name().toLowerCase(Locale.ROOT),
          metrics.refused(refusal));
    }
    metrics.pushTimes().write(text, MetricFamily.PUSH);
    metrics.ackTimes().write(text, MetricFamily.ACK);
    text.sample(MetricFamily.COMMITS, metrics.commits());
    text.sample(MetricFamily.ENDPOINT_COMMITS, metrics.endpointCommits());
    text.sample(MetricFamily.EMPTY_COMMITS, metrics.emptyCommits());
    text.sample(MetricFamily.UPSERTS, metrics.upserts());
    text.sample(MetricFamily.REJECTIONS, metrics.rejections());
  }
}
