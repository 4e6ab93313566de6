package dev.weir.proxy.health;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.PoolConfig.HealthCheck;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The checking of one endpoint: when, how, and what came of it. Thread: the control loop;
/// [#status] any.
final class Check {
  private static final Logger LOG = LoggerFactory.getLogger(Check.class);

  private final HealthChecker checker;
  private final Pool pool;
  private final Endpoint endpoint;
  private Health health = new Health.Unchecked();
  private @Nullable HealthCheck settings;
  private @Nullable ScheduledFuture<?> next;
  private int round;
  private boolean running;
  private volatile EndpointStatus status;

  // Written by the control loop, read by the scrape.
  private volatile long passed;
  private volatile long failed;
  private volatile long transitions;

  Check(HealthChecker checker, Pool pool, Endpoint endpoint) {
    this.checker = checker;
    this.pool = pool;
    this.endpoint = endpoint;
    this.status = new EndpointStatus(true, "NotCheckedYet", checker.now());
  }

  Pool pool() {
    return pool;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  EndpointStatus status() {
    return status;
  }

  long passed() {
    return passed;
  }

  long failed() {
    return failed;
  }

  long transitions() {
    return transitions;
  }

  /// Looks at the configuration in force; what the checks have shown so far stays.
  void refresh() {
    HealthCheck wanted = wanted();
    if (wanted == null) {
      stop();
      settings = null;
      health = new Health.Unchecked();
      unchecked();
      return;
    }
    if (settings == null && health instanceof Health.Unchecked) {
      show(true, "NotCheckedYet");
    }
    boolean reschedule = !wanted.equals(settings) || (next == null && !running);
    settings = wanted;
    if (reschedule) {
      stop();
      schedule(checker.spread(wanted.interval()));
    }
  }

  /// Ends the checking.
  void stop() {
    round++;
    running = false;
    if (next != null) {
      next.cancel(false);
      next = null;
    }
  }

  private @Nullable HealthCheck wanted() {
    EndpointsConfig.Endpoint config = endpoint.config();
    boolean checked =
        config.checked()
            && config.state() != EndpointsConfig.State.Maintenance
            && endpoint.address() != null;
    return checked ? pool.config().health() : null;
  }

  private void unchecked() {
    endpoint.healthy(true);
    EndpointsConfig.Endpoint config = endpoint.config();
    if (endpoint.address() == null) {
      show(false, checker.missingAddress(pool, config));
    } else if (config.state() == EndpointsConfig.State.Maintenance) {
      show(false, "Maintenance");
    } else {
      show(true, "NotChecked");
    }
  }

  private void schedule(Duration delay) {
    int mine = round;
    next =
        checker
            .loops()
            .control()
            .schedule(() -> run(mine), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void run(int mine) {
    next = null;
    SocketAddress address = address();
    HealthCheck check = settings;
    if (mine != round || check == null || address == null) {
      return;
    }
    running = true;
    Probe.start(
        checker.loops(),
        address,
        endpoint.config(),
        pool.approach(),
        check.probe(),
        endpoint.pool().config().protocol(),
        check.timeout(),
        result -> done(mine, check, result));
  }

  private void done(int mine, HealthCheck check, CheckResult result) {
    if (mine != round) {
      return;
    }
    running = false;
    if (result.success()) {
      passed = passed + 1;
    } else {
      failed = failed + 1;
    }
    Health before = health;
    health = health.next(result.success(), check.rise(), check.fall());
    boolean flipped = health.healthy() != before.healthy();
    if (flipped) {
      transitions = transitions + 1;
      endpoint.healthy(health.healthy());
    }
    if (health.healthy() == result.success()) {
      show(health.healthy(), result.reason());
    }
    if (flipped) {
      announce(result);
    }
    schedule(check.interval());
  }

  private void announce(CheckResult result) {
    LOG.info(
        "endpoint {} of pool {} is {}: {}; {} of {} usable",
        endpoint.name(),
        pool.name(),
        health.healthy() ? "UP" : "DOWN",
        result.reason(),
        pool.endpoints().usable(),
        pool.endpoints().all().size());
  }

  private void show(boolean healthy, String reason) {
    EndpointStatus old = status;
    if (old.healthy() != healthy || !old.reason().equals(reason)) {
      var since = old.healthy() == healthy ? old.since() : checker.now();
      status = new EndpointStatus(healthy, reason, since);
      checker.changed(this);
    }
  }

  private @Nullable SocketAddress address() {
    SocketAddress address = endpoint.address();
    Integer port = endpoint.config().checkPort();
    return port == null || !(address instanceof InetSocketAddress ip)
        ? address
        : new InetSocketAddress(Objects.requireNonNull(ip.getAddress()), port);
  }
}
