package dev.weir.controller.bundle;

import dev.weir.config.stream.Bundle;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Snapshot;
import dev.weir.controller.gather.Watches;
import dev.weir.controller.infra.BundlePlace;
import dev.weir.controller.infra.BundlePlace.Slot;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The bundle of one group in the cluster. A Secret of one of its names that is not ours is never
/// written. Blocks; one thread at a time.
final class BundleSecrets {
  private static final String DIGEST = "weir.dev/digest";
  private static final String VERSION = "weir.dev/version";
  private static final int PART_SIZE = 900 * 1024;
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final ProxyGroup group;
  private final BundlePlace place;
  private final @Nullable OwnerReference owner;

  /// @param owner the LoadBalancer that the Secrets go with; null for a fleet's
  BundleSecrets(
      KubernetesClient client,
      ProxyGroup group,
      BundlePlace place,
      @Nullable OwnerReference owner) {
    this.client = client;
    this.group = group;
    this.place = place;
    this.owner = owner;
  }

  /// What is there.
  ///
  /// @param slot where it is
  /// @param digest of the snapshot, in hex
  record Present(Slot slot, String digest, Snapshot snapshot) {}

  /// The newest bundle that is whole and opens; null when there is none.
  @Nullable Present read() throws IOException {
    byte[] key = storedKey();
    if (key == null) {
      return null;
    }
    Present newest = null;
    for (Slot slot : Slot.values()) {
      List<byte[]> parts = new ArrayList<>();
      for (int i = 0; i < BundlePlace.MAX_PARTS; i++) {
        Secret secret = get(place.part(slot, i));
        if (secret == null) {
          break;
        }
        parts.add(bytes(secret, BundlePlace.PART));
      }
      Snapshot opened = opened(parts, key);
      if (opened != null
          && (newest == null || newest.snapshot.version().before(opened.version()))) {
        newest = new Present(slot, opened.digest().hex(), opened);
      }
    }
    return newest;
  }

  private @Nullable Snapshot opened(List<byte[]> parts, byte[] key) {
    try {
      return Bundle.open(parts, group, key);
    } catch (IOException e) {
      return null;
    }
  }

  /// Writes a bundle.
  ///
  /// @throws IOException when it is too large, or the cluster does not take it
  void write(Slot slot, Snapshot snapshot) throws IOException {
    List<byte[]> parts = Bundle.seal(group, snapshot, key(), PART_SIZE);
    if (parts.size() > BundlePlace.MAX_PARTS) {
      throw new IOException(
          "it has %d parts of %d bytes, more than %d"
              .formatted(parts.size(), PART_SIZE, BundlePlace.MAX_PARTS));
    }
    for (int i = 0; i < parts.size(); i++) {
      put(
          place.part(slot, i),
          Map.of(BundlePlace.PART, Base64.getEncoder().encodeToString(parts.get(i))),
          Map.of(DIGEST, snapshot.digest().hex(), VERSION, snapshot.version().label()));
    }
  }

  /// The key, made where there is none.
  private byte[] key() throws IOException {
    byte[] stored = storedKey();
    if (stored != null) {
      return stored;
    }
    byte[] made = Bundle.newKey();
    put(place.key(), Map.of(BundlePlace.KEY, Base64.getEncoder().encodeToString(made)), Map.of());
    return made;
  }

  /// The key; it may be somebody else's who made it first.
  private byte @Nullable [] storedKey() throws IOException {
    Secret secret = get(place.key());
    if (secret == null) {
      return null;
    }
    byte[] key = bytes(secret, BundlePlace.KEY);
    if (key.length != Bundle.KEY_SIZE) {
      throw new IOException(
          "Secret %s/%s: %s is not %d bytes long"
              .formatted(place.namespace(), place.key(), BundlePlace.KEY, Bundle.KEY_SIZE));
    }
    return key;
  }

  private static byte[] bytes(Secret secret, String name) throws IOException {
    String text = secret.getData() == null ? null : secret.getData().get(name);
    try {
      return Base64.getDecoder().decode(Objects.requireNonNullElse(text, ""));
    } catch (IllegalArgumentException e) {
      throw new IOException("Secret " + secret.getMetadata().getName() + " is not base64", e);
    }
  }

  private @Nullable Secret get(String name) throws IOException {
    try {
      return client.secrets().inNamespace(place.namespace()).withName(name).get();
    } catch (KubernetesClientException e) {
      throw explained("get", name, e);
    }
  }

  private void put(String name, Map<String, String> data, Map<String, String> annotations)
      throws IOException {
    Secret present = get(name);
    if (present != null && !ours(present)) {
      throw new IOException(
          "Secret %s/%s exists and is not the controller's".formatted(place.namespace(), name));
    }
    var wanted =
        new SecretBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(place.namespace())
            .addToLabels(Watches.MANAGED_BY, "weir")
            .addToLabels("app.kubernetes.io/name", "weir-bundle")
            .addToLabels("app.kubernetes.io/instance", place.owned())
            .withAnnotations(annotations)
            .withOwnerReferences(owner == null ? List.of() : List.of(owner))
            .withResourceVersion(
                present == null ? null : present.getMetadata().getResourceVersion())
            .endMetadata()
            .withType("weir.dev/bundle")
            .withData(data)
            .build();
    try {
      if (present == null) {
        client.resource(wanted).create();
      } else {
        client.resource(wanted).lockResourceVersion().update();
      }
    } catch (KubernetesClientException e) {
      throw explained(present == null ? "create" : "update", name, e);
    }
  }

  private static boolean ours(Secret secret) {
    Map<String, String> labels = secret.getMetadata().getLabels();
    return labels != null && "weir".equals(labels.get(Watches.MANAGED_BY));
  }

  private IOException explained(String verb, String name, KubernetesClientException e) {
    String what = "Secret " + place.namespace() + "/" + name;
    return new IOException(
        switch (e.getCode()) {
          case 403 ->
              "the controller may not %s %s: bind the ClusterRole weir-bundles in namespace %s"
                  .formatted(verb, what, place.namespace());
          case CONFLICT -> what + " was changed meanwhile";
          default -> "cannot %s %s: %s".formatted(verb, what, e.getMessage());
        },
        e);
  }
}
