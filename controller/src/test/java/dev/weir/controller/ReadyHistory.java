package dev.weir.controller;

import dev.weir.api.v1alpha1.LoadBalancerStatus.Condition;
import dev.weir.controller.api.LoadBalancer;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Every time that a LoadBalancer's status said something else than `Ready=True`, as a client that
/// watches it sees it.
final class ReadyHistory implements AutoCloseable {
  private final List<Condition> unready = new CopyOnWriteArrayList<>();
  private final Watch watch;

  ReadyHistory(ControlPlane plane, String name) {
    watch =
        plane
            .client(LoadBalancer.class)
            .withName(name)
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, LoadBalancer object) {
                    Condition ready = ControlPlane.condition(object, "Ready");
                    if (action != Action.DELETED
                        && ready != null
                        && !ready.status().equals("True")) {
                      unready.add(ready);
                    }
                  }

                  @Override
                  public void onClose(WatcherException cause) {}
                });
  }

  List<Condition> unready() {
    return List.copyOf(unready);
  }

  @Override
  public void close() {
    watch.close();
  }
}
