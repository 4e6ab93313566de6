package dev.weir.homes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Needs;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Both images, built from the sources, and real containers made of them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImagesTest {
  private static final String TAG = "test";
  private static final String PROXY = "weir/proxy:" + TAG;
  private static final String CONTROLLER = "weir/controller:" + TAG;
  private static final String SERVER = "eclipse-temurin:25-jre";
  private static final Path COMPOSE = Docker.SOURCES.resolve("deploy/compose");
  private static final long LARGEST = 200_000_000;
  private static final Duration LONG = Duration.ofSeconds(60);

  private final List<String> containers = new ArrayList<>();

  @BeforeAll
  void build() {
    Needs.that(Docker.engine(), "images: no Docker engine that answers (docker info)");
    Needs.that(
        Docker.have("maven:3-eclipse-temurin-25", "debian:bookworm-slim", SERVER),
        "images: no base images and no registry (test/images/images make)");
    Docker.run("docker", "build", "-f", "Dockerfile.proxy", "-t", PROXY, ".");
    Docker.run("docker", "build", "-f", "Dockerfile.controller", "-t", CONTROLLER, ".");
  }

  @AfterAll
  void remove() {
    containers.forEach(container -> Docker.attempt("docker", "rm", "-f", container));
  }

  @Test
  void imagesAreSmallAndRunAsNobody() {
    for (String image : List.of(PROXY, CONTROLLER)) {
      assertEquals("65532:65532", inspect(image, "{{.Config.User}}"), image);
      assertNotEquals("<nil>", inspect(image, "{{.Config.Healthcheck}}"), image);
      long size = Long.parseLong(inspect(image, "{{.Size}}"));
      assertTrue(size < LARGEST, image + " has " + size + " bytes");
    }
  }

  @Test
  void theControllersProgramIsInItsImage() {
    String help = Docker.run("docker", "run", "--rm", CONTROLLER, "controller", "--help");
    assertTrue(help.startsWith("weir controller [options]"), help);
  }

  @Test
  void theArchiveForAQuickStartFitsTheProxysImage() {
    String log =
        Docker.run(
            "docker", "run", "--rm", "-e", "WEIR_JAVA_OPTIONS=-Xlog:aot=info", PROXY, "--version");
    assertTrue(log.contains("Using AOT-linked classes: true"), log);
  }

  @Test
  void anUnchangedHaproxyFileServes(@TempDir Path directory) throws Exception {
    String one = server("one");
    String two = server("two");
    Path file = directory.resolve("haproxy.cfg");
    Files.writeString(
        file,
        """
        global
            stats socket /var/run/api.sock user haproxy group haproxy mode 660 level admin expose-fd listeners
            log stdout format raw local0 info

        defaults
            mode http
            timeout client 50000
            timeout connect 5000
            timeout server 50000
            log global

        frontend myfrontend
            bind :80
            default_backend webservers

        backend webservers
            server s1 %s:80 check
            server s2 %s:80 check
        """
            .formatted(one, two));
    readable(directory);
    String name = "weir-test-haproxy-" + ProcessHandle.current().pid();
    containers.add(name);
    int port = Ports.free();
    Docker.run(
        "docker",
        "run",
        "-d",
        "--name",
        name,
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "-p",
        "127.0.0.1:" + port + ":80",
        "-v",
        file + ":/usr/local/etc/haproxy/haproxy.cfg:ro",
        PROXY);
    awaitAnswers(port, "one", "two");
    // Whoever is next after those that were refused while the servers started.
    List<String> four = inOrder(port, 4);
    assertEquals(2, new TreeSet<>(four.subList(0, 2)).size(), four::toString);
    assertEquals(four.subList(0, 2), four.subList(2, 4));
    Await.until("healthy", LONG, () -> inspect(name, "{{.State.Health.Status}}").equals("healthy"));
    Docker.run("docker", "stop", name);
    assertEquals("0", inspect(name, "{{.State.ExitCode}}"));
  }

  @Test
  void aProxyWithoutAnyConfigurationSaysWhatToMount() {
    var output = Docker.attempt("docker", "run", "--rm", PROXY);
    assertNotEquals(0, output.code());
    assertTrue(output.text().contains("/etc/weir"), output.text());
    assertTrue(output.text().contains("/usr/local/etc/haproxy/haproxy.cfg"), output.text());
  }

  @Test
  void twoConfigurationsAreOneTooMany() {
    var output =
        Docker.attempt(
            "docker",
            "run",
            "--rm",
            "-v",
            COMPOSE.resolve("weir") + ":/etc/weir:ro",
            "-v",
            Docker.SOURCES.resolve("examples") + ":/usr/local/etc/haproxy:ro",
            PROXY);
    assertNotEquals(0, output.code());
    assertTrue(output.text().contains("a configuration both in /etc/weir and in"), output.text());
  }

  @Test
  void composeBalancesTwoServersAndFollowsTheFile(@TempDir Path directory) throws Exception {
    Needs.that(!Docker.compose().isEmpty(), "compose: neither docker compose nor docker-compose");
    for (String file :
        List.of("compose.yaml", "weir/web.yaml", "one/index.html", "two/index.html")) {
      Path copy = directory.resolve(file);
      Files.createDirectories(copy.getParent());
      Files.copy(COMPOSE.resolve(file), copy);
    }
    readable(directory);
    int port = Ports.free();
    var environment =
        Map.of(
            "WEIR_TAG",
            TAG,
            "WEIR_PORT",
            Integer.toString(port),
            "COMPOSE_PROJECT_NAME",
            "weir-test-" + ProcessHandle.current().pid());
    Path file = directory.resolve("compose.yaml");
    try {
      Docker.compose(environment, file, "up", "-d", "--no-build");
      awaitAnswers(port, "one", "two");
      assertEquals(2, new TreeSet<>(inOrder(port, 2)).size());
      Path manifest = directory.resolve("weir/web.yaml");
      Files.writeString(
          manifest, Files.readString(manifest).replace(", {address: two, port: 80}", ""));
      Await.until("one alone", LONG, () -> inOrder(port, 6).stream().allMatch("one"::equals));
    } finally {
      Docker.compose(environment, file, "down", "-t", "20");
    }
  }

  /// Starts a server that answers with a word and returns its address.
  private String server(String word) {
    String name = "weir-test-" + word + "-" + ProcessHandle.current().pid();
    containers.add(name);
    Docker.run(
        "docker",
        "run",
        "-d",
        "--name",
        name,
        "--init",
        "-v",
        COMPOSE.resolve(word) + ":/srv:ro",
        SERVER,
        "java",
        "-m",
        "jdk.httpserver",
        "-b",
        "0.0.0.0",
        "-p",
        "80",
        "-d",
        "/srv");
    return inspect(name, "{{.NetworkSettings.IPAddress}}");
  }

  private static void awaitAnswers(int port, String... words) {
    Await.until(
        String.join(" and ", words),
        LONG,
        () -> new TreeSet<>(inOrder(port, 8)).equals(new TreeSet<>(List.of(words))));
  }

  private static List<String> inOrder(int port, int requests) throws IOException {
    var answers = new ArrayList<String>();
    for (int i = 0; i < requests; i++) {
      try (var wire = Wire.connect(port)) {
        answers.add(wire.get("/", "Connection: close").readResponse().body().strip());
      }
    }
    return answers;
  }

  private static String inspect(String what, String format) {
    return Docker.run("docker", "inspect", "-f", format, what);
  }

  /// Temporary directories are for their owner alone; containers run as somebody else.
  private static void readable(Path directory) {
    Docker.run("chmod", "-R", "a+rX", directory.toString());
  }
}
