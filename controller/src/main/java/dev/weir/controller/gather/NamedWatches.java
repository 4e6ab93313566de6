package dev.weir.controller.gather;

import dev.weir.config.render.Referent;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches Secrets and ConfigMaps one by one, by name: those that LoadBalancers refer to and no
/// other, so that the controller needs no right to more.
///
/// One that may not be read counts as absent; it is tried again until it may. Thread: any.
final class NamedWatches implements Referents, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NamedWatches.class);

  private final KubernetesClient client;
  private final Cluster cluster;
  private final Map<Referent, SharedIndexInformer<?>> informers = new HashMap<>();
  private final Set<Referent> awaited = ConcurrentHashMap.newKeySet();
  private final Map<Referent, String> problems = new ConcurrentHashMap<>();
  private boolean closed;

  NamedWatches(KubernetesClient client, Cluster cluster) {
    this.client = client;
    this.cluster = cluster;
  }

  /// Whether everything that is referred to has been looked at once.
  boolean synced() {
    return awaited.isEmpty();
  }

  /// What keeps single objects from being known, for the log and the health page.
  List<String> problems() {
    return awaited.stream()
        .map(
            object ->
                problems.getOrDefault(object, "waiting for " + object.kind() + " " + object.name()))
        .toList();
  }

  @Override
  public synchronized void wanted(Referent object) {
    if (closed || informers.containsKey(object)) {
      return;
    }
    awaited.add(object);
    String namespace = object.name().namespace();
    String name = object.name().name();
    SharedIndexInformer<?> informer =
        switch (object.kind()) {
          case Secret ->
              watch(
                  object,
                  client.secrets().inNamespace(namespace).withName(name),
                  secret -> cluster.put(Views.secret(secret)));
          case ConfigMap ->
              watch(
                  object,
                  client.configMaps().inNamespace(namespace).withName(name),
                  configMap -> cluster.put(Views.configMap(configMap)));
          case Service -> throw new IllegalArgumentException("Services are watched all together");
        };
    informers.put(object, informer);
  }

  @Override
  public synchronized void unwanted(Referent object) {
    SharedIndexInformer<?> informer = informers.remove(object);
    awaited.remove(object);
    problems.remove(object);
    if (informer != null) {
      informer.close();
    }
  }

  private <T extends HasMetadata> SharedIndexInformer<T> watch(
      Referent object, Resource<T> resource, Consumer<T> present) {
    SharedIndexInformer<T> informer = resource.runnableInformer(0);
    informer.addEventHandler(
        new Handler<>(present, gone -> cluster.remove(object), () -> listed(object)));
    informer.exceptionHandler(
        (running, problem) -> {
          report(object, problem);
          return true;
        });
    informer.start();
    return informer;
  }

  private void listed(Referent object) {
    problems.remove(object);
    cluster.forbidden(object, false);
    awaited.remove(object);
  }

  private void report(Referent object, Throwable problem) {
    boolean forbidden = Watches.code(problem) == 403;
    if (forbidden) {
      cluster.forbidden(object, true);
      awaited.remove(object);
    }
    String text =
        forbidden
            ? "the controller may not read %s %s: bind the ClusterRole weir-references in namespace %s"
                .formatted(object.kind(), object.name(), object.name().namespace())
            : "cannot watch %s %s: %s"
                .formatted(object.kind(), object.name(), problem.getMessage());
    if (!text.equals(problems.put(object, text))) {
      LOG.warn("{}; trying again", text);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    informers.values().forEach(SharedIndexInformer::close);
    informers.clear();
  }
}
