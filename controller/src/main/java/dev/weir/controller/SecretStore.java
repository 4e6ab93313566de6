package dev.weir.controller;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Keeps something in a Secret of the controller's namespace, that all replicas share: who comes
/// first makes it, and who changes it changes what it has read.
///
/// @param <M> what is kept
abstract class SecretStore<M> {
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final String namespace;
  private final String name;

  SecretStore(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
  }

  /// What the Secret is to have, in base64.
  abstract Map<String, String> data(M material);

  /// What it has.
  ///
  /// @throws IOException when that is not what was kept
  abstract M material(Map<String, String> data) throws IOException;

  /// What is stored; null when there is nothing.
  public @Nullable M load() throws IOException {
    try {
      Secret secret = client.secrets().inNamespace(namespace).withName(name).get();
      return secret == null ? null : material(secret);
    } catch (KubernetesClientException e) {
      throw explained("read", e);
    }
  }

  /// Stores the material unless something is stored already, and returns what is stored then.
  public M createIfAbsent(M material) throws IOException {
    Secret secret =
        new SecretBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(namespace)
            .addToLabels("app.kubernetes.io/part-of", "weir")
            .endMetadata()
            .withType("Opaque")
            .withData(data(material))
            .build();
    try {
      client.secrets().inNamespace(namespace).resource(secret).create();
      return material;
    } catch (KubernetesClientException e) {
      M stored = e.getCode() == CONFLICT ? load() : null;
      if (stored == null) {
        throw explained("create", e);
      }
      return stored;
    }
  }

  /// Stores the material in place of what was loaded.
  ///
  /// @throws IOException also when something else was stored meanwhile
  public void replace(M loaded, M material) throws IOException {
    try {
      Secret present = client.secrets().inNamespace(namespace).withName(name).require();
      if (!material(present).equals(loaded)) {
        throw new IOException("Secret " + name + " was changed meanwhile");
      }
      client
          .resource(new SecretBuilder(present).withData(data(material)).build())
          .lockResourceVersion()
          .update();
    } catch (KubernetesClientException e) {
      throw explained("update", e);
    }
  }

  private M material(Secret secret) throws IOException {
    return material(secret.getData() == null ? Map.of() : secret.getData());
  }

  /// Why the API server did not do it, in words for whoever runs the controller.
  IOException explained(String verb, KubernetesClientException e) {
    return new IOException(
        e.getCode() == FORBIDDEN
            ? "the controller may not %s Secret %s/%s: apply its Role (deploy/rbac.yaml)"
                .formatted(verb, namespace, name)
            : "cannot %s Secret %s/%s: %s".formatted(verb, namespace, name, e.getMessage()),
        e);
  }

  static String encode(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  static String decode(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
