package dev.weir.controller;

import dev.weir.config.stream.ProxyGroup;
import dev.weir.controller.Options.UsageException;
import dev.weir.controller.apiserver.ApiServer;
import dev.weir.controller.lease.LeaderElector;
import dev.weir.controller.stream.CaStore;
import dev.weir.controller.stream.ControllerCa;
import dev.weir.controller.stream.ServingCertificate;
import dev.weir.controller.tools.Tools;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The command `weir controller`, and the commands of [Tools].
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final int USAGE = 64;
  private static final int PROBLEM = 1;

  private Main() {}

  /// Runs the controller until the process is told to stop.
  public static void main(String[] arguments) throws InterruptedException {
    List<String> given = List.of(arguments);
    for (Tools tool : Tools.values()) {
      if (!given.isEmpty() && given.getFirst().equals(tool.command())) {
        System.exit(tool.run(given.subList(1, given.size()), System.out, System.err));
      }
    }
    if (given.isEmpty() || !given.getFirst().equals("controller") || given.contains("--help")) {
      System.err.print(Options.USAGE);
      System.exit(given.contains("--help") ? 0 : USAGE);
    }
    try {
      run(Options.parse(given.subList(1, given.size()), System.getenv()));
    } catch (UsageException e) {
      System.err.println(e.getMessage());
      System.err.println("weir controller --help says what there is");
      System.exit(USAGE);
    } catch (IOException e) {
      System.err.println(e.getMessage());
      System.exit(PROBLEM);
    } catch (KubernetesClientException e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      System.err.println("cannot use the kubeconfig: " + root.getMessage());
      System.exit(PROBLEM);
    }
  }

  private static void run(Options options) throws IOException, InterruptedException {
    ApiServer apiServer = new ApiServer(config(options), ApiServer.PING);
    KubernetesClient client = apiServer.client();
    ProxyGroup issue = options.issue();
    if (issue != null) {
      var store = new SecretCaStore(client, options.namespace());
      ControllerCa ca = ControllerCa.of(store, InstantSource.system());
      System.out.print(ca.issueProxy(issue, Instant.now()));
      apiServer.close();
      return;
    }
    if (options.rotateCa()) {
      rotate(new SecretCaStore(client, options.namespace()));
      apiServer.close();
      return;
    }
    if (options.printCa()) {
      var store = new SecretCaStore(client, options.namespace());
      System.out.print(ControllerCa.of(store, InstantSource.system()).certificatePem());
      Path mounted = options.servingCertificate();
      if (mounted != null) {
        System.out.print(new ServingCertificate(mounted, () -> {}).authoritiesPem());
      }
      apiServer.close();
      return;
    }
    String identity = hostName() + "-" + UUID.randomUUID().toString().substring(0, 8);
    Controller controller =
        new Controller(apiServer, options, identity, LeaderElector.Timing.DEFAULT);
    LOG.info(
        "ready health=127.0.0.1:{} stream={}", controller.healthPort(), controller.streamPort());
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      try {
                        controller.stop();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      } finally {
                        stopped.countDown();
                      }
                    }));
    stopped.await();
  }

  private static void rotate(SecretCaStore store) throws IOException {
    CaStore.Material before = store.load();
    if (before == null) {
      throw new IOException("there is no CA yet: a controller makes one when it starts");
    }
    CaStore.Material after = ControllerCa.rotated(before, Instant.now());
    store.replace(before, after);
    System.out.println(
        after.next() != null
            ? "1 of 3: a new CA is announced. Proxies by hand need the new --ca-file (--print-ca),"
                + " proxies of LoadBalancers roll within minutes. When all have it, run this again."
            : before.next() != null
                ? "2 of 3: the new CA signs. In two minutes, run this again."
                : "3 of 3: the old CA is not trusted any more; certificates that it issued"
                    + " (--issue) are not either.");
  }

  private static Config config(Options options) throws IOException {
    if (options.kubeconfig() == null) {
      return Config.autoConfigure(null);
    }
    File file = new File(options.kubeconfig());
    if (!file.canRead()) {
      throw new IOException("--kubeconfig: cannot read " + file);
    }
    return Config.fromKubeconfig(file);
  }

  private static String hostName() throws IOException {
    return InetAddress.getLocalHost().getHostName();
  }
}
