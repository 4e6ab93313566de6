package dev.weir.bench.control;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// Measures the way from a change in the API server to what clients get, and what the controller
/// needs for it.
final class ControlBench {
  private static final String FLEET = "edge";
  private static final int PRESENT = Integer.getInteger("bench.present", 3000);
  private static final int MANY = Integer.getInteger("bench.many", 10_000);
  private static final int STREAMS = Integer.getInteger("bench.streams", 1000);
  private static final int CHANGES = Integer.getInteger("bench.changes", 100);
  private static final int CREATED = Math.min(1000, PRESENT - 2);
  private static final int ENDPOINTS = 14;
  private static final long PATIENCE_NANOS = 30_000_000_000L;
  private static final String PROBE = "lb-0";
  private static final String MOVING = "lb-1";

  private final Stage stage;
  private final Objects objects;
  private final Kernel apiServer;
  private final Results results = new Results();
  private final Random random = new Random(1);
  private final Set<String> programmed = ConcurrentHashMap.newKeySet();
  private final Map<SimulatedProxy, Long> seen = new ConcurrentHashMap<>();
  private final ScheduledExecutorService background = Executors.newScheduledThreadPool(8);
  private Kernel controller;
  private volatile String marker = "none";
  private volatile long watched;
  private volatile String awaited = "none";
  private int version;

  private ControlBench(Stage stage, Objects objects, Kernel apiServer)
      throws IOException, InterruptedException {
    this.stage = stage;
    this.objects = objects;
    this.apiServer = apiServer;
    controller = stage.controller();
  }

