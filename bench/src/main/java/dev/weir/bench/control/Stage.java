package dev.weir.bench.control;

import dev.weir.config.stream.ProxyGroup;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// The cluster and the processes around it: a controller as in a container of 512 MiB, one real
/// proxy, simulated ones. Closing ends them all.
final class Stage implements AutoCloseable {
  static final String NAMESPACE = "bench";
  private static final String SYSTEM = "weir-system";

  /// What a JVM sees in the container of the Deployment: half of it may be heap, and little is at
  /// the start.
  private static final String CONTROLLER_JAVA =
      "-XX:MaxRAM=512m " + System.getProperty("bench.controllerJava", "");

  private static final String PROXY_JAVA = "-Xmx1g " + System.getProperty("bench.proxyJava", "");

  final KubernetesClient client;
  final Path directory;
  private final Path home;
  private final Path kubeconfig;
  private final int streamPort;
  private final int healthPort;
  private final List<Process> processes = new CopyOnWriteArrayList<>();
  private final List<SimulatedProxy> simulated = new ArrayList<>();
  private @Nullable Process controller;
  private @Nullable HttpClient streams;

  /// @param home the source tree
  /// @param kube what `kube up` filled, with the CRD in its API server
  Stage(Path home, Path kube) throws IOException {
    this.home = home;
    kubeconfig = kube.resolve("kubeconfig");
    directory = Files.createTempDirectory("weir-bench");
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
            .build();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> processes.forEach(Process::destroy), "weir-bench-end"));
    streamPort = freePort();
    healthPort = freePort();
    for (String name : List.of(SYSTEM, NAMESPACE)) {
      client
          .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
          .serverSideApply();
    }
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress("127.0.0.1", 0));
      return socket.getLocalPort();
    }
  }

  /// Starts the controller anew and returns when it is ready.
  Kernel controller() throws IOException, InterruptedException {
    stop(controller);
    var started =
        start(
            "controller",
            List.of(
                home.resolve("weir").toString(),
                "controller",
                "--kubeconfig=" + kubeconfig,
                "--proxy-mode=external",
                "--advertise=127.0.0.1",
                "--stream-address=127.0.0.1:" + streamPort,
                "--health-address=127.0.0.1:" + healthPort),
            "WEIR_JAVA_OPTIONS",
            CONTROLLER_JAVA);
    controller = started;
    awaitReady(healthPort, started);
    return new Kernel(started.pid());
  }

  /// Starts a real proxy of a fleet and returns when it is ready.
  Kernel proxy(String fleet) throws IOException, InterruptedException, GeneralSecurityException {
    Path token = Files.writeString(directory.resolve("token"), token(fleet));
    Path ca = Files.writeString(directory.resolve("ca.crt"), ca());
    int health = freePort();
    var started =
        start(
            "proxy",
            List.of(
                home.resolve("weir").toString(),
                "proxy",
                "--controller=127.0.0.1:" + streamPort,
                "--fleet=" + fleet,
                "--token-file=" + token,
                "--ca-file=" + ca,
                "--loops=1",
                "--state-dir=" + Files.createTempDirectory(directory, "state"),
                "--admin-socket=" + directory.resolve("admin.sock"),
                "--health-address=127.0.0.1:" + health),
            "WEIR_JAVA_OPTIONS",
            PROXY_JAVA);
    awaitReady(health, started);
    return new Kernel(started.pid());
  }

  /// Connects simulated proxies of a fleet and returns when each has had its first delta.
  void simulate(
      String fleet, String prefix, int count, @Nullable BiConsumer<SimulatedProxy, String> upserted)
      throws IOException, InterruptedException, GeneralSecurityException {
    String token = token(fleet);
    HttpClient over = streams();
    List<SimulatedProxy> connected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      connected.add(
          SimulatedProxy.connect(
              over, streamPort, token, new ProxyGroup.Fleet(fleet), prefix + i, upserted));
    }
    for (SimulatedProxy proxy : connected) {
      while (proxy.commits() == 0) {
        Thread.sleep(10);
      }
    }
    simulated.addAll(connected);
  }

  private HttpClient streams() throws IOException, GeneralSecurityException {
    HttpClient present = streams;
    if (present == null) {
      var keys = KeyStore.getInstance(KeyStore.getDefaultType());
      keys.load(null, null);
      keys.setCertificateEntry(
          "ca",
          CertificateFactory.getInstance("X.509")
              .generateCertificate(
                  new ByteArrayInputStream(ca().getBytes(StandardCharsets.US_ASCII))));
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(keys);
      var tls = SSLContext.getInstance("TLS");
      tls.init(null, trust.getTrustManagers(), null);
      present = HttpClient.newBuilder().sslContext(tls).build();
      streams = present;
    }
    return present;
  }

  private String ca() {
    var secret = client.secrets().inNamespace(SYSTEM).withName("weir-ca").get();
    return new String(
        Base64.getDecoder().decode(secret.getData().get("ca.crt")), StandardCharsets.US_ASCII);
  }

  private String token(String fleet) {
    var account =
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withName(fleet + "-fleet-weir")
            .withNamespace(SYSTEM)
            .endMetadata()
            .build();
    client.resource(account).serverSideApply();
    return client
        .serviceAccounts()
        .inNamespace(SYSTEM)
        .withName(fleet + "-fleet-weir")
        .tokenRequest(
            new TokenRequestBuilder()
                .withNewSpec()
                .withAudiences("weir-controller")
                .endSpec()
                .build())
        .getStatus()
        .getToken();
  }

  /// A value of the controller's `/metrics`.
  double metric(String name) throws IOException, InterruptedException {
    for (String line : get(healthPort, "/metrics").body().split("\n", -1)) {
      if (line.startsWith(name + " ")) {
        return Double.parseDouble(line.substring(name.length() + 1));
      }
    }
    throw new IOException("no metric " + name);
  }

  private static HttpResponse<String> get(int port, String path)
      throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static void awaitReady(int port, Process process)
      throws IOException, InterruptedException {
    while (true) {
      if (!process.isAlive()) {
        throw new IOException("a process ended before it was ready; its log is in the directory");
      }
      try {
        if (get(port, "/ready").statusCode() == 200) {
          return;
        }
      } catch (IOException e) {
        // not yet
      }
      Thread.sleep(50);
    }
  }

  private Process start(String name, List<String> command, String variable, String value)
      throws IOException {
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve(name + ".log").toFile()));
    builder.environment().put(variable, value);
    var process = builder.start();
    processes.add(process);
    return process;
  }

  private static void stop(@Nullable Process process) throws InterruptedException {
    if (process != null) {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    for (Process process : processes) {
      stop(process);
    }
    client.close();
  }
}
