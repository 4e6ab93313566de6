package dev.weir.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.stream.ApplyResult;
import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.config.stream.Snapshot;
import dev.weir.proxy.accesslog.AccessLogs;
import dev.weir.proxy.accesslog.LogTarget;
import dev.weir.proxy.admin.AdminServer;
import dev.weir.proxy.admin.Pages;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.runtime.ProxyRuntime;
import dev.weir.proxy.standalone.ConfigFiles;
import dev.weir.proxy.standalone.ConfigReader;
import dev.weir.proxy.stream.SnapshotApplier;
import dev.weir.proxy.stream.StreamClient;
import dev.weir.proxy.stream.StreamOptions;
import dev.weir.proxy.tls.TicketFile;
import dev.weir.proxy.tls.TicketSecrets;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `weir proxy`: wires a process together, keeps it until a signal ends it, and drains it.
///
/// ```
/// start ─▶ serving ── SIGTERM, SIGINT ─▶ not ready (drain delay) ─▶ draining (drain timeout) ─▶ exit 0
///             └ SIGHUP: read the files again, open the access log again
/// ```
final class ProxyCommand {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyCommand.class);
  private static final Duration CLOSING = Duration.ofSeconds(1);
  private static final Duration READY_LOOK = Duration.ofMillis(20);
  private static final Duration TICKETS_LOOK = Duration.ofSeconds(5);
  private static final int SPARE_FILES = 256;

  private final ProxyOptions options;
  private final ConfigReader reader;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<AdminServer> servers = new ArrayList<>();
  private final EventLoops loops;
  private final AccessLogs accessLogs;
  private @Nullable ConfigFiles files;
  private @Nullable StreamClient stream;

  private ProxyCommand(ProxyOptions options, Map<String, String> environment) throws IOException {
    this.options = options;
    this.reader = new ConfigReader(options.config(), environment);
    var settings = reader.processSettings();
    Integer count = first(options.loops(), settings.loops());
    String target = first(options.log(), settings.log());
    this.accessLogs =
        AccessLogs.open(
            LogTarget.parse(target == null ? "stdout" : target), ZoneId.systemDefault());
    this.loops = EventLoops.start(options.transport(), count == null ? EventLoops.cores() : count);
  }

  /// Runs to the end of the process.
  ///
  /// @return the exit code
  static int run(ProxyOptions options, Map<String, String> environment, PrintStream err)
      throws InterruptedException {
    try {
      return new ProxyCommand(options, environment).serve();
    } catch (IOException e) {
      err.println("weir proxy: " + e.getMessage());
      return ExitCode.PROBLEMS;
    }
  }

  private int serve() throws IOException, InterruptedException {
    Signals.handle("TERM", stop::countDown);
    Signals.handle("INT", stop::countDown);
    AdminServer health =
        tcp("--health-address", Objects.requireNonNull(options.health().local()), null);
    var ownPorts = new HashSet<Integer>(Set.of(health.port()));
    List<AdminServer> admins = admins(ownPorts);
    try (var runtime =
        new ProxyRuntime(loops, accessLogs, maxConnections(), ownPorts, InstantSource.system())) {
      health.serve(Pages.health(runtime, Main.version()));
      admins.forEach(server -> server.serve(Pages.admin(runtime, Main.version())));
      if (options.zone() != null) {
        runtime.zone(options.zone());
      }
      if (!startSource(runtime, ownPorts)) {
        return ExitCode.PROBLEMS;
      }
      Signals.handle("HUP", this::hangup);
      announceReady(runtime, health.port());
      stop.await();
      Signals.handle("INT", () -> Runtime.getRuntime().halt(ExitCode.OK));
      shutDown(runtime);
      return ExitCode.OK;
    }
  }

  private boolean startSource(ProxyRuntime runtime, Set<Integer> ownPorts)
      throws InterruptedException {
    ProxyOptions.Controller controller = options.controller();
    if (controller == null) {
      var rendering = RenderOptions.standalone(ownPorts);
      if (!keepTickets(runtime)) {
        return false;
      }
      var source = new ConfigFiles(options.config(), () -> read(rendering), runtime);
      files = source;
      return source.start();
    }
    var client =
        new StreamClient(
            StreamOptions.defaults(
                controller.address().host(),
                controller.address().port(),
                controller.group(),
                options.proxyId(),
                Main.version(),
                controller.identityFile(),
                controller.caFile(),
                options.stateDirectory(),
                options.bundleDirectory()),
            loops.control(),
            loops.transport().socketChannel(),
            new Applying(runtime, options.zone() == null),
            runtime::endpointHealth,
            runtime.tickets()::give);
    runtime.report(client::healthChanged, client::unboundChanged);
    runtime.staleness(() -> client.status().stale());
    stream = client;
    client.start();
    return true;
  }

  /// Sessions outlive the process, or are shared with other proxies.
  ///
  /// @return false when there is a file of secrets that cannot be used
  private boolean keepTickets(ProxyRuntime runtime) {
    Path state = options.stateDirectory();
    Path shared = first(options.ticketSecretsFile(), reader.processSettings().ticketSecrets());
    if (shared == null) {
      if (state != null) {
        runtime.tickets().keep(new TicketFile(state));
      }
      return true;
    }
    var secrets = new TicketSecrets(shared);
    try {
      List<byte[]> read = secrets.changed();
      if (read != null) {
        runtime.tickets().give(read);
      }
    } catch (IOException e) {
      LOG.error("--ticket-secrets-file: {}", problem(e));
      return false;
    }
    loops
        .control()
        .scheduleWithFixedDelay(
            () -> renewTickets(runtime, secrets),
            TICKETS_LOOK.toSeconds(),
            TICKETS_LOOK.toSeconds(),
            TimeUnit.SECONDS);
    return true;
  }

  private static void renewTickets(ProxyRuntime runtime, TicketSecrets secrets) {
    try {
      List<byte[]> read = secrets.changed();
      if (read != null) {
        runtime.tickets().give(read);
        LOG.info("session tickets have other secrets now: {} of them", read.size());
      }
    } catch (IOException e) {
      LOG.warn("secrets of session tickets stay as they were: {}", problem(e));
    }
  }

  private static String problem(IOException e) {
    return e instanceof NoSuchFileException
        ? "there is no file " + e.getMessage()
        : String.valueOf(e.getMessage());
  }

  private StandaloneConfig read(RenderOptions rendering) {
    return reader.read(rendering);
  }

  /// @param zoned whether the controller says in which zone this is
  private record Applying(ProxyRuntime runtime, boolean zoned) implements SnapshotApplier {
    @Override
    public ApplyResult apply(Snapshot snapshot) {
      try {
        return runtime.apply(snapshot);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while applying", e);
      }
    }

    @Override
    public List<LoadBalancerTraffic> traffic(List<String> loadBalancers) {
      return runtime.traffic(loadBalancers);
    }

    @Override
    public void zone(String zone) {
      if (zoned) {
        runtime.zone(zone);
      }
    }
  }

  private List<AdminServer> admins(Set<Integer> ownPorts) throws IOException {
    var admins = new ArrayList<AdminServer>();
    HostPort address = options.admin();
    if (address != null) {
      AdminServer server =
          tcp("--admin-address", Objects.requireNonNull(address.local()), adminToken());
      ownPorts.add(server.port());
      admins.add(server);
    }
    Path socket = options.adminSocket();
    if (socket != null) {
      AdminServer server = onSocket(socket);
      if (server != null) {
        servers.add(server);
        admins.add(server);
      }
    }
    return admins;
  }

  private @Nullable AdminServer onSocket(Path socket) {
    Path directory = socket.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      LOG.warn("no admin socket: there is no directory {}", directory);
      return null;
    }
    try {
      return AdminServer.onSocket(loops, socket);
    } catch (IOException e) {
      LOG.warn("no admin socket {}: {}", socket, e.getMessage());
      return null;
    }
  }

  private AdminServer tcp(String flag, InetSocketAddress address, @Nullable String token)
      throws IOException {
    try {
      AdminServer server = AdminServer.onTcp(loops, address, token);
      servers.add(server);
      return server;
    } catch (IOException e) {
      throw new IOException(
          "%s: cannot listen on %s: %s".formatted(flag, address, e.getMessage()), e);
    }
  }

  private String adminToken() throws IOException {
    Path file = Objects.requireNonNull(options.adminTokenFile(), "checked with the options");
    try {
      String token = Files.readString(file).strip();
      if (token.isEmpty()) {
        throw new IOException("it is empty");
      }
      return token;
    } catch (IOException e) {
      throw new IOException("--admin-token-file " + file + ": " + e.getMessage(), e);
    }
  }

  private int maxConnections() {
    Integer wanted = first(options.maxConnections(), reader.processSettings().maxConnections());
    if (wanted != null && wanted > 0) {
      return wanted;
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      long files = system.getMaxFileDescriptorCount();
      return (int) Math.clamp((files - SPARE_FILES) / 2, 16, Integer.MAX_VALUE);
    }
    return 0;
  }

  private void announceReady(ProxyRuntime runtime, int healthPort) {
    if (runtime.ready()) {
      String host = options.health().host();
      LOG.info(
          "ready health={} generation={}",
          new HostPort(host, healthPort),
          runtime.generation().number());
    } else {
      loops
          .control()
          .schedule(
              () -> announceReady(runtime, healthPort),
              READY_LOOK.toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }

  private void hangup() {
    LOG.info("SIGHUP: reading the files and opening the access log again");
    accessLogs.reopen();
    if (files != null) {
      files.reload();
    }
  }

  private void shutDown(ProxyRuntime runtime) throws InterruptedException {
    LOG.info(
        "stopping: not ready, accepting for {} ms more, then draining for at most {} ms",
        options.drainDelay().toMillis(),
        options.drainTimeout().toMillis());
    runtime.notReady();
    if (files != null) {
      files.close();
    }
    TimeUnit.NANOSECONDS.sleep(options.drainDelay().toNanos());
    CompletableFuture<Void> drained = runtime.drain(options.drainTimeout());
    try {
      drained.get(options.drainTimeout().plus(CLOSING).toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.warn("{} connections are cut", runtime.connections().used());
    }
    if (stream != null) {
      stream.close();
    }
    servers.forEach(AdminServer::close);
    loops.stop(CLOSING);
    accessLogs.close();
    LOG.info("stopped");
  }

  private static <T> @Nullable T first(@Nullable T one, @Nullable T other) {
    return one != null ? one : other;
  }
}
