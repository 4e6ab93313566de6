package dev.weir.proxy.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The real proxy as users run it: `dev.weir.proxy.Main proxy …` in a JVM of its own, from the
/// class path of the test.
///
/// Health and admin are on ports and sockets of its own, the access log goes to [#accessLog].
/// Netty's leak detection is paranoid, and a leak that it reports fails the test in `close`, which
/// also ends the process at the latest. Safe to use from several threads.
public final class ProxyProcess implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final int ENDED = -1;
  private static final Pattern READY =
      Pattern.compile("ready health=(\\S+):(\\d+) generation=\\d+");
  private static final ObjectMapper JSON = new ObjectMapper();
  private final Process process;
  private final Path directory;
  private final ConcurrentLinkedQueue<String> log;
  private final Thread pump;
  private volatile int healthPort;

  private ProxyProcess(Process process, Path directory) {
    this.process = process;
    this.directory = directory;
    log = new ConcurrentLinkedQueue<>();
    pump = Thread.ofVirtual().name("proxy-log").start(this::pump);
  }

  /// A proxy that reads this file or directory.
  public static Builder config(Path path) {
    return new Builder("proxy").flags("--config", path.toString());
  }

  /// A proxy whose source of configuration is named by further [Builder#flags].
  public static Builder withFlags(String... flags) {
    return new Builder("proxy").flags(flags);
  }

  /// The demo of that manifest, which starts the manifest's servers itself. Its admin socket is its
  /// own.
  public static Builder demo(Path manifest) {
    return new Builder("demo").flags(manifest.toString());
  }

  /// How the process is started.
  public static final class Builder {
    private final List<String> jvm = new ArrayList<>(List.of("-Xmx256m"));
    private final List<String> flags = new ArrayList<>();
    private final Map<String, String> environment = new TreeMap<>();
    private final String command;
    private @Nullable List<String> classes;

    private Builder(String command) {
      this.command = command;
    }

    /// Further arguments; they win over the testkit's own settings, which are environment
    /// variables.
    public Builder flags(String... more) {
      flags.addAll(Arrays.asList(more));
      return this;
    }

    /// Further arguments of the JVM, behind `-Xmx256m`.
    public Builder jvm(String... more) {
      jvm.addAll(Arrays.asList(more));
      return this;
    }

    /// Arguments of the JVM that say where classes are, instead of those of [ClassArchive].
    Builder classes(List<String> arguments) {
      classes = arguments;
      return this;
    }

    /// The size of the heap, as `-Xmx` takes it. All of it is resident from the beginning: what the
    /// process grows by afterwards is not heap.
    public Builder heap(String size) {
      return jvm("-Xmx" + size, "-Xms" + size, "-XX:+AlwaysPreTouch");
    }

    /// The number of event loops; 2 unless told otherwise.
    public Builder loops(int count) {
      return flags("--loops", Integer.toString(count));
    }

    /// Sets an environment variable.
    public Builder environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /// Starts it and waits, up to a minute, until it says that it is ready.
    public ProxyProcess start() throws IOException {
      var proxy = launch();
      try {
        proxy.awaitReady();
        return proxy;
      } catch (RuntimeException | Error e) {
        proxy.close();
        throw e;
      }
    }

    /// Starts it and does not wait for anything.
    public ProxyProcess launch() throws IOException {
      var directory = Files.createTempDirectory("weir-test-");
      var arguments = new ArrayList<String>();
      arguments.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      arguments.addAll(
          List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
      arguments.addAll(
          List.of(
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-XX:+ExitOnOutOfMemoryError",
              "-Dio.netty.leakDetection.level=paranoid"));
      arguments.addAll(jvm);
      var given = classes;
      arguments.addAll(given != null ? given : ClassArchive.arguments(classPath()));
      arguments.addAll(List.of("dev.weir.proxy.Main", command));
      arguments.addAll(flags);
      var builder = new ProcessBuilder(arguments).redirectErrorStream(true);
      var variables = builder.environment();
      variables.keySet().removeIf(name -> name.startsWith("WEIR_"));
      variables.put("WEIR_HEALTH_ADDRESS", "127.0.0.1:0");
      variables.put("WEIR_ADMIN_SOCKET", directory.resolve("admin.sock").toString());
      variables.put("WEIR_LOG", directory.resolve("access.log").toString());
      variables.put("WEIR_LOOPS", "2");
      variables.putAll(environment);
      return new ProxyProcess(builder.start(), directory);
    }
  }

  /// What a command of the proxy's main class printed, and its exit code.
  public record Outcome(int exit, String output) {}

  /// Runs `dev.weir.proxy.Main` with these arguments (`check FILE`, `convert FILE`, …) to its end.
  public static Outcome run(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(ClassArchive.plain(classPath()));
    command.add("dev.weir.proxy.Main");
    command.addAll(Arrays.asList(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new AssertionError("still running: " + command);
      }
      return new Outcome(process.exitValue(), output);
    } finally {
      process.destroyForcibly();
    }
  }

  private static List<Path> classPath() {
    var own = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Stream.of(own.split(File.pathSeparator))
        .filter(entry -> !entry.endsWith("test-classes") && !entry.contains("-tests.jar"))
        .filter(entry -> !entry.endsWith(Path.of("controller", "target", "classes").toString()))
        .map(Path::of)
        .toList();
  }

  /// The port of `/ready`, `/live` and `/metrics`.
  public int healthPort() {
    return healthPort;
  }

  /// The operating system's number of the process.
  public long pid() {
    return process.pid();
  }

  /// Whether it runs.
  public boolean alive() {
    return process.isAlive();
  }

  /// What it wrote to its standard streams so far.
  public List<String> log() {
    return List.copyOf(log);
  }

  /// Whether a line that contains `text` was written so far.
  public boolean logged(String text) {
    return log.stream().anyMatch(line -> line.contains(text));
  }

  /// Waits up to half a minute until a line that contains `text` is written.
  public void awaitLogged(String text) {
    Await.until("logged: " + text, () -> logged(text));
  }

  /// Where the access log is.
  public Path accessLog() {
    return directory.resolve("access.log");
  }

  /// The admin socket.
  public Path adminSocket() {
    return directory.resolve("admin.sock");
  }

  /// Waits, up to a minute, for the line that says it is ready.
  public void awaitReady() {
    int port =
        Await.value(
            "proxy ready",
            START,
            () -> {
              if (!process.isAlive()) {
                pump.join(1000);
                return ENDED;
              }
              return readyPort();
            });
    if (port == ENDED) {
      throw new AssertionError("the proxy ended: " + process.exitValue() + describe());
    }
    healthPort = port;
  }

  private @Nullable Integer readyPort() {
    for (var line : log) {
      var matcher = READY.matcher(line);
      if (matcher.find()) {
        return Integer.valueOf(matcher.group(2));
      }
    }
    return null;
  }

  /// `/state`, read over the admin socket.
  public JsonNode state() throws IOException {
    return JSON.readTree(admin("/state"));
  }

  /// Waits until `/state` satisfies a condition and returns that state.
  public JsonNode awaitState(String what, Duration deadline, Predicate<JsonNode> condition) {
    return Await.value(
        what,
        deadline,
        () -> {
          var state = state();
          return condition.test(state) ? state : null;
        });
  }

  /// As above, for up to half a minute.
  public JsonNode awaitState(String what, Predicate<JsonNode> condition) {
    return awaitState(what, Duration.ofSeconds(30), condition);
  }

  /// The entry of an endpoint in `/state`; null when it is not there.
  ///
  /// @param pool `namespace/name/pool`
  /// @param endpoint `address:port`
  public @Nullable JsonNode endpoint(String pool, String endpoint) throws IOException {
    for (var candidate : state().path("pools")) {
      if (candidate.path("name").asText().equals(pool)) {
        for (var entry : candidate.path("endpoints")) {
          if (entry.path("endpoint").asText().equals(endpoint)) {
            return entry;
          }
        }
      }
    }
    return null;
  }

  /// Waits up to half a minute until an endpoint is healthy, or is not.
  public void awaitHealth(String pool, String endpoint, boolean healthy) {
    Await.until(
        endpoint + " healthy=" + healthy,
        Duration.ofSeconds(30),
        () -> {
          var entry = endpoint(pool, endpoint);
          return entry != null && entry.path("healthy").asBoolean() == healthy;
        });
  }

  /// The body of a GET over the admin socket.
  public String admin(String target) throws IOException {
    var address = UnixDomainSocketAddress.of(adminSocket());
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(address);
      var request = "GET " + target + " HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n";
      Channels.newOutputStream(channel).write(request.getBytes(StandardCharsets.ISO_8859_1));
      var in = new HttpInput(Channels.newInputStream(channel));
      var head = in.readHead();
      if (head == null || head.status() != 200) {
        throw new IOException(target + " answered " + head);
      }
      return new String(in.responseBody(head, "GET").readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /// The body of a 200 from the health port.
  public String health(String target) throws IOException {
    return LoadClient.fetch(healthPort, target);
  }

  /// The status that the health port gives.
  public int healthStatus(String target) throws IOException {
    return LoadClient.status(healthPort, target);
  }

  /// Resident memory in bytes, now.
  public long residentMemory() throws IOException {
    return memory("VmRSS:");
  }

  /// The most resident memory that it ever had, in bytes.
  public long peakMemory() throws IOException {
    return memory("VmHWM:");
  }

  private long memory(String row) throws IOException {
    for (var line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
      if (line.startsWith(row)) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no " + row);
  }

  /// What the kernel's scheduler gave its data loops so far, in nanoseconds.
  ///
  /// @param ran time on a processor
  /// @param waited time in which they could have run but had none
  record Scheduled(long ran, long waited) {
    /// How many times as long as they ran they took to run, since then.
    double stretchSince(Scheduled before) {
      return 1 + (waited - before.waited) / (double) Math.max(1, ran - before.ran);
    }
  }

  /// What its data loops have had and lacked so far; nothing where the kernel does not tell.
  Scheduled scheduled() throws IOException {
    long ran = 0;
    long waited = 0;
    try (var threads = Files.list(Path.of("/proc/" + pid() + "/task"))) {
      for (var thread : threads.toList()) {
        var told = thread.resolve("schedstat");
        if (Files.exists(told)
            && Files.readString(thread.resolve("comm")).startsWith("weir-loop")) {
          var fields = Files.readString(told).split(" ");
          ran += Long.parseLong(fields[0]);
          waited += Long.parseLong(fields[1]);
        }
      }
    }
    return new Scheduled(ran, waited);
  }

  /// Time of processors that it has taken so far.
  public Duration cpuTime() {
    return process.info().totalCpuDuration().orElseThrow();
  }

  /// Types a line into its standard input.
  public void type(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /// Sends a signal by its short name: `TERM`, `HUP`.
  public void signal(String name) throws IOException, InterruptedException {
    var exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
    if (exit != 0) {
      throw new IOException("kill -" + name + " failed");
    }
  }

  /// Kills it at once, as `kill -9` does, and waits until it is gone.
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /// Waits for its end.
  ///
  /// @return its exit code
  public int awaitExit(Duration deadline) throws InterruptedException {
    if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running after " + deadline + describe());
    }
    pump.join(1000);
    return process.exitValue();
  }

  /// Collects garbage in the process, so that buffers nobody released are found. They are reported
  /// when the next buffer is allocated: with the next request.
  public void collectGarbage() throws IOException, InterruptedException {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var outcome =
        new ProcessBuilder(jcmd, Long.toString(pid()), "GC.run").redirectErrorStream(true).start();
    var output = new String(outcome.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (outcome.waitFor() != 0) {
      throw new IOException("jcmd: " + output);
    }
  }

  /// Its log, for messages of failed assertions.
  public String describe() {
    var text = new StringBuilder("\n--- log of the proxy ---\n");
    log.forEach(line -> text.append(line).append('\n'));
    return text.append("---").toString();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
      pump.join(1000);
      try (var files = Files.walk(directory)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException leftBehind) {
      directory.toFile().deleteOnExit();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (logged("LEAK:")) {
      throw new AssertionError("the proxy leaked buffers" + describe());
    }
  }

  private void pump() {
    try (var reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        log.add(line);
      }
    } catch (IOException ended) {
      return;
    }
  }
}
