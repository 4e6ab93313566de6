package dev.weir.controller.gather;

import dev.weir.config.render.ConfigMapView;
import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References;
import dev.weir.config.render.Referent;
import dev.weir.config.render.SecretView;
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
  private final Map<ObjectName, SecretView> secrets = new ConcurrentHashMap<>();
  private final Map<ObjectName, ConfigMapView> configMaps = new ConcurrentHashMap<>();
  private final Set<Referent> forbidden = ConcurrentHashMap.newKeySet();
  private final Map<String, Map<String, GrantView>> grants = new ConcurrentHashMap<>();
  private final Map<Referent, Set<ObjectName>> users = new ConcurrentHashMap<>();
  private final Map<String, Set<ObjectName>> strangers = new ConcurrentHashMap<>();
  private final Changes changes;
  private volatile Referents referents = Referents.NONE;

  /// @param changes is told what each event touched
  public Cluster(Changes changes) {
    this.changes = changes;
  }

  /// Says who is told of Secrets and ConfigMaps that are referred to, before anything is known.
  void referents(Referents told) {
    referents = told;
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
  public @Nullable SecretView secret(ObjectName name) {
    return secrets.get(name);
  }

  @Override
  public @Nullable ConfigMapView configMap(ObjectName name) {
    return configMaps.get(name);
  }

  @Override
  public boolean forbidden(ReferentKind kind, ObjectName name) {
    return forbidden.contains(new Referent(kind, name));
  }

  @Override
  public boolean granted(String namespace, ReferentKind kind, ObjectName to) {
    return grants.getOrDefault(to.namespace(), Map.of()).values().stream()
        .anyMatch(grant -> grant.allows(namespace, kind, to.name()));
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
    Set<Referent> now = Referent.of(seen.resource());
    now.forEach(object -> refer(name, object));
    if (before != null) {
      forget(before, now);
    }
    changes.loadBalancer(name);
  }

  void removeLoadBalancer(ObjectName name) {
    Observed before = loadBalancers.remove(name);
    if (before != null) {
      forget(before, Set.of());
    }
    changes.loadBalancer(name);
  }

  private void refer(ObjectName name, Referent object) {
    boolean first = add(users, object, name);
    if (!object.name().namespace().equals(name.namespace())) {
      add(strangers, object.name().namespace(), name);
    }
    if (first && object.kind() != ReferentKind.Service) {
      referents.wanted(object);
    }
  }

  private void forget(Observed before, Set<Referent> still) {
    ObjectName name = before.resource().name();
    for (Referent object : Referent.of(before.resource())) {
      if (!still.contains(object) && remove(users, object, name)) {
        gone(object);
      }
      String namespace = object.name().namespace();
      if (still.stream().noneMatch(other -> other.name().namespace().equals(namespace))) {
        remove(strangers, namespace, name);
      }
    }
  }

  private void gone(Referent object) {
    switch (object.kind()) {
      case Service -> {}
      case Secret, ConfigMap -> {
        referents.unwanted(object);
        forbidden.remove(object);
        forget(object);
      }
    }
  }

  private boolean forget(Referent object) {
    return switch (object.kind()) {
      case Service -> services.remove(object.name()) != null;
      case Secret -> secrets.remove(object.name()) != null;
      case ConfigMap -> configMaps.remove(object.name()) != null;
    };
  }

  /// @return whether it is the first of its key
  private static <K> boolean add(Map<K, Set<ObjectName>> index, K key, ObjectName loadBalancer) {
    Set<ObjectName> all = index.computeIfAbsent(key, k -> ConcurrentHashMap.newKeySet());
    return all.add(loadBalancer) && all.size() == 1;
  }

  /// @return whether it was the last of its key
  private static <K> boolean remove(Map<K, Set<ObjectName>> index, K key, ObjectName loadBalancer) {
    return index.computeIfPresent(
            key,
            (k, all) -> {
              all.remove(loadBalancer);
              return all.isEmpty() ? null : all;
            })
        == null;
  }

  void put(ServiceView service) {
    ServiceView before = services.put(service.name(), service);
    if (!service.equals(before)) {
      touched(ReferentKind.Service, service.name());
    }
  }

  /// An object that LoadBalancers may refer to is gone.
  void remove(Referent object) {
    if (forget(object)) {
      touched(object.kind(), object.name());
    }
  }

  /// Says whether an object that is referred to must not be read.
  void forbidden(Referent object, boolean is) {
    if (is ? forbidden.add(object) : forbidden.remove(object)) {
      touched(object.kind(), object.name());
    }
  }

  /// Ignored when nobody refers to it.
  void put(SecretView secret) {
    if (!users(ReferentKind.Secret, secret.name()).isEmpty()
        && !secret.equals(secrets.put(secret.name(), secret))) {
      touched(ReferentKind.Secret, secret.name());
    }
  }

  /// Ignored when nobody refers to it.
  void put(ConfigMapView configMap) {
    if (!users(ReferentKind.ConfigMap, configMap.name()).isEmpty()
        && !configMap.equals(configMaps.put(configMap.name(), configMap))) {
      touched(ReferentKind.ConfigMap, configMap.name());
    }
  }

  void put(GrantView grant) {
    Map<String, GrantView> ofNamespace =
        grants.computeIfAbsent(grant.name().namespace(), n -> new ConcurrentHashMap<>());
    if (!grant.equals(ofNamespace.put(grant.name().name(), grant))) {
      strangersOf(grant.name().namespace());
    }
  }

  void removeGrant(ObjectName name) {
    Map<String, GrantView> ofNamespace = grants.get(name.namespace());
    if (ofNamespace != null && ofNamespace.remove(name.name()) != null) {
      strangersOf(name.namespace());
    }
  }

  private void strangersOf(String namespace) {
    strangers.getOrDefault(namespace, Set.of()).forEach(changes::loadBalancer);
  }

  private void touched(ReferentKind kind, ObjectName object) {
    users(kind, object).forEach(changes::loadBalancer);
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
      users(ReferentKind.Service, view.service()).forEach(changes::endpoints);
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
    users(ReferentKind.Service, service).forEach(changes::endpoints);
  }

  private Set<ObjectName> users(ReferentKind kind, ObjectName object) {
    return users.getOrDefault(new Referent(kind, object), Set.of());
  }
}