  /// Runs all rows and writes them into the page.
  ///
  /// @param arguments the source tree, and the directory of `kube up`
  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    Path kube = Path.of(arguments[1]);
    Objects.requireFree(PRESENT);
    var apiServer =
        new Kernel(Long.parseLong(Files.readString(kube.resolve("kube-apiserver.pid")).strip()));
    try (var a = new Origin("a");
        var b = new Origin("b");
        var stage = new Stage(home, kube)) {
      System.out.println("logs are in " + stage.directory);
      var objects = new Objects(stage.client, Origin.address(), new int[] {a.port(), b.port()});
      var bench = new ControlBench(stage, objects, apiServer);
      bench.run();
      bench.results.write(home.resolve("docs/benchmarks.md"), heading(home, kube));
    }
    System.exit(0);
  }

  private static String heading(Path home, Path kube) throws IOException, InterruptedException {
    String load = Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    return "%s, %d cores, Linux %s, JDK %s, API server %s of `test/kube`, Weir %s, load average %s at the end."
        .formatted(
            LocalDate.now(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.version"),
            System.getProperty("java.version"),
            output(
                    home,
                    home.resolve("test/kube/kube").toString(),
                    "kubectl",
                    kube.toString(),
                    "version")
                .lines()
                .filter(line -> line.startsWith("Server Version"))
                .findFirst()
                .orElse("Server Version: unknown")
                .replace("Server Version: ", ""),
            output(home, "git", "rev-parse", "--short", "HEAD").strip(),
            load);
  }

  private static String output(Path in, String... command)
      throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).directory(in.toFile()).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }

  private void run() throws Exception {
    objects.create(objects.listed(PROBE, FLEET, Objects.port(PROBE)));
    objects.create(objects.service(MOVING));
    objects.create(objects.slice(MOVING, objects.origins()[0], List.of(objects.address())));
    objects.create(objects.referring(MOVING, FLEET, Objects.port(MOVING)));
    stage.proxy(FLEET);
    stage.simulate(FLEET, "simulated-", 9, this::upserted);
    try (var watch =
        stage
            .client
            .genericKubernetesResources(Objects.LOAD_BALANCERS)
            .inNamespace(Stage.NAMESPACE)
            .inform(new Watching())) {
      apply("apply → served, idle, 2 resources", "10 / 30 ms", 0);
      thousand();
      fill();
      apply("the same, %,d present".formatted(PRESENT), "10 / 40 ms", 0);
      endpoints();
      apply("under 5 changes/s, %,d present".formatted(PRESENT), "15 / 60 ms; CPU < 10 %", 5);
      apply("under 50 changes/s, %,d present".formatted(PRESENT), "30 / 150 ms", 50);
      memory("%,d LoadBalancers".formatted(PRESENT), "250 MB");
      if (STREAMS > 0) {
        streams();
      }
    }
    if (MANY > PRESENT) {
      many();
    }
  }

  /// The API server's own watch: when it shows the change that is awaited, and who is Programmed.
  /// An informer, since an API server closes a watch that does not keep up.
  private final class Watching implements ResourceEventHandler<GenericKubernetesResource> {
    @Override
    public void onAdd(GenericKubernetesResource object) {
      shown(object);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource object) {
      shown(object);
    }

    @Override
    public void onDelete(GenericKubernetesResource object, boolean unknown) {}

    private void shown(GenericKubernetesResource object) {
      String name = object.getMetadata().getName();
      if (name.equals(PROBE)
          && String.valueOf(object.getAdditionalProperties().get("spec")).contains(awaited)) {
        watched = System.nanoTime();
      }
      if (isProgrammed(object)) {
        programmed.add(name);
      }
    }
  }

  private void upserted(SimulatedProxy proxy, String bodies) {
    if (bodies.contains(marker)) {
      seen.put(proxy, System.nanoTime());
    }
  }

  /// Changes one LoadBalancer again and again, and waits until the real proxy shows it.
  private void apply(String what, String goal, int changesPerSecond) throws Exception {
    var times = new Times();
    var floor = new Times();
    var others = new AtomicInteger();
    var ticks =
        changesPerSecond == 0
            ? null
            : background.scheduleAtFixedRate(
                () -> changeAnother(others.incrementAndGet()),
                0,
                1_000_000L / changesPerSecond,
                TimeUnit.MICROSECONDS);
    try (var poller = new Poller(Objects.port(PROBE))) {
      var share = new Share();
      warm(poller);
      share.begin();
      for (int i = 0; i < CHANGES; i++) {
        String next = "v" + ++version;
        watched = 0;
        awaited = "value=" + next + "}";
        long start = System.nanoTime();
        objects.change(PROBE, next);
        times.add(poller.until("v" + version + "\r\n") - start);
        while (watched == 0 && System.nanoTime() - start < 1_000_000_000L) {
          Thread.sleep(1);
        }
        if (watched != 0) {
          floor.add(watched - start);
        }
        Thread.sleep(150 + random.nextInt(100));
      }
      results.row(what, goal, times.toString(), floor.toString(), share.end());
    } finally {
      if (ticks != null) {
        ticks.cancel(false);
      }
    }
  }

  private void warm(Poller poller) throws IOException, InterruptedException {
    for (int i = 0; i < 10; i++) {
      objects.change(PROBE, "v" + ++version);
      poller.until("v" + version + "\r\n");
      Thread.sleep(120);
    }
  }

  private void changeAnother(int count) {
    try {
      objects.change("lb-" + (2 + random.nextInt(PRESENT - 2)), "o" + count);
    } catch (RuntimeException e) {
      System.err.println("a change failed: " + e.getMessage());
    }
  }

  /// Moves a Service's endpoint and waits for the last of ten proxies.
  private void endpoints() throws Exception {
    var times = new Times();
    int[] ports = objects.origins();
    try (var poller = new Poller(Objects.port(MOVING))) {
      var share = new Share();
      poller.until("origin-a");
      share.begin();
      for (int i = 0; i < CHANGES; i++) {
        int to = (i + 1) % 2;
        seen.clear();
        marker = "\"port\":" + ports[to];
        long start = System.nanoTime();
        objects.move(MOVING, ports[to]);
        long last = poller.until(to == 0 ? "origin-a" : "origin-b");
        while (seen.size() < 9) {
          if (System.nanoTime() - start > PATIENCE_NANOS) {
            throw new IOException("only " + seen.size() + " of 9 simulated proxies got a change");
          }
          Thread.sleep(1);
        }
        for (long at : seen.values()) {
          last = Math.max(last, at);
        }
        times.add(last - start);
        Thread.sleep(150 + random.nextInt(100));
      }
      results.row(
          "endpoint change → last of 10 proxies, %,d present".formatted(PRESENT),
          "10 / 40 ms",
          times.toString(),
          "",
          share.end());
    }
  }

  /// A thousand created: when is the last one Programmed, and for how many writes.
  private void thousand() throws Exception {
    double writes = stage.metric("weir_controller_status_write_seconds_count");
    var share = new Share();
    share.begin();
    long start = System.nanoTime();
    create(2, CREATED);
    long created = System.nanoTime();
    while (programmed.size() < CREATED + 2) {
      Thread.sleep(10);
    }
    double after = (System.nanoTime() - created) / 1e9;
    Thread.sleep(5000);
    double wrote = stage.metric("weir_controller_status_write_seconds_count") - writes;
    results.row(
        "%,d created, all Programmed after the last create returned".formatted(CREATED),
        "5 s; ≤ 1,500 writes",
        String.format(Locale.ROOT, "%.1f s; %.0f writes", after, wrote),
        String.format(Locale.ROOT, "creates %.0f/s", CREATED / ((created - start) / 1e9)),
        share.end());
  }

  private void create(int from, int count) throws InterruptedException {
    objects.create(
        count, i -> objects.listed("lb-" + (from + i), FLEET, Objects.port("lb-" + (from + i))));
  }

  private static boolean isProgrammed(GenericKubernetesResource object) {
    return object.getAdditionalProperties().get("status") instanceof Map<?, ?> status
        && status.get("conditions") instanceof List<?> conditions
        && conditions.stream()
            .anyMatch(
                c ->
                    c instanceof Map<?, ?> condition
                        && "Programmed".equals(condition.get("type"))
                        && "True".equals(condition.get("status")));
  }

  private void fill() throws InterruptedException {
    create(2 + CREATED, PRESENT - CREATED - 2);
    while (programmed.size() < PRESENT) {
      Thread.sleep(500);
    }
    Thread.sleep(10_000);
  }

  private void memory(String what, String goal) throws IOException, InterruptedException {
    results.row(
        "memory (RSS), " + what,
        goal,
        String.format(
            Locale.ROOT,
            "%.0f MB, %.0f MB of it Java heap",
            controller.residentMegabytes(),
            stage.metric("jvm_memory_used_bytes{area=\"heap\"}") / 1e6),
        "",
        "");
  }

  /// Many streams of another, small fleet.
  private void streams() throws IOException, InterruptedException, GeneralSecurityException {
    objects.create(objects.listed("wide-9000", "wide", Objects.port("wide-9000")));
    stage.simulate("wide", "warm-", 10, null);
    double before = controller.residentMegabytes();
    stage.simulate("wide", "wide-", STREAMS, null);
    Thread.sleep(5000);
    results.row(
        "%,d more streams".formatted(STREAMS),
        "100 MB more",
        String.format(Locale.ROOT, "%.0f MB more", controller.residentMegabytes() - before),
        "",
        "");
  }

  /// A controller that starts with many LoadBalancers and ten endpoints for each.
  private void many() throws IOException, InterruptedException {
    objects.create(MANY - PRESENT, i -> objects.service("lb-" + (PRESENT + i)));
    objects.create(MANY - PRESENT, i -> objects.slice("lb-" + (PRESENT + i), 8080, addresses(i)));
    objects.create(
        MANY - PRESENT,
        i -> {
          String name = "lb-" + (PRESENT + i);
          return objects.referring(name, "core", Objects.port(name));
        });
    long start = System.nanoTime();
    controller = stage.controller();
    double ready = (System.nanoTime() - start) / 1e9;
    Thread.sleep(30_000);
    memory(
        "%,d LoadBalancers, %,d endpoints"
            .formatted(MANY, (MANY - PRESENT) * ENDPOINTS + PRESENT * 2),
        "450 MB");
    results.row(
        "start with them, until ready", "", String.format(Locale.ROOT, "%.1f s", ready), "", "");
  }

  private static List<String> addresses(int of) {
    return new ArrayList<>(
        IntStream.range(0, ENDPOINTS)
            .mapToObj(i -> "10.%d.%d.%d".formatted(of >> 8 & 255, of & 255, i + 1))
            .toList());
  }

  /// What controller and API server used of one core over a time, and how long the controller says
  /// that its own parts of each change took, which is printed and no more.
  private final class Share {
    private final Map<String, double[]> before = new TreeMap<>();
    private double controllerBefore;
    private double serverBefore;
    private long start;

    private double[] part(String name) throws IOException, InterruptedException {
      return new double[] {
        stage.metric("weir_controller_" + name + "_seconds_sum"),
        stage.metric("weir_controller_" + name + "_seconds_count")
      };
    }

    void begin() throws IOException, InterruptedException {
      for (String name : List.of("reconcile", "push", "ack", "status_write")) {
        before.put(name, part(name));
      }
      controllerBefore = controller.cpuSeconds();
      serverBefore = apiServer.cpuSeconds();
      start = System.nanoTime();
    }

    String end() throws IOException, InterruptedException {
      double seconds = (System.nanoTime() - start) / 1e9;
      String used =
          String.format(
              Locale.ROOT,
              "%.0f %%; %.0f %%",
              100 * (controller.cpuSeconds() - controllerBefore) / seconds,
              100 * (apiServer.cpuSeconds() - serverBefore) / seconds);
      for (var entry : before.entrySet()) {
        double[] now = part(entry.getKey());
        double count = now[1] - entry.getValue()[1];
        System.out.printf(
            Locale.ROOT,
            "  %s: %.0f, %.2f ms each%n",
            entry.getKey(),
            count,
            1e3 * (now[0] - entry.getValue()[0]) / count);
      }
      return used;
    }
  }
}
