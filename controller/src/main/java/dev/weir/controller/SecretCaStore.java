package dev.weir.controller;

import dev.weir.controller.stream.CaStore;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/// Keeps the CA in the Secret `weir-ca` of the controller's namespace.
final class SecretCaStore extends SecretStore<CaStore.Material> implements CaStore {
  private static final String NAME = "weir-ca";
  private static final int NOT_FOUND = 404;

  private final String namespace;

  SecretCaStore(KubernetesClient client, String namespace) {
    super(client, namespace, NAME);
    this.namespace = namespace;
  }

  @Override
  Map<String, String> data(Material material) {
    Map<String, String> data = new TreeMap<>();
    data.put("ca.crt", encode(material.certificates()));
    data.put("ca.key", encode(material.key()));
    String next = material.next();
    if (next != null) {
      data.put("next.key", encode(next));
    }
    return data;
  }

  @Override
  Material material(Map<String, String> data) throws IOException {
    String certificate = data.get("ca.crt");
    String key = data.get("ca.key");
    if (certificate == null || key == null) {
      throw new IOException("Secret " + NAME + " has no ca.crt and ca.key");
    }
    String next = data.get("next.key");
    return new Material(decode(certificate), decode(key), next == null ? null : decode(next));
  }

  @Override
  IOException explained(String verb, KubernetesClientException e) {
    return e.getCode() == NOT_FOUND
        ? new IOException("there is no namespace " + namespace + " for the controller's CA", e)
        : super.explained(verb, e);
  }
}
