package dev.weir.controller;

import dev.weir.config.render.ObjectName;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.controller.gather.Watches;
import dev.weir.controller.infra.InfraOptions;
import dev.weir.controller.infra.InfraRenderer;
import dev.weir.controller.infra.Infrastructure;
import dev.weir.controller.infra.OwnedNames;
import dev.weir.controller.lease.Epoch;
import dev.weir.controller.lease.LeaderElector;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.status.StatusWriter;
import dev.weir.controller.stream.Authorizer;
import dev.weir.controller.stream.CachingAuthenticator;
import dev.weir.controller.stream.ControllerCa;
import dev.weir.controller.stream.StreamServer;
import dev.weir.controller.stream.StreamServerOptions;
import dev.weir.controller.stream.TokenReviewAuthenticator;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One controller, wired by hand: what each part is and whom it knows.
final class Controller {
  private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
  private static final String LEASE = "weir-controller";
  private static final Duration CA_RETRY = Duration.ofSeconds(2);

  private final Options options;
  private final InstantSource clock = InstantSource.system();
  private final LeaderElector elector;
  private final Reconciler reconciler;
  private final Watches watches;
  private final StreamServer stream;
  private final StatusWriter status;
  private final HealthServer health;
  private volatile List<String> starting = List.of("starting");
  private volatile @Nullable Metrics metrics;

  /// Starts a controller and returns when it serves.
  ///
  /// @param identity unique for this process
  /// @param timing of the election
  Controller(KubernetesClient client, Options options, String identity, LeaderElector.Timing timing)
      throws IOException, InterruptedException {
    this.options = options;
    health =
        new HealthServer(
            options.healthHost(), options.healthPort(), this::notReady, this::metricsText);
    health.start();
    ControllerCa ca = ca(client);
    reconciler =
        new Reconciler(
            new Renderer(RenderOptions.kubernetes(options.localEndpoints())),
            this::epoch,
            this::synced,
            clock,
            this::statusDue);
    watches = new Watches(client, reconciler.cluster(), reconciler, options.managed());
    elector =
        new LeaderElector(
            client, options.namespace(), LEASE, identity, timing, clock, new Election());
    LateReports reports = new LateReports();
    stream =
        new StreamServer(
            StreamServerOptions.defaults(
                identity, options.streamHost(), options.streamPort(), names(options)),
            ca,
            clock,
            new CachingAuthenticator(new TokenReviewAuthenticator(client), clock),
            Authorizer.byServiceAccount(options.namespace(), OwnedNames::of),
            reconciler,
            reports);
    Infrastructure infrastructure =
        options.managed()
            ? new Infrastructure(
                client,
                new InfraRenderer(
                    new InfraOptions(
                        options.proxyImage(), options.advertise(), ca.certificatePem())),
                watches)
            : null;
    status =
        new StatusWriter(
            client, reconciler, stream::sessions, infrastructure, elector::leading, clock);
    reports.to(status);
    metrics = new Metrics(reconciler, status, stream, elector::leading);
    elector.start();
    watches.start();
    status.start();
    stream.start();
    Thread.ofPlatform().name("weir-reconcile").start(reconciler::run);
    starting = List.of();
  }

  /// The port that proxies connect to.
  int streamPort() {
    return stream.port();
  }

  /// The port of `/ready`, `/live` and `/metrics`.
  int healthPort() {
    return health.port();
  }

  /// Stops: streams end, the Lease is given back.
  void stop() throws InterruptedException {
    reconciler.stop();
    status.stop();
    stream.stop();
    elector.stop();
    watches.close();
    health.stop();
  }

  /// The CA, as soon as the cluster lets us have it.
  private ControllerCa ca(KubernetesClient client) throws InterruptedException {
    SecretCaStore store = new SecretCaStore(client, options.namespace());
    String told = "";
    while (true) {
      try {
        return ControllerCa.loadOrCreate(store, InstantSource.system());
      } catch (IOException e) {
        String problem = String.valueOf(e.getMessage());
        if (!problem.equals(told)) {
          LOG.warn("{}; trying again", problem);
          told = problem;
          starting = List.of(problem);
        }
        Thread.sleep(CA_RETRY);
      }
    }
  }

  private static Set<String> names(Options options) {
    String host = options.advertise().substring(0, options.advertise().lastIndexOf(':'));
    String service = "weir-controller." + options.namespace();
    return Set.of(host, service + ".svc.cluster.local", service);
  }

  private @Nullable Epoch epoch() {
    return elector.epoch();
  }

  private boolean synced() {
    return watches.synced();
  }

  private void statusDue(ObjectName name) {
    status.due(name);
  }

  private String metricsText() {
    Metrics all = metrics;
    return all == null ? "" : all.text();
  }

  private List<String> notReady() {
    List<String> missing = new ArrayList<>(starting);
    if (!missing.isEmpty()) {
      return missing;
    }
    if (!watches.synced()) {
      missing.add("the caches are not filled");
      missing.addAll(watches.problems());
    }
    if (elector.epoch() == null) {
      missing.add("the Lease " + options.namespace() + "/" + LEASE + " is not known");
    }
    if (!reconciler.complete()) {
      missing.add("the first pass is not done");
    }
    return missing;
  }

  private final class Election implements LeaderElector.Listener {
    @Override
    public void epoch(Epoch epoch) {
      reconciler.epochChanged();
    }

    @Override
    public void leading(boolean leads) {
      if (leads) {
        status.allDue();
      }
    }
  }
}
