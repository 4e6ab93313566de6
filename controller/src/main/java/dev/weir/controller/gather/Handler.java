package dev.weir.controller.gather;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.Objects;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands events of an informer on; a failure concerns one object and ends nothing.
///
/// @param listed the first list has been handed on completely
record Handler<T extends HasMetadata>(Consumer<T> present, Consumer<T> gone, Runnable listed)
    implements ResourceEventHandler<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

  @Override
  public void onList(String resourceVersion, boolean more) {
    listed.run();
  }

  @Override
  public void onAdd(T object) {
    safely(object, present);
  }

  /// Another object of the same name, made while nothing was watched, is no update.
  @Override
  public void onUpdate(T before, T object) {
    if (!Objects.equals(before.getMetadata().getUid(), object.getMetadata().getUid())) {
      safely(before, gone);
    }
    safely(object, present);
  }

  @Override
  public void onDelete(T object, boolean unknown) {
    safely(object, gone);
  }

  private static <T extends HasMetadata> void safely(T object, Consumer<T> action) {
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
  }
}
