package dev.weir.controller.gather;

import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References.ReferentKind;
import dev.weir.config.render.Referent;
import dev.weir.controller.api.LoadBalancer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The informers: what the controller watches, each with the one place where its events go.
///
/// A kind that cannot be listed (the CRD is missing, a permission is missing, the API server is
/// away) is tried again until it can, and says in the log what is missing. Lists come in pages, so
/// that no more than one of them is in memory in the API server's own form.
public final class Watches implements AutoCloseable {
  /// The label that all objects of ours have, with the value `weir`.
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  private static final ResourceDefinitionContext LOAD_BALANCERS =
      ResourceDefinitionContext.fromResourceType(LoadBalancer.class);
  private static final String GRANTS = "referencegrants.gateway.networking.k8s.io";
  static final ResourceDefinitionContext REFERENCE_GRANTS =
      new ResourceDefinitionContext.Builder()
          .withGroup("gateway.networking.k8s.io")
          .withVersion("v1beta1")
          .withKind("ReferenceGrant")
          .withPlural("referencegrants")
          .withNamespaced(true)
          .build();
  private static final long PAGE = 250;
  private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

  private final KubernetesClient client;
  private final Cluster cluster;
  private final Changes changes;
  private final boolean managed;
  private final List<SharedIndexInformer<?>> informers = new ArrayList<>();
  private final Map<String, String> problems = new ConcurrentHashMap<>();
  private final Set<String> awaited = ConcurrentHashMap.newKeySet();
  private final NamedWatches named;
  private final Set<String> awaitedOwned = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Owned owned;
  private volatile boolean started;

  /// The caches of the objects that belong to LoadBalancers.
  ///
  /// @param deployments and so on: by `namespace/name`
  public record Owned(
      SharedIndexInformer<Deployment> deployments,
      SharedIndexInformer<DaemonSet> daemonSets,
      SharedIndexInformer<Service> services,
      SharedIndexInformer<ServiceAccount> serviceAccounts,
      SharedIndexInformer<PodDisruptionBudget> budgets) {}

  /// @param managed whether LoadBalancers get proxies of their own, whose objects are watched too
  public Watches(KubernetesClient client, Cluster cluster, Changes changes, boolean managed) {
    this.client = client;
    this.cluster = cluster;
    this.changes = changes;
    this.managed = managed;
    this.named = new NamedWatches(client, cluster);
  }

  /// Starts them all. Returns at once.
  public void start() {
    cluster.referents(named);
    watch(
        GRANTS,
        awaited,
        client.genericKubernetesResources(REFERENCE_GRANTS).inAnyNamespace(),
        GenericKubernetesResource::new,
        this::grant,
        object -> cluster.removeGrant(Views.name(object)));
    watch(
        "loadbalancers.weir.dev",
        awaited,
        client.genericKubernetesResources(LOAD_BALANCERS).inAnyNamespace(),
        GenericKubernetesResource::new,
        this::loadBalancer,
        object -> cluster.removeLoadBalancer(Views.name(object)));
    watch(
        "services",
        awaited,
        client.services().inAnyNamespace(),
        Service::new,
        object -> cluster.put(Views.service(object)),
        object -> cluster.remove(new Referent(ReferentKind.Service, Views.name(object))));
    watch(
        "endpointslices.discovery.k8s.io",
        awaited,
        client.discovery().v1().endpointSlices().inAnyNamespace(),
        EndpointSlice::new,
        this::slice,
        this::sliceGone);
    if (managed) {
      owned =
          new Owned(
              own("deployments.apps", client.apps().deployments().inAnyNamespace()),
              own("daemonsets.apps", client.apps().daemonSets().inAnyNamespace()),
              own("services", client.services().inAnyNamespace()),
              own("serviceaccounts", client.serviceAccounts().inAnyNamespace()),
              own(
                  "poddisruptionbudgets.policy",
                  client.policy().v1().podDisruptionBudget().inAnyNamespace()));
    }
    started = true;
  }

  /// One that is being deleted is gone already: what belongs to it must not come back.
  private void loadBalancer(GenericKubernetesResource object) {
    if (object.getMetadata().getDeletionTimestamp() == null) {
      cluster.put(LoadBalancerReader.read(object, cluster.loadBalancer(Views.name(object))));
    } else {
      cluster.removeLoadBalancer(Views.name(object));
    }
  }

