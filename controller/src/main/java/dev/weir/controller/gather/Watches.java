package dev.weir.controller.gather;

import dev.weir.config.render.ObjectName;
import dev.weir.controller.api.LoadBalancer;
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
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The informers: what the controller watches, each with the one place where its events go.
///
/// A kind that cannot be listed (the CRD is missing, a permission is missing, the API server is away) is tried again until it
/// can, and says in the log what is missing.
public final class Watches implements AutoCloseable {
  /// The label that all objects of ours have, with the value `weir`.
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

  private final KubernetesClient client;
  private final Cluster cluster;
  private final Changes changes;
  private final boolean managed;
  private final List<SharedIndexInformer<?>> informers = new ArrayList<>();
  private final Map<String, String> problems = new ConcurrentHashMap<>();
  private @Nullable Owned owned;

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
  }

  /// Starts them all. Returns at once.
  public void start() {
    watch(
        "loadbalancers.weir.dev",
        client.resources(LoadBalancer.class).inAnyNamespace(),
        handler(
            object -> cluster.put(Views.loadBalancer(object)),
            object -> cluster.removeLoadBalancer(Views.name(object))));
    watch(
        "services",
        client.services().inAnyNamespace(),
        handler(
            object -> cluster.put(Views.service(object)),
            object -> cluster.removeService(Views.name(object))));
    watch(
        "endpointslices.discovery.k8s.io",
        client.discovery().v1().endpointSlices().inAnyNamespace(),
        handler(this::slice, this::sliceGone));
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
  }

  private void slice(EndpointSlice object) {
    var view = Views.slice(object);
    if (view != null) {
      cluster.put(object.getMetadata().getUid(), view);
    }
  }

  private void sliceGone(EndpointSlice object) {
    ObjectName service = Views.service(object);
    if (service != null) {
      cluster.removeSlice(object.getMetadata().getUid(), service);
    }
  }

  private <T extends HasMetadata, L extends KubernetesResourceList<T>, R>
      SharedIndexInformer<T> own(
          String what, FilterWatchListDeletable<T, L, R> resources) {
    Consumer<T> touched =
        object ->
            object.getMetadata().getOwnerReferences().stream()
                .filter(owner -> "LoadBalancer".equals(owner.getKind()))
                .forEach(
                    owner ->
                        changes.owned(
                            new ObjectName(
                                object.getMetadata().getNamespace(), owner.getName())));
    return watch(what, resources.withLabel(MANAGED_BY, "weir"), handler(touched, touched));
  }

  private <T extends HasMetadata, L extends KubernetesResourceList<T>, R>
      SharedIndexInformer<T> watch(
          String what, FilterWatchListDeletable<T, L, R> resources, ResourceEventHandler<T> handler) {
    SharedIndexInformer<T> informer = resources.runnableInformer(0);
    informer.addEventHandler(handler);
    informer.exceptionHandler(
        (started, problem) -> {
          report(what, problem);
          return true;
        });
    informers.add(informer);
    informer.start();
    return informer;
  }

  private void report(String what, Throwable problem) {
    String text = explain(what, problem);
    if (!text.equals(problems.put(what, text))) {
      LOG.warn("{}", text);
    }
  }

  /// What a person can do about it, in one sentence.
  static String explain(String what, Throwable problem) {
    int code =
        problem instanceof KubernetesClientException e
            ? e.getCode()
            : problem.getCause() instanceof KubernetesClientException cause ? cause.getCode() : 0;
    return switch (code) {
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

  private <T extends HasMetadata> ResourceEventHandler<T> handler(
      Consumer<T> present, Consumer<T> gone) {
    BiConsumer<T, Consumer<T>> safely =
        (object, action) -> {
          try {
            action.accept(object);
          } catch (RuntimeException e) {
            LOG.error(
                "cannot take in {} {}/{}",
                object.getKind(),
                object.getMetadata().getNamespace(),
                object.getMetadata().getName(),
                e);
          }
        };
    return new ResourceEventHandler<>() {
      @Override
      public void onAdd(T object) {
        safely.accept(object, present);
      }

      @Override
      public void onUpdate(T before, T object) {
        safely.accept(object, present);
      }

      @Override
      public void onDelete(T object, boolean unknown) {
        safely.accept(object, gone);
      }
    };
  }

  /// Whether every cache has the cluster's full picture once.
  public boolean synced() {
    return !informers.isEmpty() && informers.stream().allMatch(SharedIndexInformer::hasSynced);
  }

  /// What keeps caches from being filled, for the log and the health page.
  public List<String> problems() {
    return synced() ? List.of() : List.copyOf(problems.values());
  }

  /// The caches of owned objects; null when there are none to own.
  public @Nullable Owned owned() {
    return owned;
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::close);
  }
}
