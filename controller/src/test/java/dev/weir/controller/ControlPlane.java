package dev.weir.controller;

import dev.weir.api.v1alpha1.LoadBalancerStatus.Condition;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.controller.api.LoadBalancer;
import dev.weir.controller.apiserver.ApiServer;
import dev.weir.controller.lease.LeaderElector;
import dev.weir.controller.stream.ControllerCa;
import dev.weir.controller.stream.TokenReviewAuthenticator;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A controller in this JVM on a [TestCluster], in namespaces of its own, and what tests do with
/// it.
final class ControlPlane implements AutoCloseable {
  private static final LeaderElector.Timing TIMING =
      new LeaderElector.Timing(
          Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofMillis(200));

  final TestCluster cluster;
  final String namespace;
  private final Path directory;
  private final boolean localEndpoints;
  private final String system;
  private final String suffix;
  private final List<ApiServer> connections = new CopyOnWriteArrayList<>();
  private @Nullable Controller controller;
  private final int streamPort = Ports.free();

  /// Endpoints may be loopback addresses only where this machine has no others.
  ControlPlane(Path directory) throws Exception {
    this(directory, TestCluster.address().isLoopbackAddress());
  }

  ControlPlane(Path directory, boolean localEndpoints) throws Exception {
    this(directory, localEndpoints, true);
  }

  /// One whose controllers are processes that a test starts with [#arguments].
  static ControlPlane withoutController(Path directory) throws Exception {
    return withoutController(directory, TestCluster.address().isLoopbackAddress());
  }

  static ControlPlane withoutController(Path directory, boolean localEndpoints) throws Exception {
    return new ControlPlane(directory, localEndpoints, false);
  }

  private ControlPlane(Path directory, boolean localEndpoints, boolean started) throws Exception {
    this.localEndpoints = localEndpoints;
    this.directory = directory;
    suffix = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    system = "weir-system-" + suffix;
    namespace = "weir-test-" + suffix;
    cluster = TestCluster.open();
    cluster.namespace(system);
    cluster.namespace(namespace);
    if (started) {
      startController();
    }
    var store = new SecretCaStore(cluster.client(), system);
    Files.writeString(
        directory.resolve("ca.crt"),
        ControllerCa.of(store, InstantSource.system()).certificatePem());
  }

  /// Starts it, on the port that it had before.
  void startController(String... flags) throws Exception {
    startController(apiServer(cluster.client().getConfiguration(), ApiServer.PING), flags);
  }

  /// The same over that connection.
  void startController(ApiServer connection, String... flags) throws Exception {
    controller = start(connection, streamPort, flags);
  }

  /// Starts another replica, which the caller stops.
  Controller startReplica(String... flags) throws Exception {
    return start(apiServer(cluster.client().getConfiguration(), ApiServer.PING), 0, flags);
  }

  private Controller start(ApiServer connection, int port, String... flags) throws Exception {
    return new Controller(
        connection,
        Options.parse(arguments(port, flags), Map.of()),
        "test-" + Long.toHexString(System.nanoTime()),
        TIMING);
  }

  /// A connection of a controller, closed with this.
  ApiServer apiServer(Config config, Duration ping) {
    var connection = new ApiServer(config, ping);
    connections.add(connection);
    return connection;
  }

  /// What a controller is started with.
  List<String> arguments(int port, String... flags) {
    var arguments = new ArrayList<>(List.of(flags));
    arguments.addAll(List.of("--namespace", system, "--advertise", "127.0.0.1"));
    arguments.addAll(List.of("--stream-address", "127.0.0.1:" + port));
    arguments.addAll(List.of("--health-address", "127.0.0.1:0"));
    if (localEndpoints) {
      arguments.add("--allow-local-endpoints");
    }
    if (flags.length == 0) {
      arguments.addAll(List.of("--proxy-mode", "external"));
    }
    return arguments;
  }

  void stopController() throws InterruptedException {
    var running = controller;
    controller = null;
    if (running != null) {
      running.stop();
    }
  }

  Controller controller() {
    return Objects.requireNonNull(controller, "no controller runs");
  }

  /// The controller's namespace.
  String system() {
    return system;
  }

  /// The name of a fleet that no other test has.
  String fleet(String name) {
    return name + "-" + suffix;
  }

  /// A proxy process of a fleet, when it is ready.
  ProxyProcess proxy(String fleet, String... flags) throws IOException {
    return proxyOf(fleet, flags).start();
  }

  /// A proxy process of a fleet, to be started.
  private ProxyProcess.Builder proxyOf(String fleet, String... flags) throws IOException {
    return proxyWith(token(fleet, TokenReviewAuthenticator.AUDIENCE), fleet).flags(flags);
  }

  /// A proxy of a fleet without anything behind it, at the replica on that port.
  SimulatedProxy simulated(int port, String fleet, String id, @Nullable Path state)
      throws IOException {
    Path file = directory.resolve("token-" + System.nanoTime());
    Files.writeString(file, token(fleet, TokenReviewAuthenticator.AUDIENCE));
    return new SimulatedProxy(
        port, new ProxyGroup.Fleet(fleet(fleet)), id, file, directory.resolve("ca.crt"), state);
  }

