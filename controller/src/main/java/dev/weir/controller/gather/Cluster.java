package dev.weir.controller.gather;

import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References;
import dev.weir.config.render.ServiceView;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What is known of the cluster, as compact records, with the indexes that make every look-up one
/// of a hash table.
///
/// Written by informers' threads, one at a time for each kind; read by any.
public final class Cluster implements References {
  private final Map<ObjectName, Observed> loadBalancers = new ConcurrentHashMap<>();
  private final Map<ObjectName, ServiceView> services = new ConcurrentHashMap<>();
  private final Map<ObjectName, Map<String, EndpointSliceView>> slices = new ConcurrentHashMap<>();
  private final Map<String, ObjectName> serviceOfSlice = new ConcurrentHashMap<>();
  private final Map<ObjectName, Set<ObjectName>> users = new ConcurrentHashMap<>();
  private final Changes changes;

  /// @param changes is told what each event touched
  public Cluster(Changes changes) {
    this.changes = changes;
  }

  /// The LoadBalancer of that name; null when there is none.
  public @Nullable Observed loadBalancer(ObjectName name) {
    return loadBalancers.get(name);
  }

  /// All LoadBalancers.
  public Collection<Observed> loadBalancers() {
    return List.copyOf(loadBalancers.values());
  }

  @Override
  public @Nullable ServiceView service(ObjectName name) {
    return services.get(name);
  }

  @Override
  public List<EndpointSliceView> endpointSlices(ObjectName service) {
    Map<String, EndpointSliceView> found = slices.get(service);
    return found == null ? List.of() : List.copyOf(found.values());
  }

  void put(Observed seen) {
    ObjectName name = seen.resource().name();
    Observed before = loadBalancers.put(name, seen);
    if (before != null && before.sameSpec(seen)) {
      changes.owned(name);
      return;
    }
    if (before != null) {
      unindex(before);
    }
    for (ObjectName service : services(seen)) {
      users.computeIfAbsent(service, s -> ConcurrentHashMap.newKeySet()).add(name);
    }
    changes.loadBalancer(name);
  }

  void removeLoadBalancer(ObjectName name) {
    Observed before = loadBalancers.remove(name);
    if (before != null) {
      unindex(before);
    }
    changes.loadBalancer(name);
  }

  private void unindex(Observed before) {
    ObjectName name = before.resource().name();
    for (ObjectName service : services(before)) {
      users.computeIfPresent(
          service,
          (s, names) -> {
            names.remove(name);
            return names.isEmpty() ? null : names;
          });
    }
  }

  private static List<ObjectName> services(Observed seen) {
    List<PoolSpec> pools = seen.resource().spec().pools();
    ObjectName name = seen.resource().name();
    if (pools == null) {
      return List.of();
    }
    return pools.stream()
        .map(PoolSpec::serviceRef)
        .filter(ref -> ref != null)
        .map(ref -> name.sibling(ref.name()))
        .distinct()
        .toList();
  }

  void put(ServiceView service) {
    ServiceView before = services.put(service.name(), service);
    if (!service.equals(before)) {
      users(service.name()).forEach(changes::loadBalancer);
    }
  }

  void removeService(ObjectName name) {
    if (services.remove(name) != null) {
      users(name).forEach(changes::loadBalancer);
    }
  }

  /// @param slice the slice's UID
  void put(String slice, EndpointSliceView view) {
    ObjectName before = serviceOfSlice.put(slice, view.service());
    if (before != null && !before.equals(view.service())) {
      drop(slice, before);
    }
    Map<String, EndpointSliceView> ofService =
        slices.computeIfAbsent(view.service(), s -> new ConcurrentHashMap<>());
    if (!view.equals(ofService.put(slice, view))) {
      users(view.service()).forEach(changes::endpoints);
    }
  }

  void removeSlice(String slice) {
    ObjectName before = serviceOfSlice.remove(slice);
    if (before != null) {
      drop(slice, before);
    }
  }

  private void drop(String slice, ObjectName service) {
    slices.computeIfPresent(
        service,
        (s, views) -> {
          views.remove(slice);
          return views.isEmpty() ? null : views;
        });
    users(service).forEach(changes::endpoints);
  }

  private Set<ObjectName> users(ObjectName service) {
    return users.getOrDefault(service, Set.of());
  }
}
