package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS with clients, from files: what they get, and what origins, logs and metrics are told.
class TlsTest {
  private static final String SHOP = "{file: {certificate: shop.pem}}";

  private final int port = Ports.free();
  @TempDir private Path directory;

  @Test
  void aRequestOverTlsIsForwardedLoggedAndCounted() throws Exception {
    Authority authority = Authority.named("weir test");
    write("shop.pem", authority.server("shop.weir.test"));
    try (var origin = RawOrigin.start();
        var proxy = start("tls: {certificates: [%s]}".formatted(SHOP), origin.port())) {
      try (var wire = Wire.connect(port, authority.trusting(), "shop.weir.test")) {
        wire.get("/one");
        var to = origin.accept();
        assertEquals(List.of("https"), to.readHead().all("x-forwarded-proto"));
        to.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        wire.expect("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        wire.get("/two", "Connection: close");
        to.readHead();
        to.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        wire.expect("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        wire.expectClosed();
      }
      Await.until("both are logged", () -> Files.readAllLines(proxy.accessLog()).size() == 2);
      String line = Files.readAllLines(proxy.accessLog()).getFirst();
      assertTrue(line.contains("\"tlsVersion\":\"TLSv1.3\",\"tlsCipher\":\"TLS_"), line);
      assertTrue(line.contains("\"tlsName\":\"shop.weir.test\""), line);
      PrometheusPage page = PrometheusPage.parse(proxy.health("/metrics"));
      assertEquals(1, page.value(handshakes("full")));
      String expiry =
          "weir_listener_certificate_expiry_timestamp_seconds{certificate=\"File:"
              + directory.resolve("shop.pem").toString().replace("/", "%2F")
              + "\",listener=\"https\",load_balancer=\"default/web\"}";
      assertTrue(page.value(expiry) > Instant.now().getEpochSecond(), expiry);
    }
  }

  @Test
  void theNameAndTheSignaturesOfAClientChooseItsCertificate() throws Exception {
    Authority authority = Authority.named("weir test");
    write("curve.pem", authority.server("shop.weir.test"));
    write("rsa.pem", authority.rsaServer("shop.weir.test"));
    write("wild.pem", authority.server("*.weir.test", "weir.test"));
    String tls =
        "tls: {certificates: [{file: {certificate: curve.pem}}, {file: {certificate: rsa.pem}},"
            + " {file: {certificate: wild.pem}}]}";
    try (var origin = Origin.start("s1");
        var proxy = start(tls, origin.port())) {
      // The JDK remembers sessions by port and not by name, so every client is a new one.
      assertEquals(
          "EC", served(authority.trusting(), "shop.weir.test").getPublicKey().getAlgorithm());
      assertEquals(
          "RSA",
          served(authority.trusting(), "SHOP.weir.test", TlsTest::onlyRsa)
              .getPublicKey()
              .getAlgorithm());
      assertEquals("CN=*.weir.test", subject(served(authority.trusting(), "other.weir.test")));
      assertEquals("CN=*.weir.test", subject(served(authority.trusting(), "weir.test")));
      assertEquals("CN=shop.weir.test", subject(served(authority.trusting(), "a.b.weir.test")));
      assertEquals("CN=shop.weir.test", subject(served(authority.trusting(), null)));
      assertThrows(
          IOException.class,
          () -> served(authority.trusting(), "other.weir.test", TlsTest::onlyRsa));
      // A client of TLS 1.3 is through before the proxy is.
      Await.until(
          "all are counted",
          () -> PrometheusPage.parse(proxy.health("/metrics")).value(handshakes("full")) == 6);
    }
  }

  @Test
  void aClientThatAsksForNoKnownNameIsRefusedWhereThatIsWanted() throws Exception {
    Authority authority = Authority.named("weir test");
    write("shop.pem", authority.server("shop.weir.test", "*.shop.weir.test"));
    String open = "tls: {certificates: [%s]}".formatted(SHOP);
    String strict = "tls: {certificates: [%s], knownNamesOnly: true}".formatted(SHOP);
    try (var origin = Origin.start("s1");
        var proxy = start(strict, origin.port())) {
      served(authority.trusting(), "shop.weir.test");
      served(authority.trusting(), "one.shop.weir.test");
      assertEquals("unrecognized_name", alert(authority.trusting(), "other.weir.test"));
      assertEquals("missing_extension", alert(authority.trusting(), null));
      Await.until(
          "all are counted",
          () -> {
            PrometheusPage page = PrometheusPage.parse(proxy.health("/metrics"));
            return page.value(handshakes("full")) == 2
                && page.value(handshakes("unknown_name")) == 2;
          });
      rewrite(open, origin.port());
      Await.until("all are let in", () -> alert(authority.trusting(), null).isEmpty());
    }
  }

  @Test
  void versionsAndCiphersAreThoseOfTheListener() throws Exception {
    Authority authority = Authority.named("weir test");
    write("shop.pem", authority.server("shop.weir.test"));
    String tls =
        "tls: {certificates: [%s], ciphers: [ECDHE-ECDSA-AES256-GCM-SHA384]}".formatted(SHOP);
    try (var origin = Origin.start("s1");
        var proxy = start(tls, origin.port())) {
      SSLContext context = authority.trusting();
      try (var wire = Wire.connect(port, context, "shop.weir.test", only("TLSv1.2"))) {
        assertEquals(
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            ((SSLSocket) wire.socket()).getSession().getCipherSuite());
      }
      rewrite("tls: {certificates: [%s], minVersion: TLS13}".formatted(SHOP), origin.port());
      Await.until(
          "TLS 1.2 is refused",
          () -> {
            try (var wire = Wire.connect(port, context, "shop.weir.test", only("TLSv1.2"))) {
              return wire == null;
            } catch (IOException e) {
              return true;
            }
          });
      assertTrue(PrometheusPage.parse(proxy.health("/metrics")).value(handshakes("version")) >= 1);
    }
  }

  @Test
  void aClientWithoutAGoodCertificateIsRefusedWhereOneIsRequired() throws Exception {
    Authority authority = Authority.named("weir test");
    Authority partners = Authority.named("partners");
    X509Bundle alice = partners.client("CN=alice\u00e9, O=Example");
    X509Bundle mallory = partners.client("CN=mallory");
    write("shop.pem", authority.server("shop.weir.test"));
    Files.writeString(directory.resolve("ca.pem"), partners.pem());
    Files.writeString(directory.resolve("ca.crl"), partners.crl(mallory));
    String ca = "ca: {file: {certificates: ca.pem, crl: ca.crl}}";
    String headers =
        "requestHeaders: {set: [{name: X-Subject, value: \"%{tls.client.subject}\"},"
            + " {name: X-Sni, value: \"%{tls.sni} %{tls.version}\"}]}";
    try (var origin = RawOrigin.start();
        var proxy =
            start(
                "tls: {certificates: [%s], clientAuth: {%s}}, %s".formatted(SHOP, ca, headers),
                origin.port())) {
      try (var wire = Wire.connect(port, authority.trusting(alice), "shop.weir.test")) {
        wire.get("/", "X-Subject: CN=root");
        var to = origin.accept();
        var head = to.readHead();
        assertEquals(List.of("CN=alice\\c3\\a9,O=Example"), head.all("x-subject"));
        assertEquals(List.of("shop.weir.test TLSv1.3"), head.all("x-sni"));
        to.send("HTTP/1.1 204 No Content\r\n\r\n");
        wire.expect("HTTP/1.1 204 No Content\r\n\r\n");
      }
      refused(authority.trusting());
      refused(authority.trusting(mallory));
      refused(authority.trusting(Authority.named("partners").client("CN=alice")));
      PrometheusPage page = PrometheusPage.parse(proxy.health("/metrics"));
      assertEquals(1, page.value(handshakes("client_certificate_missing")));
      assertEquals(2, page.value(handshakes("client_certificate_refused")));
      assertFalse(proxy.logged("Exception"));
    }
  }

  @Test
  void aClientWithoutACertificateIsLetInWhereOneIsOptional() throws Exception {
    Authority authority = Authority.named("weir test");
    write("shop.pem", authority.server("shop.weir.test"));
    Files.writeString(directory.resolve("ca.pem"), authority.pem());
    String auth = "clientAuth: {mode: Optional, ca: {file: {certificates: ca.pem}}}";
    try (var origin = Origin.start("s1");
        var _ = start("tls: {certificates: [%s], %s}".formatted(SHOP, auth), origin.port())) {
      try (var wire = Wire.connect(port, authority.trusting(), "shop.weir.test")) {
        assertEquals(200, wire.get("/").readResponse().status());
      }
      refused(authority.trusting(Authority.named("weir test").client("CN=alice")));
    }
  }

  @Test
  void aCertificateThatCannotBeUsedLeavesTheListenerOnTheOldOne() throws Exception {
    Authority authority = Authority.named("weir test");
    write("shop.pem", authority.server("old.weir.test"));
    try (var origin = Origin.start("s1");
        var proxy = start("tls: {certificates: [%s]}".formatted(SHOP), origin.port())) {
      SSLContext context = authority.trusting();
      try (var old = Wire.connect(port, context, null)) {
        X509Bundle one = authority.server("one.weir.test");
        X509Bundle other = authority.server("other.weir.test");
        publish(one.getCertificatePEM() + other.getPrivateKeyPEM());
        proxy.awaitLogged("the private key is not the one of the certificate for [one.weir.test]");
        assertEquals("CN=old.weir.test", subject(served(context, null)));
        Instant past = Instant.now().minusSeconds(60);
        write("shop.pem", authority.server(past, "past.weir.test"));
        proxy.awaitLogged("it expired at");
        assertEquals("CN=old.weir.test", subject(served(context, null)));
        write("shop.pem", authority.server("new.weir.test"));
        Await.until(
            "the new one is there",
            () -> subject(served(context, null)).equals("CN=new.weir.test"));
        assertEquals(200, old.get("/").readResponse().status());
        assertFalse(String.join("\n", proxy.log()).contains("PRIVATE KEY"));
        assertFalse(proxy.admin("/state").contains("PRIVATE KEY"));
      }
    }
  }

  @Test
  void aConnectionForOneNameNeverReachesAnotherThatDemandsACertificate() throws Exception {
    Authority authority = Authority.named("weir test");
    X509Bundle alice = authority.client("CN=alice");
    write("open.pem", authority.server("open.weir.test"));
    write("shut.pem", authority.server("shut.weir.test"));
    Files.writeString(directory.resolve("ca.pem"), authority.pem());
    try (var origin = Origin.start("s1")) {
      Files.writeString(
          directory.resolve("web.yaml"),
          Yaml.loadBalancer(
              "web",
              List.of(
                  Yaml.listener(
                      "open",
                      port,
                      "hosts: [open.weir.test]",
                      "tls: {certificates: [{file: {certificate: open.pem}}]}"),
                  Yaml.listener(
                      "shut",
                      port,
                      "hosts: [shut.weir.test]",
                      "tls: {certificates: [{file: {certificate: shut.pem}}],"
                          + " clientAuth: {ca: {file: {certificates: ca.pem}}}}")),
              List.of(Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED))));
      try (var _ = ProxyProcess.config(directory.resolve("web.yaml")).start()) {
        String open = "GET / HTTP/1.1\r\nHost: open.weir.test\r\n\r\n";
        String shut = "GET / HTTP/1.1\r\nHost: shut.weir.test\r\n\r\n";
        try (var wire = Wire.connect(port, authority.trusting(alice), "open.weir.test")) {
          assertEquals(200, wire.send(open).readResponse().status());
          assertEquals(421, wire.send(shut).readResponse().status());
          assertEquals(200, wire.send(open).readResponse().status());
        }
        try (var wire = Wire.connect(port, authority.trusting(alice), "shut.weir.test")) {
          assertEquals(200, wire.send(shut).readResponse().status());
          assertEquals(200, wire.send(open).readResponse().status());
        }
        refused(authority.trusting(), "shut.weir.test");
      }
    }
  }

  @Test
  void aListenerThatSendsEverybodyToHttps() throws Exception {
    Path file = directory.resolve("web.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(Yaml.listener("http", port, "http: {redirectToHttps: {port: 8443}}")),
            List.of(Yaml.pool("web", List.of(Yaml.endpoint(1)), Yaml.UNCHECKED))));
    try (var _ = ProxyProcess.config(file).start();
        var wire = Wire.connect(port)) {
      var head = wire.get("/a?b").readHead();
      assertEquals("HTTP/1.1 308 Permanent Redirect", head.startLine());
      assertEquals(List.of("https://weir.test:8443/a?b"), head.all("location"));
    }
  }

