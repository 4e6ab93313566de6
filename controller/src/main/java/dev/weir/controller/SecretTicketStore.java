package dev.weir.controller;

import dev.weir.controller.stream.TicketStore;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// Keeps the secrets of session tickets in the Secret `weir-tickets` of the controller's namespace.
final class SecretTicketStore extends SecretStore<TicketStore.Material> implements TicketStore {
  private static final String NAME = "weir-tickets";
  private static final String SECRETS = "secrets";
  private static final String ROTATED = "rotated";

  SecretTicketStore(KubernetesClient client, String namespace) {
    super(client, namespace, NAME);
  }

  @Override
  Map<String, String> data(Material material) {
    return Map.of(
        SECRETS, encode(String.join("\n", material.secrets())),
        ROTATED, encode(material.rotated().toString()));
  }

  @Override
  Material material(Map<String, String> data) throws IOException {
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
}
