package dev.weir.proxy.scenario;

import dev.weir.proxy.testkit.Origin;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// Manifest text for scenarios. Pieces are YAML flow mappings.
final class Yaml {
  /// Checks often enough for a test, with the usual counts.
  static final String FAST = "health: {interval: 100ms, timeout: 1s, rise: 2, fall: 3}";

  static final String UNCHECKED = "health: {enabled: false}";

  private Yaml() {}

  /// A LoadBalancer `web` with one HTTP listener and one quickly checked pool `web`.
  static String web(int port, Origin... origins) {
    return loadBalancer(
        "web", List.of(listener("http", port)), List.of(pool("web", FAST, origins)));
  }

  static String loadBalancer(String name, List<String> listeners, List<String> pools) {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s}
        spec:
          listeners:
        %s
          pools:
        %s
        """
        .formatted(name, items(listeners), items(pools));
  }

  /// A listener on 127.0.0.1; `more` are further fields, each like `protocol: TCP`.
  static String listener(String name, int port, String... more) {
    return "{name: %s, port: %d, address: 127.0.0.1%s}".formatted(name, port, fields(more));
  }

  /// A pool of origins; `more` is one further field.
  static String pool(String name, String more, Origin... origins) {
    return pool(name, endpoints(origins), more);
  }

  /// A pool of endpoints in YAML; `more` are further fields.
  static String pool(String name, List<String> endpoints, String... more) {
    return "{name: %s, endpoints: [%s]%s}"
        .formatted(name, String.join(", ", endpoints), fields(more));
  }

  static List<String> endpoints(Origin... origins) {
    return Arrays.stream(origins).map(origin -> endpoint(origin.port())).toList();
  }

  /// An endpoint on 127.0.0.1.
  static String endpoint(int port, String... more) {
    return "{address: 127.0.0.1, port: %d%s}".formatted(port, fields(more));
  }

  private static String items(List<String> entries) {
    return entries.stream().map(entry -> "    - " + entry).collect(Collectors.joining("\n"));
  }

  private static String fields(String... more) {
    return Arrays.stream(more).map(field -> ", " + field).collect(Collectors.joining());
  }
}
