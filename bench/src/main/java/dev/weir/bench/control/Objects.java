package dev.weir.bench.control;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// What the bench makes in the cluster, and how it changes it.
///
/// @param address of the origins
/// @param origins ports of two origins that answer with their names
record Objects(KubernetesClient client, String address, int[] origins) {
  static final ResourceDefinitionContext LOAD_BALANCERS =
      new ResourceDefinitionContext.Builder()
          .withGroup("weir.dev")
          .withVersion("v1alpha1")
          .withKind("LoadBalancer")
          .withPlural("loadbalancers")
          .withNamespaced(true)
          .build();

  private static final int WRITERS = 16;
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

  /// Creates objects, sixteen at a time, and returns when the last create has.
  void create(int count, IntFunction<String> yaml) throws InterruptedException {
    try (var threads = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<?>> all =
          IntStream.range(0, count)
              .<Future<?>>mapToObj(i -> threads.submit(() -> create(yaml.apply(i))))
              .toList();
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot create", e.getCause());
    }
  }

  void create(String yaml) {
    HasMetadata object =
        yaml.contains("kind: LoadBalancer")
            ? Serialization.unmarshal(yaml, GenericKubernetesResource.class)
            : Serialization.unmarshal(yaml);
    client.resource(object).inNamespace(Stage.NAMESPACE).create();
  }

  /// A LoadBalancer with two listed endpoints, on a port of its own.
  String listed(String name, String fleet, int port) {
    return loadBalancer(
        name,
        fleet,
        port,
        "endpoints: [{address: %s, port: %d}, {address: %s, port: %d}]"
            .formatted(address, origins[0], address, origins[1]));
  }

  /// A LoadBalancer of the Service of its name.
  String referring(String name, String fleet, int port) {
    return loadBalancer(name, fleet, port, "serviceRef: {name: " + name + ", port: 80}");
  }

  private static String loadBalancer(String name, String fleet, int port, String endpoints) {
    return """
    apiVersion: weir.dev/v1alpha1
    kind: LoadBalancer
    metadata: {name: %s}
    spec:
      fleetRef: {name: %s}
      listeners:
        - name: http
          port: %d
          accessLog: {format: None}
          responseHeaders: {set: [{name: X-Version, value: v0}]}
      pools:
        - name: web
          health: {enabled: false}
          %s
    """
        .formatted(name, fleet, port, endpoints);
  }

  String service(String name) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: %s}
    spec: {ports: [{port: 80, protocol: TCP}]}
    """
        .formatted(name);
  }

  /// A slice of the Service with these endpoints.
  String slice(String service, int port, List<String> addresses) {
    return """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: %s, labels: {kubernetes.io/service-name: %s}}
    addressType: IPv4
    ports: [{name: "", port: %d, protocol: TCP}]
    endpoints:
    %s
    """
        .formatted(
            service,
            service,
            port,
            String.join(
                "\n",
                addresses.stream()
                    .map(a -> "  - {addresses: [\"" + a + "\"], conditions: {ready: true}}")
                    .toList()));
  }

  /// Has a LoadBalancer answer with another version.
  void change(String name, String version) {
    client
        .genericKubernetesResources(LOAD_BALANCERS)
        .inNamespace(Stage.NAMESPACE)
        .withName(name)
        .patch(
            MERGE,
            """
            {"spec": {"listeners": [{"name": "http", "port": %d, "accessLog": {"format": "None"},
              "responseHeaders": {"set": [{"name": "X-Version", "value": "%s"}]}}]}}
            """
                .formatted(port(name), version));
  }

  /// The port of a LoadBalancer by its name, `lb-17` has 10017.
  static int port(String name) {
    return 10_000 + Integer.parseInt(name.substring(name.lastIndexOf('-') + 1));
  }

  /// Refuses to begin where another process has one of the ports: that LoadBalancer would never be
  /// Programmed.
  static void requireFree(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      try (var socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(port("lb-" + i)));
      } catch (IOException e) {
        throw new IOException("another process has port " + port("lb-" + i), e);
      }
    }
  }

  /// Moves a slice to another port.
  void move(String slice, int port) {
    client
        .discovery()
        .v1()
        .endpointSlices()
        .inNamespace(Stage.NAMESPACE)
        .withName(slice)
        .patch(
            MERGE,
            "{\"ports\": [{\"name\": \"\", \"port\": " + port + ", \"protocol\": \"TCP\"}]}");
  }
}
