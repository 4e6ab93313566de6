package dev.weir.proxy.testkit;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A real HAProxy 3.2 or newer beside ours.
///
/// Looked for in `WEIR_HAPROXY` (a file), the cache that `bench/peers/peers get` fills, and the
/// `PATH`.
public final class HaproxyProcess implements AutoCloseable {
  private static final Pattern VERSION = Pattern.compile("HAProxy version (\\d+)\\.(\\d+)");
  private final Process process;
  private final Path socket;
  private final Path log;

  private HaproxyProcess(Process process, Path socket, Path log) {
    this.process = process;
    this.socket = socket;
    this.log = log;
  }

  /// The program; null when there is none that is new enough.
  public static @Nullable Path find() {
    var places =
        Stream.concat(
            Stream.of(
                System.getenv().getOrDefault("WEIR_HAPROXY", "/nonexistent"),
                System.getenv()
                        .getOrDefault(
                            "PEERS_CACHE", System.getProperty("user.home") + "/.cache/peers")
                    + "/bin/haproxy"),
            Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(d -> d + "/haproxy"));
    return places.map(Path::of).filter(HaproxyProcess::newEnough).findFirst().orElse(null);
  }

  /// The program; the test is skipped when there is none that is new enough.
  public static Path needed() {
    var program = find();
    Needs.that(program != null, "no HAProxy 3.2 or newer: bench/peers/peers get");
    return Objects.requireNonNull(program);
  }

  private static boolean newEnough(Path program) {
    if (!Files.isExecutable(program)) {
      return false;
    }
    try {
      var process = new ProcessBuilder(program.toString(), "-v").redirectErrorStream(true).start();
      var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      var version = VERSION.matcher(text);
      return version.find()
          && 100 * Integer.parseInt(version.group(1)) + Integer.parseInt(version.group(2)) >= 302;
    } catch (IOException e) {
      return false;
    }
  }

  /// Starts it in the foreground.
  ///
  /// @param socket the `stats socket` that the configuration names
  public static HaproxyProcess start(Path program, Path config, Path socket) throws IOException {
    var log = config.resolveSibling("haproxy.log");
    var process =
        new ProcessBuilder(program.toString(), "-db", "-f", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    var haproxy = new HaproxyProcess(process, socket, log);
    try {
      Await.until("HAProxy answers", () -> !haproxy.ask("show info").isEmpty());
      return haproxy;
    } catch (Error e) {
      haproxy.close();
      throw new AssertionError(Files.readString(log), e);
    }
  }

  /// The answer to a command on the stats socket.
  public String ask(String command) throws IOException {
    if (!process.isAlive()) {
      throw new AssertionError("HAProxy ended: " + Files.readString(log));
    }
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      Channels.newOutputStream(channel).write((command + "\n").getBytes(StandardCharsets.UTF_8));
      var bytes = Channels.newInputStream(channel).readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /// Where its standard output goes.
  public Path log() {
    return log;
  }

  /// What it wrote to its standard output so far, line by line.
  public List<String> lines() throws IOException {
    return Files.readAllLines(log);
  }

  /// A row of `show stat`, by column name.
  public Map<String, String> row(String proxy, String server) throws IOException {
    var lines = ask("show stat").lines().toList();
    var names = lines.getFirst().substring(2).split(",");
    for (var line : lines) {
      var values = line.split(",", -1);
      if (values.length > 2 && values[0].equals(proxy) && values[1].equals(server)) {
        var row = new HashMap<String, String>();
        for (var i = 0; i < names.length && i < values.length; i++) {
          row.put(names[i], values[i]);
        }
        return row;
      }
    }
    throw new IOException("no " + proxy + "/" + server + " in " + lines);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
