package dev.weir.controller.infra;

import dev.weir.api.v1alpha1.LoadBalancerStatus.Address;
import dev.weir.api.v1alpha1.ProxySpec;
import dev.weir.config.render.ObjectName;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.gather.Watches;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the objects of LoadBalancers as they should be: applies them when they should be different
/// or somebody changed them, deletes those that are not wanted any more. What belongs to somebody
/// else is never touched.
///
/// Only the leader calls it, for one LoadBalancer at a time; it blocks.
public final class Infrastructure {
  /// The field manager of everything that the controller writes.
  public static final String FIELD_MANAGER = "weir-controller";

  private static final Logger LOG = LoggerFactory.getLogger(Infrastructure.class);

  private final KubernetesClient client;
  private final InfraRenderer renderer;
  private final Watches watches;
  private final Map<String, Applied> applied = new ConcurrentHashMap<>();

  private record Applied(String wanted, String version) {}

  /// An object of that name is somebody else's.
  private static final class NameConflictException extends Exception {
    private static final long serialVersionUID = 1;

    NameConflictException(HasMetadata wanted) {
      super(
          "%s %s/%s exists and does not belong to this LoadBalancer"
              .formatted(
                  wanted.getKind(),
                  wanted.getMetadata().getNamespace(),
                  wanted.getMetadata().getName()));
    }
  }

  public Infrastructure(KubernetesClient client, InfraRenderer renderer, Watches watches) {
    this.client = client;
    this.renderer = renderer;
    this.watches = watches;
  }

  /// Whether what is there is known.
  public boolean ready() {
    return watches.ownedSynced();
  }

  /// Makes the cluster have what the LoadBalancer needs, and says what is there.
  public InfraState ensure(Observed seen) {
    boolean own = seen.resource().spec().fleetRef() == null;
    if (!watches.ownedSynced()) {
      return new InfraState(
          null,
          List.of(),
          own ? 0 : null,
          own ? "NotSynced" : null,
          String.join("; ", watches.problems()));
    }
    if (seen.unreadable() != null) {
      return state(seen, own, null, "");
    }
    List<HasMetadata> wanted = own ? renderer.render(seen) : List.of();
    try {
      for (HasMetadata object : wanted) {
        requireOurs(seen, object);
      }
      for (HasMetadata object : wanted) {
        if (object instanceof Deployment deployment && scaled(seen) != null) {
          deployment.getSpec().setReplicas(null);
        }
        apply(object);
      }
      removeOthers(seen, wanted);
    } catch (NameConflictException e) {
      return state(seen, own, "NameConflict", String.valueOf(e.getMessage()));
    } catch (KubernetesClientException e) {
      LOG.warn(
          "cannot apply the objects of LoadBalancer {}: {}",
          seen.resource().name(),
          e.getMessage());
      return state(seen, own, "ApplyFailed", explain(e));
    }
    return state(seen, own, null, "");
  }

  private static String explain(KubernetesClientException e) {
    return e.getCode() == 403
        ? "the controller may not do this: " + e.getStatus().getMessage()
        : String.valueOf(e.getMessage());
  }

  /// Forgets a LoadBalancer that is gone; its objects go with it by garbage collection.
  public void forget(ObjectName name) {
    String suffix = " " + name.namespace() + "/" + OwnedNames.of(name.name());
    applied.keySet().removeIf(key -> key.endsWith(suffix));
  }

  /// All are looked at before any is written. What the cache has not is asked for: it has only
  /// objects with our label.
  private void requireOurs(Observed seen, HasMetadata object) throws NameConflictException {
    HasMetadata present = cached(object);
    if (present == null) {
      present = client.resource(object).get();
    }
    if (present != null && !ours(seen, present)) {
      throw new NameConflictException(object);
    }
  }

  private void apply(HasMetadata object) {
    String key = key(object);
    String json = Serialization.asJson(object);
    HasMetadata present = cached(object);
    Applied before = applied.get(key);
    if (present != null
        && before != null
        && before.wanted.equals(json)
        && before.version.equals(stamp(present))) {
      return;
    }
    HasMetadata written =
        client.resource(object).fieldManager(FIELD_MANAGER).forceConflicts().serverSideApply();
    if (before == null || !before.wanted.equals(json)) {
      LOG.info("applied {}", key);
    }
    applied.put(key, new Applied(json, stamp(written)));
  }

  private static String key(HasMetadata object) {
    return object.getKind()
        + " "
        + object.getMetadata().getNamespace()
        + "/"
        + object.getMetadata().getName();
  }

  /// Changes when somebody changes what was asked for; where there is no generation, also when the
  /// status changes.
  private static String stamp(HasMetadata object) {
    Long generation = object.getMetadata().getGeneration();
    return object.getMetadata().getUid()
        + "/"
        + (generation != null ? "g" + generation : "v" + object.getMetadata().getResourceVersion());
  }

  private static boolean ours(Observed seen, HasMetadata present) {
    for (OwnerReference owner : present.getMetadata().getOwnerReferences()) {
      if (seen.uid().equals(owner.getUid()) && Boolean.TRUE.equals(owner.getController())) {
        return true;
      }
    }
    return false;
  }

