package dev.weir.controller.gather;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What informers keep, and what their handlers make of it.
class IdentitiesTest {
  private final Identities<Service> store = new Identities<>(Service::new);

  @Test
  void whoAnObjectIsAndItsVersionAreKeptAndNothingElse() {
    Service seen = service("uid-1", "7");
    String key = store.getKey(seen);
    assertNull(store.put(key, seen));
    Service kept = store.get(key);
    assertEquals("shop/web uid-1 7", text(kept));
    assertNull(kept.getSpec());
    assertEquals("shop/web uid-1 7", text(store.put(key, service("uid-1", "8"))));
    assertEquals(1, store.size());
    assertEquals("shop/web uid-1 8", text(store.remove(key)));
    assertNull(store.get(key));
    assertEquals(List.of(), store.keySet().toList());
  }

  @Test
  void anObjectThatWasMadeAnewWhileNobodyWatchedIsGoneFirst() {
    List<String> heard = new ArrayList<>();
    var handler =
        new Handler<Service>(
            present -> heard.add("present " + text(present)),
            gone -> heard.add("gone " + text(gone)),
            () -> {});
    handler.onUpdate(service("uid-1", "7"), service("uid-1", "8"));
    handler.onUpdate(service("uid-1", "8"), service("uid-2", "9"));
    assertEquals(
        List.of("present shop/web uid-1 8", "gone shop/web uid-1 8", "present shop/web uid-2 9"),
        heard);
  }

  private static String text(Service service) {
    var meta = service.getMetadata();
    return "%s/%s %s %s"
        .formatted(meta.getNamespace(), meta.getName(), meta.getUid(), meta.getResourceVersion());
  }

  private static Service service(String uid, String version) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName("web")
        .withUid(uid)
        .withResourceVersion(version)
        .endMetadata()
        .withNewSpec()
        .withType("ClusterIP")
        .endSpec()
        .build();
  }
}
