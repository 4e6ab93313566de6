package dev.weir.proxy.testkit;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/// The proxy's classes in the form in which a JVM has them soonest: jars, and an archive of what a
/// proxy loads, parsed and linked already (JEP 483).
///
/// Making it takes a few seconds, which whole suites earn back with their first proxies: `make
/// test` asks for it with `-Dweir.test.archive=true`. It is kept under `target/archive` for as long
/// as the classes stay as they are.
final class ClassArchive {
  private static final boolean WANTED = Boolean.getBoolean("weir.test.archive");
  private static final Path HOME = Path.of("target", "archive").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static List<String> made = List.of();

  private ClassArchive() {}

  /// Arguments of a JVM that runs what is in these jars and directories.
  static synchronized List<String> arguments(List<Path> classPath) throws IOException {
    if (!WANTED) {
      return plain(classPath);
    }
    if (made.isEmpty()) {
      made = make(classPath);
    }
    return made;
  }

  /// Arguments without an archive.
  static List<String> plain(List<Path> classPath) {
    return List.of(
        "-cp", String.join(File.pathSeparator, classPath.stream().map(Path::toString).toList()));
  }

  /// Makes what another JVM has not made yet.
  private static List<String> make(List<Path> classPath) throws IOException {
    Files.createDirectories(HOME);
    try (var channel =
            FileChannel.open(
                HOME.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      Path home = HOME.resolve(fingerprint(classPath));
      Path archive = home.resolve("proxy.aot");
      Files.createDirectories(home);
      var jars = new ArrayList<Path>();
      for (Path entry : classPath) {
        Path jar = home.resolve("classes-" + jars.size() + ".jar");
        if (Files.isDirectory(entry) && !Files.exists(jar)) {
          pack(entry, jar);
        }
        jars.add(Files.isDirectory(entry) ? jar : entry);
      }
      if (!Files.exists(archive)) {
        train(plain(jars), home);
      }
      var arguments = new ArrayList<>(plain(jars));
      arguments.add("-XX:AOTCache=" + archive);
      return arguments;
    }
  }

  /// Changes with every file of the class path.
  private static String fingerprint(List<Path> classPath) throws IOException {
    var text = new StringBuilder(System.getProperty("java.vm.version"));
    for (Path entry : classPath) {
      try (var files = Files.walk(entry)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          text.append(file).append(Files.size(file)).append(Files.getLastModifiedTime(file));
        }
      }
    }
    return UUID.nameUUIDFromBytes(text.toString().getBytes(StandardCharsets.UTF_8)).toString();
  }

  private static void pack(Path directory, Path jar) throws IOException {
    Path unfinished = jar.resolveSibling("unfinished");
    try (var files = Files.walk(directory);
        var out =
            new JarOutputStream(new BufferedOutputStream(Files.newOutputStream(unfinished)))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(directory.relativize(file).toString()));
        Files.copy(file, out);
        out.closeEntry();
      }
    }
    Files.move(unfinished, jar, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Runs a proxy with a little of everything, whose JVM writes the archive when it ends.
  private static void train(List<String> classPath, Path home) throws IOException {
    Path unfinished = home.resolve("unfinished.aot");
    int http = Ports.free();
    int tls = Ports.free();
    int tcp = Ports.free();
    try (var origin = Origin.start("train")) {
      Authority.write(home.resolve("train.pem"), Authority.named("train").server("train.test"));
      Path file =
          Files.writeString(home.resolve("train.yaml"), manifest(http, tls, tcp, origin.port()));
      try (var proxy =
          ProxyProcess.config(file)
              .classes(classPath)
              .jvm(
                  "-XX:+UnlockDiagnosticVMOptions",
                  "-XX:-AOTRecordTraining",
                  "-XX:AOTCacheOutput=" + unfinished)
              .start()) {
        LoadClient.fetch(http, "/");
        LoadClient.fetch(tcp, "/");
        try (var client = Http2Client.connect(http)) {
          client.get(1, "/").response(1);
        }
        proxy.state();
        proxy.health("/metrics");
        proxy.signal("TERM");
        if (proxy.awaitExit(PATIENCE) != 0 || !Files.exists(unfinished)) {
          throw new AssertionError("no archive" + proxy.describe());
        }
      }
    } catch (Exception e) {
      throw new IOException("no archive of the proxy's classes", e);
    }
    Files.move(unfinished, home.resolve("proxy.aot"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String manifest(int http, int tls, int tcp, int origin) {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: train}
        spec:
          listeners:
            - {name: http, port: %d, address: 127.0.0.1}
            - {name: tcp, port: %d, address: 127.0.0.1, protocol: TCP}
            - {name: tls, port: %d, address: 127.0.0.1, tls: {certificates: [{file: {certificate: train.pem}}]}}
          pools:
            - {name: web, endpoints: [{address: 127.0.0.1, port: %d}], health: {http: {path: /}}}
        """
        .formatted(http, tcp, tls, origin);
  }
}
