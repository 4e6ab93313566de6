package dev.weir.controller;

import dev.weir.config.render.ObjectName;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resources;
import dev.weir.controller.apiserver.ApiServer;
import dev.weir.controller.bundle.BundleWriter;
import dev.weir.controller.canary.Canary;
import dev.weir.controller.canary.Stage;
import dev.weir.controller.canary.Stages;
import dev.weir.controller.gather.Watches;
import dev.weir.controller.infra.InfraOptions;
import dev.weir.controller.infra.InfraRenderer;
import dev.weir.controller.infra.Infrastructure;
import dev.weir.controller.infra.OwnedNames;
import dev.weir.controller.lease.Epoch;
import dev.weir.controller.lease.LeaderElector;
import dev.weir.controller.reconcile.Audit;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.relay.Followers;
import dev.weir.controller.relay.Relay;
import dev.weir.controller.status.HealthBook;
import dev.weir.controller.status.StatusWriter;
import dev.weir.controller.stream.Authorizer;
import dev.weir.controller.stream.CachingAuthenticator;
import dev.weir.controller.stream.CurrentCa;
import dev.weir.controller.stream.NodeZones;
import dev.weir.controller.stream.ServingCertificate;
import dev.weir.controller.stream.SessionState;
import dev.weir.controller.stream.StreamMetrics;
import dev.weir.controller.stream.StreamServer;
import dev.weir.controller.stream.StreamServerOptions;
import dev.weir.controller.stream.Tickets;
import dev.weir.controller.stream.TlsIdentity;
import dev.weir.controller.stream.TokenReviewAuthenticator;
import dev.weir.controller.stream.Wanted;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
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
  private final Relay relay;
  private final Followers followers;
  private final Reconciler reconciler;
  private final Watches watches;
  private final StreamServer stream;
  private final StatusWriter status;
  private final Audit audit;
  private final @Nullable BundleWriter bundles;
  private final Stages stages;
  private final @Nullable Canary canary;
  private final HealthServer health;
  private final CurrentCa ca;
  private final Tickets tickets;
  private volatile List<String> starting = List.of("starting");
  private volatile @Nullable Metrics metrics;
  private volatile @Nullable LeaderElector elector;
  private volatile @Nullable StatePages state;

  /// Starts a controller and returns when it serves.
  ///
  /// @param apiServer stays the caller's to close
  /// @param identity unique for this process
  /// @param timing of the election
  Controller(ApiServer apiServer, Options options, String identity, LeaderElector.Timing timing)
      throws IOException, InterruptedException {
    this.options = options;
    KubernetesClient client = apiServer.client();
    health = new HealthServer(options.healthHost(), options.healthPort(), new Pages());
    health.start();
    CurrentCa current = ca(client);
    ca = current;
    reconciler =
        new Reconciler(
            new Renderer(RenderOptions.kubernetes(options.localEndpoints())),
            this::epoch,
            this::synced,
            clock,
            this::statusDue);
    watches = new Watches(client, reconciler.cluster(), reconciler, options.managed());
    Path mounted = options.servingCertificate();
    ServingCertificate serving =
        mounted == null ? null : new ServingCertificate(mounted, this::caChanged);
    TlsIdentity credentials = new TlsIdentity(current, names(options), clock, serving);
    stages = new Stages(reconciler::groupOf, this::resources);
    LateReports reports = new LateReports();
    stream =
        new StreamServer(
            StreamServerOptions.defaults(identity, options.streamHost(), options.streamPort()),
            credentials,
            new CachingAuthenticator(new TokenReviewAuthenticator(client), clock),
            Authorizer.byServiceAccount(options.namespace(), OwnedNames::of),
            new NodeZones(client, clock),
            reconciler,
            reports);
    Infrastructure infrastructure =
        options.managed()
            ? new Infrastructure(
                client,
                new InfraRenderer(
                    () ->
                        new InfraOptions(
                            options.proxyImage(),
                            options.advertise(),
                            authorities(current, serving),
                            options.bundleInterval() != null)),
                watches)
            : null;
    HealthBook endpoints = new HealthBook();
    status =
        new StatusWriter(
            client,
            reconciler,
            endpoints,
            this::sessions,
            infrastructure,
            this::stage,
            this::leading,
            clock);
    relay =
        new Relay(
            new Relay.Sources(
                reconciler::names, reconciler::served, stream::sessions, endpoints::all),
            this::leader,
            credentials,
            this::heard);
    followers =
        new Followers(
            this::leading,
            reconciler::served,
            status,
            stream::nextSession,
            options.canaryHold() == null ? null : stages);
    tickets =
        new Tickets(new SecretTicketStore(client, options.namespace()), clock, stream::allChanged);
    stream.tickets(tickets::of);
    reports.to(status, relay);
    canary =
        options.canaryHold() == null
            ? null
            : new Canary(
                stages,
                reconciler,
                this::sessions,
                this::leading,
                options.canaryHold(),
                this::staged);
    if (canary != null) {
      stream.gate(stages);
    }
    reconciler.onServed(this::served);
    stream.onReplica(followers::serve);
    audit = new Audit(reconciler, reconciler.cluster());
    bundles =
        options.bundleInterval() == null
            ? null
            : new BundleWriter(
                client,
                options.namespace(),
                reconciler,
                this::sessions,
                this::unproven,
                this::leading,
                options.bundleInterval());
    metrics =
        new Metrics(
            reconciler, audit, status, stream, followers, bundles, apiServer, this::leading);
    state = new StatePages(identity, reconciler, stream, endpoints, this::leading);
    stream.start();
    tickets.start();
    elector =
        new LeaderElector(
            client,
            options.namespace(),
            LEASE,
            identity,
            replicaAddress(),
            timing,
            clock,
            new Election());
    elector.start();
    watches.start();
    status.start();
    relay.start();
    Thread.ofPlatform().name("weir-reconcile").start(reconciler::run);
    audit.start();
    current.start();
    if (bundles != null) {
      bundles.start();
    }
    if (canary != null) {
      canary.start();
    }
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
    if (bundles != null) {
      bundles.stop();
    }
    if (canary != null) {
      canary.stop();
    }
    audit.stop();
    ca.stop();
    tickets.stop();
    reconciler.stop();
    status.stop();
    relay.stop();
    stream.stop();
    LeaderElector taking = elector;
    if (taking != null) {
      taking.stop();
    }
    watches.close();
    health.stop();
  }

  /// What proxies have to trust.
  private static String authorities(CurrentCa own, @Nullable ServingCertificate serving) {
    return own.get().certificatePem() + (serving == null ? "" : serving.authoritiesPem());
  }

  /// Proxies of their own are told by their pods.
  private void caChanged() {
    status.allDue();
  }

  /// The CA, as soon as the cluster lets us have it.
  private CurrentCa ca(KubernetesClient client) throws InterruptedException {
    SecretCaStore store = new SecretCaStore(client, options.namespace());
    String told = "";
    while (true) {
      try {
        return new CurrentCa(store, clock, this::caChanged);
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

  /// Where other replicas reach this one: the stream's port.
  private String replicaAddress() throws IOException {
    String given = options.replicaAddress();
    if (given != null) {
      return given;
    }
    String host =
        options.streamHost().equals("*")
            ? InetAddress.getLocalHost().getHostAddress()
            : options.streamHost();
    return host + ":" + stream.port();
  }

  private @Nullable Epoch epoch() {
    LeaderElector taking = elector;
    return taking == null ? null : taking.epoch();
  }

  private boolean leading() {
    LeaderElector taking = elector;
    return taking != null && taking.leading();
  }

  private @Nullable String leader() {
    LeaderElector taking = elector;
    return taking == null ? null : taking.leaderAddress();
  }

  private List<SessionState> sessions(ProxyGroup group, ObjectName loadBalancer) {
    return followers.with(stream.sessions(group), group, loadBalancer);
  }

  private void heard(String loadBalancer, Stage stage) {
    stages.put(loadBalancer, stage);
    staged(loadBalancer, stage);
  }

  private Stage stage(ObjectName name) {
    return stages.of(name.toString());
  }

  private Set<String> unproven(ProxyGroup group) {
    return canary == null ? Set.of() : stages.unproven(group, reconciler.members(group));
  }

  private Resources resources(ProxyGroup group) {
    Wanted wanted = reconciler.wanted(group);
    return wanted == null ? Resources.EMPTY : wanted.snapshot().resources();
  }

  private void served(ObjectName name) {
    status.due(name);
    relay.served(name);
    if (canary != null) {
      canary.served(name);
    }
  }

  /// How far the latest of a LoadBalancer has come is something else, as this replica or its leader
  /// says: proxies that wait for it, or have to give it back, are looked at again.
  private void staged(String loadBalancer, Stage stage) {
    ObjectName name = ObjectName.parse(loadBalancer);
    ProxyGroup group = reconciler.groupOf(name);
    boolean stopped = stage.trial() != null && stage.trial().stopped() != null;
    boolean awaited =
        group != null && stream.sessions(group).stream().anyMatch(s -> s.waits(loadBalancer));
    if (group != null) {
      stream.changed(group);
    }
    if (awaited || stopped) {
      status.due(name);
    }
    followers.staged(loadBalancer);
  }

  private List<SessionState> sessions(ProxyGroup group) {
    return followers.with(stream.sessions(group), group);
  }

  private boolean synced() {
    return watches.synced();
  }

  private void statusDue(ObjectName name) {
    status.due(name);
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
    if (epoch() == null) {
      missing.add("the Lease " + options.namespace() + "/" + LEASE + " is not known");
    }
    if (!reconciler.complete()) {
      missing.add("the first pass is not done");
    }
    return missing;
  }

  private final class Pages implements HealthServer.Pages {
    @Override
    public List<String> notReady() {
      return Controller.this.notReady();
    }

    @Override
    public String metrics() {
      Metrics all = metrics;
      return all == null ? "" : all.text();
    }

    @Override
    public @Nullable StatePages state() {
      return state;
    }

    @Override
    public void refused(String address, String reason) {
      if (state != null) {
        stream.refused(StreamMetrics.Refusal.Forbidden, address, reason);
      }
    }
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