  /// A proxy process of a fleet that dials that port, to be started.
  ProxyProcess.Builder proxyOn(int port, String fleet) throws IOException {
    Path file = directory.resolve("token-" + System.nanoTime());
    Files.writeString(file, token(fleet, TokenReviewAuthenticator.AUDIENCE));
    return proxyOn(port, fleet, file);
  }

  /// The same with the token of that file.
  ProxyProcess.Builder proxyOn(int port, String fleet, Path token) {
    return ProxyProcess.withFlags(
        "--controller",
        "127.0.0.1:" + port,
        "--fleet",
        fleet(fleet),
        "--token-file",
        token.toString(),
        "--ca-file",
        directory.resolve("ca.crt").toString());
  }

  /// A token of a fleet's ServiceAccount.
  String token(String fleet, String audience) {
    return cluster.token(system, fleet(fleet) + "-fleet-weir", audience);
  }

  /// A token of a fleet's ServiceAccount that is bound to a pod in that zone.
  String podToken(String fleet, String pod, String zone) {
    return cluster.podToken(
        system, fleet(fleet) + "-fleet-weir", TokenReviewAuthenticator.AUDIENCE, pod, zone);
  }

  /// A proxy process that asks for a fleet's config with this token, to be started.
  ProxyProcess.Builder proxyWith(String token, String fleet) throws IOException {
    Path file = directory.resolve("token-" + System.nanoTime());
    Files.writeString(file, token);
    return proxyOn(streamPort, fleet, file);
  }

  void apply(String yaml) {
    apply(namespace, yaml);
  }

  /// Another namespace of this test alone.
  String namespace(String name) {
    String unique = name + "-" + suffix;
    cluster.namespace(unique);
    return unique;
  }

  void apply(String into, String yaml) {
    HasMetadata object =
        yaml.contains("kind: LoadBalancer\n")
            ? Serialization.unmarshal(yaml, LoadBalancer.class)
            : Serialization.unmarshal(yaml);
    object.getMetadata().setNamespace(into);
    cluster.client().resource(object).fieldManager("test").forceConflicts().serverSideApply();
  }

  /// Objects of a kind in the test's namespace.
  <T extends HasMetadata> NonNamespaceOperation<T, KubernetesResourceList<T>, Resource<T>> client(
      Class<T> kind) {
    return cluster.client().resources(kind).inNamespace(namespace);
  }

  /// The object of that name, or null.
  <T extends HasMetadata> T get(Class<T> kind, String name) {
    return client(kind).withName(name).get();
  }

  void delete(String kind, String name) {
    switch (kind) {
      case "LoadBalancer" ->
          cluster
              .client()
              .resources(LoadBalancer.class)
              .inNamespace(namespace)
              .withName(name)
              .delete();
      case "EndpointSlice" ->
          cluster
              .client()
              .discovery()
              .v1()
              .endpointSlices()
              .inNamespace(namespace)
              .withName(name)
              .delete();
      case "Service" -> cluster.client().services().inNamespace(namespace).withName(name).delete();
      default -> throw new IllegalArgumentException(kind);
    }
  }

  /// The manifest of a slice with one ready endpoint.
  String slice(String name, String service, Origin origin) throws IOException {
    InetAddress address = TestCluster.address();
    return """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: %s, labels: {kubernetes.io/service-name: %s}}
        addressType: IPv4
        ports: [{name: http, port: %d, protocol: TCP}]
        endpoints: [{addresses: ["%s"], conditions: {ready: true}}]
        """
        .formatted(name, service, origin.port(), address.getHostAddress());
  }

  /// The manifest of Service `web`, with a port `http`.
  static String webService() {
    return """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{name: http, port: 80, protocol: TCP}]}
        """;
  }

  /// The manifest of LoadBalancer `web` of fleet `edge`, from a port to Service `web`.
  String webLoadBalancer(int port) {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: web}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d}]
          pools: [{name: web, serviceRef: {name: web, port: http}}]
        """
        .formatted(fleet("edge"), port);
  }

  LoadBalancer loadBalancer(String name) {
    return cluster
        .client()
        .resources(LoadBalancer.class)
        .inNamespace(namespace)
        .withName(name)
        .get();
  }

  /// Waits for a condition of a LoadBalancer that is about its latest generation.
  Condition awaitCondition(String name, String type, String status, Duration deadline) {
    var last = new AtomicReference<@Nullable LoadBalancer>();
    try {
      return Await.value(
          type + "=" + status + " of " + name,
          deadline,
          () -> {
            var object = loadBalancer(name);
            last.set(object);
            Condition condition = condition(object, type);
            return condition != null
                    && condition.status().equals(status)
                    && Objects.equals(
                        condition.observedGeneration(), object.getMetadata().getGeneration())
                ? condition
                : null;
          });
    } catch (AssertionError late) {
      throw new AssertionError(late.getMessage() + "\n" + Serialization.asYaml(last.get()), late);
    }
  }

  /// A condition; null when there is none.
  static @Nullable Condition condition(LoadBalancer object, String type) {
    var status = object.getStatus();
    return status == null || status.conditions() == null
        ? null
        : status.conditions().stream().filter(c -> c.type().equals(type)).findFirst().orElse(null);
  }

  @Override
  public void close() throws Exception {
    stopController();
    connections.forEach(ApiServer::close);
    cluster.close();
  }
}
