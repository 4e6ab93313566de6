package dev.weir.controller;

import dev.weir.controller.stream.TicketStore;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Keeps the secrets of session tickets in the Secret `weir-tickets` of the controller's namespace.
final class SecretTicketStore implements TicketStore {
  private static final String NAME = "weir-tickets";
  private static final String SECRETS = "secrets";
  private static final String ROTATED = "rotated";
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final String namespace;

  SecretTicketStore(KubernetesClient client, String namespace) {
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
    return Map.of(
        SECRETS, encode(String.join("\n", material.secrets())),
        ROTATED, encode(material.rotated().toString()));
  }

  private static Material material(Secret secret) throws IOException {
    Map<String, String> data = secret.getData() == null ? Map.of() : secret.getData();
    String secrets = data.get(SECRETS);
    String rotated = data.get(ROTATED);
    if (secrets == null || rotated == null) {
      throw new IOException("Secret " + NAME + " has no " + SECRETS + " and " + ROTATED);
    }
    try {
      List<String> lines = decode(secrets).lines().filter(line -> !line.isBlank()).toList();
      lines.forEach(line -> Base64.getDecoder().decode(line));
      if (lines.isEmpty()) {
        throw new IOException("Secret " + NAME + " has no line in " + SECRETS);
      }
      return new Material(lines, Instant.parse(decode(rotated)));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IOException("Secret " + NAME + " is damaged: delete it, and another is made", e);
    }
  }

  private IOException explained(String verb, KubernetesClientException e) {
    return new IOException(
        e.getCode() == 403
            ? "the controller may not %s Secret %s/%s: apply its Role (deploy/rbac.yaml)"
                .formatted(verb, namespace, NAME)
            : "cannot %s Secret %s/%s: %s".formatted(verb, namespace, NAME, e.getMessage()),
        e);
  }

  private static String encode(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decode(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