  private void refused(SSLContext context) throws IOException {
    refused(context, "shop.weir.test");
  }

  private void refused(SSLContext context, String name) throws IOException {
    try (var wire = Wire.connect(port, context, name)) {
      assertThrows(IOException.class, () -> wire.get("/").readResponse());
    } catch (IOException e) {
      // With TLS 1.2 the handshake itself fails, with TLS 1.3 what comes after it.
    }
  }

  private X509Certificate served(SSLContext context, @Nullable String name) throws IOException {
    return served(context, name, parameters -> {});
  }

  private X509Certificate served(
      SSLContext context, @Nullable String name, Consumer<SSLParameters> wishes)
      throws IOException {
    try (var wire = Wire.connect(port, context, name, wishes)) {
      return (X509Certificate) ((SSLSocket) wire.socket()).getSession().getPeerCertificates()[0];
    }
  }

  /// The alert that the handshake ended with; empty when it did not.
  private String alert(SSLContext context, @Nullable String name) {
    try {
      served(context, name);
      return "";
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      return message.substring(message.lastIndexOf(' ') + 1);
    }
  }

  private static String subject(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName();
  }

  private static void onlyRsa(SSLParameters parameters) {
    parameters.setProtocols(new String[] {"TLSv1.2"});
    parameters.setCipherSuites(new String[] {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"});
  }

  private static Consumer<SSLParameters> only(String version) {
    return parameters -> parameters.setProtocols(new String[] {version});
  }

  private static String handshakes(String result) {
    return "weir_listener_tls_handshakes_total{listener=\"https\",load_balancer=\"default/web\","
        + "result=\"%s\"}".formatted(result);
  }

  private void write(String name, X509Bundle bundle) throws Exception {
    Authority.write(directory.resolve(name), bundle);
  }

  private void publish(String pem) throws IOException {
    Path young = directory.resolve("young");
    Files.writeString(young, pem);
    Files.move(
        young,
        directory.resolve("shop.pem"),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }

  private void rewrite(String tls, int endpoint) throws IOException {
    ConfigFile.replace(
        directory.resolve("web.yaml"),
        Yaml.loadBalancer(
            "web",
            List.of(Yaml.listener("https", port, tls)),
            List.of(Yaml.pool("web", List.of(Yaml.endpoint(endpoint)), Yaml.UNCHECKED))));
  }

  private ProxyProcess start(String tls, int endpoint) throws IOException {
    rewrite(tls, endpoint);
    return ProxyProcess.config(directory.resolve("web.yaml")).start();
  }
}