  private void grant(GenericKubernetesResource object) {
    var view = Views.grant(object);
    if (view == null) {
      cluster.removeGrant(Views.name(object));
    } else {
      cluster.put(view);
    }
  }

  private void slice(EndpointSlice object) {
    var view = Views.slice(object);
    if (view == null) {
      sliceGone(object);
    } else {
      cluster.put(object.getMetadata().getUid(), view);
    }
  }

  private void sliceGone(EndpointSlice object) {
    cluster.removeSlice(object.getMetadata().getUid());
  }

  private <T extends HasMetadata, L extends KubernetesResourceList<T>, R>
      SharedIndexInformer<T> own(String what, FilterWatchListDeletable<T, L, R> resources) {
    Consumer<T> touched =
        object ->
            object.getMetadata().getOwnerReferences().stream()
                .filter(owner -> "LoadBalancer".equals(owner.getKind()))
                .filter(owner -> owner.getApiVersion().startsWith("weir.dev/"))
                .forEach(
                    owner ->
                        changes.owned(
                            new ObjectName(object.getMetadata().getNamespace(), owner.getName())));
    return watch(
        what, awaitedOwned, resources.withLabel(MANAGED_BY, "weir"), null, touched, touched);
  }

  /// @param blank makes an empty object; null to have whole objects kept for whoever looks them up
  private <T extends HasMetadata, L extends KubernetesResourceList<T>, R>
      SharedIndexInformer<T> watch(
          String what,
          Set<String> waiting,
          FilterWatchListDeletable<T, L, R> resources,
          @Nullable Supplier<T> blank,
          Consumer<T> present,
          Consumer<T> gone) {
    waiting.add(what);
    SharedIndexInformer<T> informer = resources.withLimit(PAGE).runnableInformer(0);
    if (blank != null) {
      informer.itemStore(new Identities<>(blank));
    }
    informer.addEventHandler(new Handler<>(present, gone, () -> waiting.remove(what)));
    informer.exceptionHandler(
        (running, problem) -> {
          report(what, problem);
          return true;
        });
    informers.add(informer);
    informer.start();
    return informer;
  }

  private void report(String what, Throwable problem) {
    if (what.equals(GRANTS) && code(problem) == 404) {
      // The Gateway API is not installed: nobody grants anything. Looked for again and again.
      awaited.remove(what);
      return;
    }
    String text = explain(what, problem);
    if (!text.equals(problems.put(what, text))) {
      LOG.warn("{}", text);
    }
  }

  /// The API server's status; 0 when it did not answer.
  static int code(Throwable problem) {
    return problem instanceof KubernetesClientException e
        ? e.getCode()
        : problem.getCause() instanceof KubernetesClientException cause ? cause.getCode() : 0;
  }

  /// What a person can do about it, in one sentence.
  static String explain(String what, Throwable problem) {
    return switch (code(problem)) {
      case 404 ->
          what.endsWith("weir.dev")
              ? "the cluster has no " + what + ": apply the CRD (crds/); trying again"
              : "the cluster has no " + what + "; trying again";
      case 401 -> "the API server does not accept the controller's credentials; trying again";
      case 403 ->
          "the controller may not list and watch "
              + what
              + " in all namespaces: apply its ClusterRole (deploy/rbac.yaml); trying again";
      default -> "cannot watch " + what + ": " + problem.getMessage() + "; trying again";
    };
  }

  /// Whether everything that configuration is made of has been handed on once.
  public boolean synced() {
    return started && awaited.isEmpty() && named.synced();
  }

  /// Whether the caches of owned objects are filled, too.
  public boolean ownedSynced() {
    return started && awaitedOwned.isEmpty();
  }

  /// What keeps caches from being filled, for the log and the health page.
  public List<String> problems() {
    Set<String> waiting = new TreeSet<>(awaited);
    waiting.addAll(awaitedOwned);
    List<String> all = new ArrayList<>();
    waiting.forEach(
        what -> all.add(problems.getOrDefault(what, "waiting for the list of " + what)));
    all.addAll(named.problems());
    return all;
  }

  /// The caches of owned objects; null when there are none to own.
  public @Nullable Owned owned() {
    return owned;
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::close);
    named.close();
  }
}