  private List<SharedIndexInformer<? extends HasMetadata>> caches() {
    Watches.Owned owned = watches.owned();
    return owned == null
        ? List.of()
        : List.of(
            owned.deployments(),
            owned.daemonSets(),
            owned.services(),
            owned.serviceAccounts(),
            owned.budgets());
  }

  private @Nullable HasMetadata cached(HasMetadata object) {
    String name = object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
    for (SharedIndexInformer<? extends HasMetadata> cache : caches()) {
      if (cache.getApiTypeClass().isInstance(object)) {
        return cache.getStore().getByKey(name);
      }
    }
    return null;
  }

  private void removeOthers(Observed seen, List<HasMetadata> wanted) {
    ObjectName name = seen.resource().name();
    String key = name.namespace() + "/" + OwnedNames.of(name.name());
    for (SharedIndexInformer<? extends HasMetadata> cache : caches()) {
      HasMetadata present = cache.getStore().getByKey(key);
      boolean keep = wanted.stream().anyMatch(cache.getApiTypeClass()::isInstance);
      if (present != null && !keep && ours(seen, present)) {
        LOG.info("deleting {}", key(present));
        client.resource(present).delete();
        applied.remove(key(present));
      }
    }
  }

  private InfraState state(Observed seen, boolean own, @Nullable String reason, String message) {
    if (!own) {
      return new InfraState(null, List.of(), null, reason, message);
    }
    return new InfraState(expected(seen), addresses(seen), readyPods(seen), reason, message);
  }

  /// How many proxies somebody else wants by the Deployment's scale, such as a
  /// HorizontalPodAutoscaler; null when nobody does, or the LoadBalancer says how many there are.
  /// The field is theirs since they wrote it: leaving it out of what is applied leaves it alone.
  private @Nullable Integer scaled(Observed seen) {
    ProxySpec proxy = seen.resource().spec().proxy();
    Watches.Owned owned = watches.owned();
    Deployment present =
        owned == null || proxy != null && proxy.replicas() != null
            ? null
            : owned.deployments().getStore().getByKey(ownedKey(seen));
    if (present == null) {
      return null;
    }
    List<ManagedFieldsEntry> fields =
        Objects.requireNonNullElse(
            present.getMetadata().getManagedFields(), List.<ManagedFieldsEntry>of());
    return fields.stream().anyMatch(entry -> "scale".equals(entry.getSubresource()))
        ? present.getSpec().getReplicas()
        : null;
  }

  private int expected(Observed seen) {
    ProxySpec proxy = seen.resource().spec().proxy();
    Integer scaled = scaled(seen);
    if (scaled != null && (proxy == null || proxy.kind() != ProxySpec.Kind.DaemonSet)) {
      return scaled;
    }
    if (proxy != null && proxy.kind() == ProxySpec.Kind.DaemonSet) {
      Watches.Owned owned = watches.owned();
      DaemonSet set = owned == null ? null : owned.daemonSets().getStore().getByKey(ownedKey(seen));
      Integer scheduled =
          set == null || set.getStatus() == null
              ? null
              : set.getStatus().getDesiredNumberScheduled();
      return Objects.requireNonNullElse(scheduled, 0);
    }
    return InfraRenderer.replicas(
        Objects.requireNonNullElse(proxy, new ProxySpec(null, null, null, null)));
  }

  private int readyPods(Observed seen) {
    Watches.Owned owned = watches.owned();
    if (owned == null) {
      return 0;
    }
    String key = ownedKey(seen);
    Deployment deployment = owned.deployments().getStore().getByKey(key);
    DaemonSet set = owned.daemonSets().getStore().getByKey(key);
    int ofDeployment =
        Optional.ofNullable(deployment)
            .map(Deployment::getStatus)
            .map(DeploymentStatus::getReadyReplicas)
            .orElse(0);
    int ofSet =
        Optional.ofNullable(set)
            .map(DaemonSet::getStatus)
            .map(DaemonSetStatus::getNumberReady)
            .orElse(0);
    return ofDeployment + ofSet;
  }

  private static String ownedKey(Observed seen) {
    ObjectName name = seen.resource().name();
    return name.namespace() + "/" + OwnedNames.of(name.name());
  }

  private List<Address> addresses(Observed seen) {
    Watches.Owned owned = watches.owned();
    Service service = owned == null ? null : owned.services().getStore().getByKey(ownedKey(seen));
    if (service == null || !ours(seen, service)) {
      return List.of();
    }
    List<Address> addresses = new ArrayList<>();
    if ("LoadBalancer".equals(service.getSpec().getType())) {
      var status = service.getStatus() == null ? null : service.getStatus().getLoadBalancer();
      if (status != null && status.getIngress() != null) {
        for (LoadBalancerIngress ingress : status.getIngress()) {
          addresses.add(
              ingress.getIp() != null
                  ? new Address("IPAddress", ingress.getIp())
                  : new Address("Hostname", String.valueOf(ingress.getHostname())));
        }
      }
      return addresses;
    }
    for (String ip :
        Objects.requireNonNullElse(service.getSpec().getClusterIPs(), List.<String>of())) {
      addresses.add(new Address("IPAddress", ip));
    }
    return addresses;
  }
}
