package dev.weir.controller.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// `weir render` and `weir explain` on files, and what all commands do with wrong usage.
class OfflineToolsTest {
  private static final Path GOLDEN = Path.of("../config/src/test/resources/golden");

  @TempDir private Path directory;

  static Stream<Path> examples() throws IOException {
    var files = new ArrayList<Path>();
    for (var from : List.of(Path.of("../examples"), Path.of("../examples/standalone"))) {
      try (var listed = Files.list(from)) {
        listed.filter(f -> f.toString().endsWith(".yaml")).sorted().forEach(files::add);
      }
    }
    return files.stream().filter(f -> Files.exists(golden(f)));
  }

  private static Path golden(Path example) {
    return GOLDEN.resolve(example.getFileName() + ".golden");
  }

  @ParameterizedTest
  @MethodSource("examples")
  void anExampleIsPrintedAsItsGoldenFile(Path example) throws IOException {
    var ran = Ran.command("render", "-f", example.toString());
    assertEquals(0, ran.code(), ran.err());
    // Golden files have no certificates.
    assertEquals(
        Files.readString(golden(example)),
        ran.out().replaceAll("(?m)^(Certificate|Trust) .*\n.*\n", ""));
  }

  @Test
  void aKeyIsNeverPrinted() {
    var ran = Ran.command("render", "-f", "../examples/tls.yaml");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("\nCertificate default/shop/"), ran.out());
    assertTrue(!ran.out().contains("PRIVATE KEY") && !ran.out().contains("MIGHAgEAMBMG"));
  }

  @ParameterizedTest
  @CsvSource({
    "https://shop.example.com/, 0, forwarded",
    "http://shop.example.com:443/, 1, the listener has TLS and gets none",
    "https://shop.example.com:80/, 1, the listener has no TLS",
    "http://shop.example.com/, 0, redirected with 308: scheme https",
  })
  void tlsIsPartOfTheExplanation(String url, int code, String answer) {
    var ran = Ran.command("explain", url, "-f", "../examples/tls.yaml");
    assertEquals(code, ran.code(), ran.out() + ran.err());
    assertTrue(ran.out().contains(answer), ran.out());
  }

  @Test
  void aProblemIsNamedWithItsLineAndItsField() {
    var ran = Ran.command("render", "-f", "../examples/invalid/bad-address.yaml");
    assertEquals(1, ran.code());
    assertEquals("", ran.out());
    assertTrue(ran.err().contains("bad-address.yaml:"), ran.err());
    assertTrue(ran.err().contains("spec.pools["), ran.err());
  }

  @Test
  void asAControllerRendersLocalAddressesAreOut() throws IOException {
    var file = write("endpoints: [{address: 127.0.0.1, port: 80}, {address: 10.0.0.1, port: 80}]");
    assertTrue(Ran.command("render", "-f", file).out().contains("127.0.0.1"), "standalone");
    var ran = Ran.command("render", "-f", file, "--kubernetes");
    assertEquals(1, ran.code());
    assertTrue(!ran.out().contains("127.0.0.1") && ran.out().contains("10.0.0.1"), ran.out());
  }

  @ParameterizedTest
  @CsvSource({
    "http://shop.example.com/api/orders, 0, 'route api, by ', pool api",
    "http://shop.example.com/, 0, 'route shop, by host shop.example.com and every path', pool shop",
    "http://SHOP.example.com:80/down, 0, 'route down, by every host and exactly the path /down,"
        + " priority 9', redirected with 302",
    "http://other.test/, 1, 'no route fits and there is no defaultPool: 404', listener http",
    "http://shop.example.com:81/, 1, nobody listens on this port, listener http",
  })
  void aUrlIsExplained(String url, int code, String first, String second) throws IOException {
    var ran = Ran.command("explain", url, "-f", routes());
    assertEquals(code, ran.code(), ran.out() + ran.err());
    assertTrue(ran.out().contains(first), ran.out());
    assertTrue(ran.out().contains(second), ran.out());
  }

  private String routes() throws IOException {
    return Files.writeString(
            directory.resolve("routes.yaml"),
            """
            apiVersion: weir.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: web}
            spec:
              listeners: [{name: http, port: 80}]
              routes:
                - {name: shop, hosts: [shop.example.com], backends: [{pool: shop}]}
                - name: api
                  hosts: [shop.example.com]
                  matches: [{path: {prefix: /api}}]
                  backends: [{pool: api, weight: 3}, {pool: shop}]
                - name: down
                  priority: 9
                  matches: [{path: {exact: /down}}]
                  redirect: {host: status.example.com}
              pools:
                - {name: shop, endpoints: [{address: 10.0.0.1, port: 80}]}
                - {name: api, endpoints: [{address: 10.0.0.2, port: 80}]}
            """)
        .toString();
  }

  @ParameterizedTest
  @CsvSource({
    "http://a.test/, 0, 'default/web, listener a'",
    "http://x.b.test/, 0, 'default/web, listener b'",
    "http://c.test/, 1, 'no listener here has the host, only *.b.test, a.test: 404'",
  })
  void ofListenersThatShareAPortTheOneThatHasTheHostAnswers(String url, int code, String answer)
      throws IOException {
    var file =
        Files.writeString(
            directory.resolve("shared.yaml"),
            """
            apiVersion: weir.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: web}
            spec:
              listeners:
                - {name: a, port: 80, hosts: [a.test]}
                - {name: b, port: 80, hosts: ["*.b.test"]}
              pools: [{name: web, endpoints: [{address: 10.0.0.1, port: 80}]}]
            """);
    var ran = Ran.command("explain", url, "-f", file.toString());
    assertEquals(code, ran.code(), ran.out() + ran.err());
    assertTrue(ran.out().contains(answer), ran.out());
  }

  @Test
  void eachEndpointHasItsReason() throws IOException {
    var file =
        write(
            """
            endpoints:
              - {address: 10.0.0.1, port: 80, name: one, weight: 3}
              - {address: 10.0.0.2, port: 80, state: Drain}
              - {address: 10.0.0.3, port: 80, weight: 0}
              - {address: 10.0.0.4, port: 80, tier: 1}
              - {address: 10.0.0.5, port: 80, state: Maintenance}\
            """
                .replace("\n", "\n      "));
    var ran = Ran.command("explain", "localhost", "-f", file);
    assertEquals(0, ran.code(), ran.err());
    var lines = ran.out().lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
    assertTrue(lines.contains("in 10.0.0.1:80 (one) weight 3"), ran.out());
    assertTrue(lines.contains("out 10.0.0.2:80 state Drain: it finishes what it has"), ran.out());
    assertTrue(lines.contains("out 10.0.0.3:80 weight 0"), ran.out());
    assertTrue(
        lines.contains("out 10.0.0.4:80 backup: tier 1 waits while one of tier 0 is in"),
        ran.out());
    assertTrue(lines.contains("out 10.0.0.5:80 state Maintenance"), ran.out());
    assertTrue(lines.stream().anyMatch(line -> line.endsWith("1 of 5 endpoints")), ran.out());
  }

  @Test
  void endpointsOfAServiceThatAreNotReadyHaveTheirReasonToo() throws IOException {
    var file = write("serviceRef: {name: web, port: 80}");
    Files.writeString(
        Path.of(file),
        """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{port: 80}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        ports: [{port: 8080}]
        endpoints:
          - {addresses: [10.0.0.1], conditions: {ready: true}}
          - {addresses: [10.0.0.2], conditions: {ready: false}}
          - {addresses: [10.0.0.3], conditions: {ready: false, serving: true, terminating: true}}
        """,
        StandardOpenOption.APPEND);
    var ran = Ran.command("explain", "http://localhost/", "-f", file);
    var lines = ran.out().lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
    assertTrue(lines.contains("in 10.0.0.1:8080 weight 1"), ran.out());
    assertTrue(lines.contains("out 10.0.0.2:8080 not ready"), ran.out());
    assertTrue(lines.contains("out 10.0.0.3:8080 terminating"), ran.out());
  }

  @Test
  void machinesGetJson() throws IOException {
    var file = write("endpoints: [{address: 10.0.0.1, port: 80}]");
    var ran = Ran.command("explain", "http://localhost/", "-f", file, "-o", "json");
    var json = Json.read(ran.out(), JsonNode.class);
    assertEquals(
        "10.0.0.1:80", json.at("/answers/0/pools/0/endpoints/0/endpoint").asText(), ran.out());
    assertTrue(json.at("/answers/0/pools/0/endpoints/0/in").asBoolean());
  }

  @ParameterizedTest
  @EnumSource(Tools.class)
  void everyCommandHasHelpWithItsExitCodesAndRefusesWhatItDoesNotKnow(Tools tool) {
    for (var flag : List.of("-h", "--help")) {
      var help = Ran.command(tool.command(), flag);
      assertEquals(0, help.code());
      assertTrue(help.out().startsWith("usage: weir " + tool.command()), help.out());
      assertTrue(help.out().contains("exit code: 0 "), help.out());
      assertTrue(help.out().lines().allMatch(line -> line.length() <= 90), help.out());
    }
    var wrong = Ran.command(tool.command(), "--nonsense");
    assertEquals(64, wrong.code());
    assertTrue(wrong.err().contains("there is no option --nonsense"), wrong.err());
  }

  private String write(String pool) throws IOException {
    return Files.writeString(
            directory.resolve("web.yaml"),
            """
            apiVersion: weir.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: web}
            spec:
              listeners: [{name: http, port: 80}]
              pools:
                - name: web
                  %s
            """
                .formatted(pool))
        .toString();
  }
}
