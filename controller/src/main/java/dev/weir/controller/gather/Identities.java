package dev.weir.controller.gather;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What an informer keeps of objects whose content is kept in [Cluster]: who they are and which
/// version was seen last. Handlers of deletions get no more than that. Safe for any thread.
final class Identities<T extends HasMetadata> implements ItemStore<T> {
  private final Map<String, Identity> known = new ConcurrentHashMap<>();
  private final Supplier<T> blank;

  private record Identity(
      @Nullable String namespace, String name, @Nullable String uid, @Nullable String version) {}

  /// @param blank makes an object without metadata
  Identities(Supplier<T> blank) {
    this.blank = blank;
  }

  @Override
  public String getKey(T object) {
    return Cache.metaNamespaceKeyFunc(object);
  }

  @Override
  public @Nullable T put(String key, T object) {
    ObjectMeta meta = object.getMetadata();
    return restored(
        known.put(
            key,
            new Identity(
                meta.getNamespace(), meta.getName(), meta.getUid(), meta.getResourceVersion())));
  }

  @Override
  public @Nullable T remove(String key) {
    return restored(known.remove(key));
  }

  @Override
  public Stream<String> keySet() {
    return known.keySet().stream();
  }

  @Override
  public Stream<T> values() {
    return known.values().stream().map(this::object);
  }

  @Override
  public int size() {
    return known.size();
  }

  @Override
  public @Nullable T get(String key) {
    return restored(known.get(key));
  }

  @Override
  public boolean isFullState() {
    return false;
  }

  private @Nullable T restored(@Nullable Identity identity) {
    return identity == null ? null : object(identity);
  }

  private T object(Identity identity) {
    T object = blank.get();
    object.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(identity.namespace)
            .withName(identity.name)
            .withUid(identity.uid)
            .withResourceVersion(identity.version)
            .build());
    return object;
  }
}
