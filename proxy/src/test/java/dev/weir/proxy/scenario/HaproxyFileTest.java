package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A `haproxy.cfg` as the configuration of a running proxy.
class HaproxyFileTest {
  @TempDir Path directory;
  private final int port = Ports.free();

  private String cfg(Origin server, String more) {
    return """
        global
            maxconn 500
            log stdout format raw local0
        defaults
            log global
            mode http
            option httplog
            timeout connect 5s
            timeout client 50s
            timeout server 50s
        frontend Shop
            bind 127.0.0.1:%d
            default_backend apps
        backend apps
            server s1 127.0.0.1:%d check
            server spare "${SPARE}" check backup
        %s
        """
        .formatted(port, server.port(), more);
  }

  @Test
  void changesApplyAndAWrongFileChangesNothing() throws Exception {
    var file = directory.resolve("haproxy.cfg");
    try (var s1 = Origin.start("s1");
        var s2 = Origin.start("s2");
        var spare = Origin.start("spare")) {
      ConfigFile.replace(file, cfg(s1, ""));
      try (var proxy =
              ProxyProcess.config(file).environment("SPARE", "127.0.0.1:" + spare.port()).start();
          var load = LoadClient.on(port)) {
        load.keepAlive(1, "/", Duration.ofMillis(5));
        Await.until("s1 answers", () -> LoadClient.fetch(port, "/").equals("s1"));
        ConfigFile.replace(file, cfg(s2, ""));
        Await.until("s2 answers", () -> LoadClient.fetch(port, "/").equals("s2"));
        ConfigFile.replace(file, cfg(s1, "    cookie SRV insert"));
        var state = proxy.awaitState("refused", s -> s.path("refused").asInt() == 1);
        assertTrue(
            state.path("lastRefused").toString().contains("'cookie' keeps clients on a server"),
            state::toString);
        proxy.awaitLogged("haproxy.cfg:17: backend apps: 'cookie'");
        assertEquals("s2", LoadClient.fetch(port, "/"));
        s2.kill();
        Await.until(
            "the backup answers",
            Duration.ofSeconds(20),
            () -> LoadClient.fetch(port, "/").equals("spare"));
        load.stop();
        Await.until(
            "the log has HAProxy's format",
            () -> Files.readString(proxy.accessLog()).contains("shop apps/spare "));
      }
    }
  }

