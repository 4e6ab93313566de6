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
            .withData(
                Map.of("ca.crt", encode(material.certificate()), "ca.key", encode(material.key())))
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
    return new Material(decode(certificate), decode(key));
  }

  private static String encode(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decode(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
