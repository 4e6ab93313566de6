package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.OpenSsl;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import dev.weir.proxy.testkit.ProxyProcess;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// OpenSSL's client and curl: names, client certificates, resumption, and what it must not skip.
class TlsClientsTest {
  private final int port = Ports.free();
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void aSessionIsResumedUnderItsOwnNameAlone(String version) throws Exception {
    OpenSsl.needed();
    Authority authority = Authority.named("weir test");
    Authority.write(directory.resolve("a.pem"), authority.server("a.weir.test"));
    Authority.write(directory.resolve("b.pem"), authority.server("b.weir.test"));
    try (var origin = Origin.start("s1");
        var proxy =
            start(
                origin,
                Yaml.listener(
                    "https",
                    port,
                    "tls: {certificates: [{file: {certificate: a.pem}},"
                        + " {file: {certificate: b.pem}}]}"))) {
      Path session = directory.resolve("session");
      String first = openssl(version, "a.weir.test", "-sess_out", session.toString());
      assertTrue(first.contains("New, "), first);
      assertTrue(first.contains("HTTP/1.1 200"), first);
      String again = openssl(version, "a.weir.test", "-sess_in", session.toString());
      assertTrue(again.contains("Reused, "), again);
      String other = openssl(version, "b.weir.test", "-sess_in", session.toString());
      assertTrue(other.contains("New, "), other);
      assertTrue(other.contains("CN = b.weir.test"), other);
      PrometheusPage page = PrometheusPage.parse(proxy.health("/metrics"));
      String handshakes =
          "weir_listener_tls_handshakes_total{listener=\"https\",load_balancer=\"default/web\","
              + "result=\"%s\"}";
      assertEquals(1, page.value(handshakes.formatted("resumed")));
      assertEquals(2, page.value(handshakes.formatted("full")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void aTicketOfOneNameDoesNotSkipAnothersDemandForACertificate(String version) throws Exception {
    OpenSsl.needed();
    Authority authority = Authority.named("weir test");
    X509Bundle both = authority.server("open.weir.test", "shut.weir.test");
    Authority.write(directory.resolve("both.pem"), both);
    Files.writeString(directory.resolve("ca.pem"), authority.pem());
    Path alice = Authority.write(directory.resolve("alice"), authority.client("CN=alice"));
    String certificate = "certificates: [{file: {certificate: both.pem}}]";
    try (var origin = Origin.start("s1");
        var _ =
            start(
                origin,
                Yaml.listener(
                    "open", port, "hosts: [open.weir.test]", "tls: {%s}".formatted(certificate)),
                Yaml.listener(
                    "shut",
                    port,
                    "hosts: [shut.weir.test]",
                    "tls: {%s, clientAuth: {ca: {file: {certificates: ca.pem}}}}"
                        .formatted(certificate)))) {
      String session = directory.resolve("session").toString();
      openssl(version, "open.weir.test", "-sess_out", session);
      String stranger = openssl(version, "shut.weir.test", "-sess_in", session);
      assertFalse(stranger.contains("Reused, "), stranger);
      assertFalse(stranger.contains("HTTP/1.1 "), stranger);
      String[] known = {"-cert", alice.toString(), "-key", alice.toString()};
      String first = openssl(version, "shut.weir.test", with(known, "-sess_out", session));
      assertTrue(first.contains("HTTP/1.1 404"), first);
      String again = openssl(version, "shut.weir.test", "-sess_in", session);
      assertTrue(again.contains("Reused, "), again);
      assertTrue(again.contains("HTTP/1.1 404"), again);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void aSessionIsResumedByItsTicketAgainAndAgain(String version) throws Exception {
    OpenSsl.needed();
    Authority authority = Authority.named("weir test");
    Authority.write(directory.resolve("a.pem"), authority.server("a.weir.test"));
    try (var origin = Origin.start("s1");
        var proxy =
            start(
                origin,
                Yaml.listener(
                    "https", port, "tls: {certificates: [{file: {certificate: a.pem}}]}"))) {
      assertTrue(proxy.alive());
      String session = directory.resolve("session").toString();
      String first = openssl(version, "a.weir.test", "-sess_out", session);
      assertTrue(first.contains("TLS session ticket lifetime hint: "), first);
      assertTrue(first.contains("TLS session ticket:"), first);
      for (int i = 0; i < 3; i++) {
        String again = openssl(version, "a.weir.test", "-sess_in", session, "-sess_out", session);
        assertTrue(again.contains("Reused, "), again);
      }
      if (version.equals("-tls1_2")) {
        String without = openssl(version, "a.weir.test", "-no_ticket");
        assertFalse(without.contains("TLS session ticket:"), without);
        assertTrue(without.contains("HTTP/1.1 200"), without);
      }
    }
  }

  @Test
  void curlSpeaksBothVersionsOfHttp() throws Exception {
    OpenSsl.needed("curl");
    Authority authority = Authority.named("weir test");
    Authority.write(directory.resolve("a.pem"), authority.server("a.weir.test"));
    Path ca = Files.writeString(directory.resolve("ca.pem"), authority.pem());
    try (var origin = Origin.start("s1");
        var _ =
            start(
                origin,
                Yaml.listener(
                    "https", port, "tls: {certificates: [{file: {certificate: a.pem}}]}"))) {
      for (String version : List.of("1.1", "2")) {
        String said =
            OpenSsl.run(
                List.of(
                    "curl",
                    "--silent",
                    "--show-error",
                    version.equals("2") ? "--http2" : "--http1.1",
                    "--cacert",
                    ca.toString(),
                    "--resolve",
                    "a.weir.test:%d:127.0.0.1".formatted(port),
                    "--output",
                    "/dev/null",
                    "--write-out",
                    "%{http_version} %{http_code}",
                    "https://a.weir.test:%d/".formatted(port)),
                "");
        assertEquals(version + " 200", said);
      }
    }
  }

  private ProxyProcess start(Origin origin, String... listeners) throws Exception {
    Path file = directory.resolve("web.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(listeners),
            List.of(Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED))));
    return ProxyProcess.config(file).start();
  }

  private static String[] with(String[] some, String... more) {
    var all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private String openssl(String version, String name, String... more) throws Exception {
    return OpenSsl.client(port, version, name, more);
  }
}
