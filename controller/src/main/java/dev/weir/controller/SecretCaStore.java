package dev.weir.controller;

import dev.weir.controller.stream.CaStore;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Keeps the CA in the Secret `weir-ca` of the controller's namespace.
final class SecretCaStore implements CaStore {
  private static final String NAME = "weir-ca";
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final String namespace;

  SecretCaStore(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  @Override
  public @Nullable Material load() throws IOException {
    try {
      Secret secret = client.secrets().inNamespace(namespace).withName(NAME).get();
      return secret == null ? null : material(secret);
    } catch (KubernetesClientException e) {
      throw explained("read", e);
    }
  }

  @Override
  public Material createIfAbsent(Material material) throws IOException {
    Secret secret =
        new SecretBuilder()
            .withNewMetadata()
            .withName(NAME)
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
      Material stored = e.getCode() == CONFLICT ? load() : null;
      if (stored == null) {
        throw explained("create", e);
      }
      return stored;
    }
  }

  @Override
  public void replace(Material loaded, Material material) throws IOException {
    try {
      Secret present = client.secrets().inNamespace(namespace).withName(NAME).require();
      if (!material(present).equals(loaded)) {
        throw new IOException("Secret " + NAME + " was changed meanwhile");
      }
      client
          .resource(new SecretBuilder(present).withData(data(material)).build())
          .lockResourceVersion()
          .update();
    } catch (KubernetesClientException e) {
      throw explained("update", e);
    }
  }

  private static Map<String, String> data(Material material) {
    Map<String, String> data = new TreeMap<>();
    data.put("ca.crt", encode(material.certificates()));
    data.put("ca.key", encode(material.key()));
    String next = material.next();
    if (next != null) {
      data.put("next.key", encode(next));
    }
    return data;
  }

  private IOException explained(String verb, KubernetesClientException e) {
    return new IOException(
        switch (e.getCode()) {
          case 403 ->
              "the controller may not %s Secret %s/%s: apply its Role (deploy/rbac.yaml)"
                  .formatted(verb, namespace, NAME);
          case 404 -> "there is no namespace " + namespace + " for the controller's CA";
          default -> "cannot %s Secret %s/%s: %s".formatted(verb, namespace, NAME, e.getMessage());
        },
        e);
  }

  private static Material material(Secret secret) throws IOException {
    Map<String, String> data = secret.getData() == null ? Map.of() : secret.getData();
    String certificate = data.get("ca.crt");
    String key = data.get("ca.key");
    if (certificate == null || key == null) {
      throw new IOException("Secret " + NAME + " has no ca.crt and ca.key");
    }
    String next = data.get("next.key");
    return new Material(decode(certificate), decode(key), next == null ? null : decode(next));
  }

  private static String encode(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decode(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