  @Test
  void aFileWithTlsAnswersOverTls() throws Exception {
    Authority authority = Authority.named("weir test");
    Path certificates = Files.createDirectory(directory.resolve("certificates"));
    X509Bundle shop = authority.server("shop.weir.test");
    Files.writeString(
        certificates.resolve("a.pem"), shop.getCertificatePathPEM() + shop.getPrivateKeyPEM());
    X509Bundle other = authority.server("other.weir.test");
    Files.writeString(certificates.resolve("b.pem"), other.getCertificatePathPEM());
    Files.writeString(certificates.resolve("b.pem.key"), other.getPrivateKeyPEM());
    Files.writeString(directory.resolve("ca.pem"), authority.pem());
    int plain = Ports.free();
    Path file = directory.resolve("haproxy.cfg");
    try (var origin = RawOrigin.start()) {
      ConfigFile.replace(
          file,
          """
          global
              crt-base %1$s
              ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
          defaults
              mode http
              timeout connect 5s
              timeout client 50s
              timeout server 50s
          frontend shop
              bind 127.0.0.1:%2$d
              bind 127.0.0.1:%3$d ssl crt certificates alpn http/1.1 verify optional ca-file %1$s/ca.pem
              http-request redirect scheme https code 301 unless { ssl_fc }
              http-request set-header X-Forwarded-Proto https if { ssl_fc }
              http-request set-header X-SSL-Client-DN %%{+Q}[ssl_c_s_dn]
              http-response set-header Strict-Transport-Security max-age=1 if { ssl_fc }
              default_backend apps
          backend apps
              server s1 127.0.0.1:%4$d
          """
              .formatted(directory, plain, port, origin.port()));
      try (var proxy = ProxyProcess.config(file).loops(1).start()) {
        try (var wire = Wire.connect(plain)) {
          wire.get("/a?b");
          assertEquals(301, wire.readResponse().status());
        }
        Wire to = null;
        for (String name : List.of("shop.weir.test", "other.weir.test")) {
          try (var wire =
              Wire.connect(port, authority.trusting(authority.client("CN=partner")), name)) {
            wire.get("/");
            to = to == null ? origin.accept() : to;
            var head = to.readHead();
            assertEquals(List.of("https"), head.all("x-forwarded-proto"));
            assertEquals(List.of("\"CN=partner\""), head.all("x-ssl-client-dn"));
            to.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            wire.expect(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nStrict-Transport-Security: max-age=1\r\n\r\nok");
            assertEquals(
                "CN=" + name,
                ((X509Certificate)
                        ((SSLSocket) wire.socket()).getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName());
          }
        }
        X509Bundle third = authority.server("third.weir.test");
        Path whole =
            Files.writeString(
                directory.resolve("c.pem"),
                third.getCertificatePathPEM() + third.getPrivateKeyPEM());
        Files.move(whole, certificates.resolve("c.pem"), StandardCopyOption.ATOMIC_MOVE);
        Await.until(
            "a file that came is used",
            () -> {
              try (var wire = Wire.connect(port, authority.trusting(), "third.weir.test")) {
                return ((SSLSocket) wire.socket())
                    .getSession()
                    .getPeerPrincipal()
                    .getName()
                    .equals("CN=third.weir.test");
              }
            });
        proxy.awaitState("nothing refused", s -> s.path("refused").asInt() == 0);
      }
    }
  }

  @Test
  void theExampleWithTlsDoesWhatItSays() throws Exception {
    Authority authority = Authority.named("weir test");
    Path certificates = Files.createDirectory(directory.resolve("certs"));
    Authority.write(certificates.resolve("shop.pem"), authority.server("shop.weir.test"));
    Files.writeString(directory.resolve("partners.pem"), authority.pem());
    Files.writeString(directory.resolve("internal.pem"), authority.pem());
    int partners = Ports.free();
    int plain = Ports.free();
    int redis = Ports.free();
    try (var web = Origin.startTls("s1", Authority.serving(authority.server("web.internal")));
        var raw = RawOrigin.start()) {
      web.handler(call -> call.reply(200, String.valueOf(call.head().first("X-Partner"))));
      Path file = directory.resolve("haproxy.cfg");
      ConfigFile.replace(
          file,
          Files.readString(Path.of("../examples/haproxy-tls.cfg"))
              .replace("/etc/haproxy", directory.toString())
              .replace("*:8080", "127.0.0.1:" + plain)
              .replace("*:8443", "127.0.0.1:" + port)
              .replace("*:8444", "127.0.0.1:" + partners)
              .replace("*:6380", "127.0.0.1:" + redis)
              .replace("192.168.1.100:443", "127.0.0.1:" + web.port())
              .replace("192.168.1.110:6379", "127.0.0.1:" + raw.port()));
      try (var _ = ProxyProcess.config(file).start()) {
        try (var wire = Wire.connect(plain)) {
          assertEquals(301, wire.get("/").readResponse().status());
        }
        try (var wire = Wire.connect(port, authority.trusting(), "shop.weir.test")) {
          Wire.Response response = wire.get("/").readResponse();
          assertEquals("null", response.body());
          assertEquals("max-age=31536000", response.head().first("Strict-Transport-Security"));
        }
        var partner = authority.trusting(authority.client("CN=partner"));
        try (var wire = Wire.connect(partners, partner, "shop.weir.test")) {
          assertEquals("CN=partner", wire.get("/").readResponse().body());
        }
        try (var wire = Wire.connect(redis, authority.trusting(), "shop.weir.test")) {
          wire.send("PING\r\n");
          raw.accept().expect("PING\r\n");
        }
      }
    }
  }
}
