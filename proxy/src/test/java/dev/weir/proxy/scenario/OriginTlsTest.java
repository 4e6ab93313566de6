package dev.weir.proxy.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Call;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.HaproxyProcess;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS with endpoints, by a real process: who is believed, what is shown, what changes.
class OriginTlsTest {
  private static Authority ca;
  private static Authority other;
  private static final String ADDRESS = "127.0.0.1";
  @TempDir Path directory;
  private final List<String> listeners = new ArrayList<>();
  private final List<String> pools = new ArrayList<>();

  @BeforeAll
  static void found() throws Exception {
    ca = Authority.named("the right one");
    other = Authority.named("another one");
  }

  /// A listener with a pool of its own; returns its port.
  private int lane(String name, int endpoint, String... more) throws IOException {
    int port = Ports.free();
    listeners.add(Yaml.listener(name, port, "defaultPool: " + name));
    var fields = new ArrayList<>(List.of(more));
    if (fields.stream().noneMatch(field -> field.startsWith("health"))) {
      fields.add(Yaml.UNCHECKED);
    }
    fields.add("retry: {attempts: 0}");
    pools.add(Yaml.pool(name, List.of(Yaml.endpoint(endpoint)), fields.toArray(String[]::new)));
    return port;
  }

  private ProxyProcess start() throws IOException {
    ConfigFile.replace(directory.resolve("ca.pem"), ca.pem());
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, Yaml.loadBalancer("web", listeners, pools));
    return ProxyProcess.config(file).start();
  }

  private static final String TLS = "tls: {ca: {file: {certificates: ca.pem}}}";

  private static String tls(String more) {
    return "tls: {ca: {file: {certificates: ca.pem}}, %s}".formatted(more);
  }

  private static String session(Call call) {
    return ((SSLSocket) call.wire().socket()).getSession().getProtocol();
  }

  @Test
  void anEndpointIsBelievedWhenItsCertificateIsRightAndNobodyElseIs() throws Exception {
    try (var good = Origin.startTls("good", Authority.serving(ca.server("origin.test", ADDRESS)));
        var named = Origin.startTls("named", Authority.serving(ca.server("origin.test")));
        var foreign =
            Origin.startTls("foreign", Authority.serving(other.server("origin.test", ADDRESS)));
        var old = Origin.startTls("old", Authority.serving(ca.expired("origin.test", ADDRESS)));
        var plain = Origin.start("plain")) {
      plain.security(
          socket -> {
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\nbefore TLS".getBytes(UTF_8));
            return socket;
          });
      int right = lane("right", good.port(), TLS);
      int byName = lane("byname", named.port(), tls("serverName: origin.test"));
      int wrongName = lane("wrongname", good.port(), tls("serverName: other.test"));
      int noAddress = lane("noaddress", named.port(), TLS);
      int wrongAuthority = lane("wrongca", foreign.port(), TLS);
      int system = lane("system", good.port(), "tls: {}");
      int expired = lane("expired", old.port(), TLS);
      int notTls = lane("nottls", plain.port(), TLS);
      int anybody = lane("anybody", foreign.port(), "tls: {verify: false}");
      int newest = lane("newest", good.port(), tls("minVersion: TLS13"));
      int oldest =
          lane("oldest", good.port(), tls("ciphers: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]"));
      try (var proxy = start()) {
        assertEquals("good", LoadClient.fetch(right, "/"));
        assertEquals("named", LoadClient.fetch(byName, "/"));
        assertEquals("foreign", LoadClient.fetch(anybody, "/"));
        assertTrue(proxy.logged("certificates of its endpoints are not verified"));
        good.handler(call -> call.reply(200, session(call)));
        assertEquals("TLSv1.3", LoadClient.fetch(newest, "/"));
        assertEquals("TLSv1.3", LoadClient.fetch(oldest, "/"));

        refused(proxy, wrongName, "origin_certificate_mismatch");
        refused(proxy, noAddress, "origin_certificate_mismatch");
        refused(proxy, wrongAuthority, "origin_certificate_untrusted");
        refused(proxy, system, "origin_certificate_untrusted");
        refused(proxy, expired, "origin_certificate_expired");
        refused(proxy, notTls, "origin_tls_failed");
        assertEquals(0, foreign.requests() - 1, "a request only for the one who verifies nothing");
        assertEquals(0, old.requests() + plain.requests());
      }
    }
  }

  @Test
  void aNameThatEndsAtAZeroForSomeIsNotTheName() throws Exception {
    var cut = ca.server("evil.test", "origin.test\0.evil.test", "*\0.test");
    try (var evil = Origin.startTls("evil", Authority.serving(cut))) {
      int lane = lane("cut", evil.port(), tls("serverName: origin.test"));
      try (var proxy = start()) {
        refused(proxy, lane, "origin_certificate_mismatch");
        assertEquals(0, evil.requests());
      }
    }
  }

  private static void refused(ProxyProcess proxy, int port, String failure) throws IOException {
    long before = count(proxy, failure);
    try (var client = Wire.connect(port)) {
      var answer = client.get("/", "Connection: close").readResponse();
      assertEquals(503, answer.status(), failure);
    }
    Await.until(failure + " is logged", () -> count(proxy, failure) == before + 1);
  }

  private static long count(ProxyProcess proxy, String failure) throws IOException {
    if (!Files.exists(proxy.accessLog())) {
      return 0;
    }
    return Files.readString(proxy.accessLog()).lines().filter(l -> l.contains(failure)).count();
  }

  @Test
  void endpointsAreAskedForTheirNameAndSessionsAreResumed() throws Exception {
    try (var origin = Origin.startTls("s", Authority.serving(ca.server("origin.test", ADDRESS)))) {
      origin.handler(
          call -> {
            var socket = (SSLSocket) call.wire().socket();
            var session = (ExtendedSSLSession) socket.getSession();
            call.closeAfterwards();
            call.reply(
                200,
                session.getRequestedServerNames()
                    + " "
                    + HexFormat.of().formatHex(session.getId()));
          });
      int named = lane("named", origin.port(), tls("serverName: origin.test"));
      int unnamed = lane("unnamed", origin.port(), TLS);
      int resumed = lane("resumed", origin.port(), tls("serverName: origin.test"));
      try (var proxy = start()) {
        assertTrue(
            LoadClient.fetch(named, "/").startsWith("[type=host_name (0), value=origin.test]"));
        assertTrue(LoadClient.fetch(unnamed, "/").startsWith("[] "), "an address is no name");
        assertNotEquals(0, proxy.pid());
        origin.handler(
            call -> {
              var socket = (SSLSocket) call.wire().socket();
              call.closeAfterwards();
              call.reply(200, String.valueOf(socket.getSession().getCreationTime()));
            });
        var first = LoadClient.fetch(resumed, "/");
        Await.until("a session goes on", () -> LoadClient.fetch(resumed, "/").equals(first));
      }
    }
  }

  @Test
  void endpointsThatAskForACertificateGetTheConfiguredOne() throws Exception {
    var clients = Authority.named("clients");
    try (var origin = Origin.start("private")) {
      origin.tls(Authority.serving(ca.server(ADDRESS), clients), true);
      Authority.write(directory.resolve("proxy.pem"), clients.client("CN=proxy"));
      Authority.write(directory.resolve("stranger.pem"), other.client("CN=proxy"));
      int shown =
          lane("shown", origin.port(), tls("certificate: {file: {certificate: proxy.pem}}"));
      int nothing = lane("nothing", origin.port(), TLS);
      int wrong =
          lane(
              "wrong",
              origin.port(),
              tls("certificate: {file: {certificate: stranger.pem, key: stranger.pem}}"));
      try (var proxy = start()) {
        assertEquals("private", LoadClient.fetch(shown, "/"));
        for (int port : List.of(nothing, wrong)) {
          int status = LoadClient.status(port, "/");
          assertTrue(status == 502 || status == 503, status + "");
        }
        assertEquals(1, origin.requests());
        assertTrue(proxy.alive());
      }
    }
  }

  @Test
  void http2IsSpokenWhereTheEndpointAgreesToIt() throws Exception {
    var program = HaproxyProcess.needed();
    Authority.write(directory.resolve("server.pem"), ca.server(ADDRESS));
    int both = Ports.free();
    int old = Ports.free();
    var socket = directory.resolve("haproxy.sock");
    var config = directory.resolve("haproxy.cfg");
    ConfigFile.replace(
        config,
        """
        global
          stats socket %s
        defaults
          mode http
          timeout client 10s
          timeout server 10s
          timeout connect 10s
        frontend both
          bind 127.0.0.1:%d accept-proxy ssl crt %s alpn h2,http/1.1
          http-request return status 200 content-type text/plain lf-string "%%[req.ver] %%[src_port]"
        frontend old
          bind 127.0.0.1:%d ssl crt %s alpn http/1.1
          http-request return status 200
        """
            .formatted(
                socket,
                both,
                directory.resolve("server.pem"),
                old,
                directory.resolve("server.pem")));
    var announced = "proxyProtocol: {send: V2}";
    var checked = "health: {interval: 100ms, rise: 1, fall: 1, http: {}}";
    int port = lane("both", both, "protocol: HTTP2", TLS, announced, checked);
    int refusing = lane("old", old, "protocol: HTTP2", TLS);
    try (var haproxy = HaproxyProcess.start(program, config, socket);
        var proxy = start();
        var one = Wire.connect(port);
        var two = Wire.connect(port)) {
      assertTrue(haproxy.log().toFile().exists());
      proxy.awaitHealth("default/web/both", ADDRESS + ":" + both, true);
      for (int i = 0; i < 3; i++) {
        for (var client : List.of(one, two)) {
          assertEquals(
              "2.0 " + client.socket().getLocalPort(), client.get("/").readResponse().body());
        }
      }
      refused(proxy, refusing, "origin_tls_failed");
    }
  }

  @Test
  void revokedCertificatesAreRefused() throws Exception {
    var good = ca.server(ADDRESS);
    var bad = ca.server(ADDRESS);
    ConfigFile.replace(directory.resolve("ca.crl"), ca.crl(bad));
    var trust = "tls: {ca: {file: {certificates: ca.pem, crl: ca.crl}}}";
    try (var one = Origin.startTls("one", Authority.serving(good));
        var two = Origin.startTls("two", Authority.serving(bad))) {
      int accepted = lane("good", one.port(), trust);
      int revoked = lane("bad", two.port(), trust);
      try (var proxy = start()) {
        assertEquals("one", LoadClient.fetch(accepted, "/"));
        refused(proxy, revoked, "origin_certificate_revoked");
      }
    }
  }

  @Test
  void aFailedHandshakeIsTriedElsewhere() throws Exception {
    try (var good = Origin.startTls("good", Authority.serving(ca.server(ADDRESS)));
        var old = Origin.startTls("old", Authority.serving(ca.expired(ADDRESS)));
        var silent = RawOrigin.start()) {
      int port = Ports.free();
      listeners.add(Yaml.listener("http", port));
      pools.add(
          Yaml.pool(
              "web",
              List.of(
                  Yaml.endpoint(old.port()),
                  Yaml.endpoint(silent.port()),
                  Yaml.endpoint(good.port())),
              TLS,
              Yaml.UNCHECKED,
              "timeouts: {connect: 2s}"));
      try (var proxy = start()) {
        for (int i = 0; i < 3; i++) {
          assertEquals("good", LoadClient.fetch(port, "/"));
        }
        assertTrue(proxy.health("/metrics").contains("origin_certificate_expired"));
        assertTrue(proxy.health("/metrics").contains("connect_timeout"));
      }
    }
  }

  @Test
  void checksSpeakTlsAndSayWhatIsWrong() throws Exception {
    try (var good = Origin.startTls("good", Authority.serving(ca.server(ADDRESS)));
        var old = Origin.startTls("old", Authority.serving(ca.expired(ADDRESS)));
        var foreign = Origin.startTls("foreign", Authority.serving(other.server(ADDRESS)));
        var named = Origin.startTls("named", Authority.serving(ca.server("origin.test")))) {
      String fast = "health: {interval: 100ms, rise: 1, fall: 1%s}";
      lane("handshake", good.port(), TLS, fast.formatted(""));
      lane("http", good.port(), TLS, fast.formatted(", http: {path: /status/204}"));
      lane("tcp", old.port(), TLS, fast.formatted(", tcp: {}"));
      lane("expired", old.port(), TLS, fast.formatted(", tls: {}"));
      lane("foreign", foreign.port(), TLS, fast.formatted(", http: {}"));
      lane("named", named.port(), TLS, fast.formatted(""));
      try (var proxy = start()) {
        reason(proxy, "handshake", good, "handshake done (L6OK)");
        reason(proxy, "http", good, "HTTP 204 from /status/204 (L7OK)");
        reason(proxy, "tcp", old, "connected (L4OK)");
        reason(proxy, "expired", old, "certificate expired on");
        reason(
            proxy, "foreign", foreign, "comes from an unknown authority, CN=another one (L6RSP)");
        reason(
            proxy, "named", named, "certificate is for [origin.test], not for 127.0.0.1 (L6RSP)");
        good.tls(Authority.serving(ca.expired(ADDRESS)), false);
        reason(proxy, "handshake", good, "certificate expired on");
      }
    }
  }

  private static void reason(ProxyProcess proxy, String pool, Origin origin, String text) {
    Await.until(
        pool + " says " + text,
        () -> {
          var endpoint = proxy.endpoint("default/web/" + pool, origin.authority());
          return endpoint != null && endpoint.toString().contains(text);
        });
  }

  @Test
  void aTruncatedResponseIsCutAndARightEndIsNot() throws Exception {
    try (var origin = Origin.startTls("s", Authority.serving(ca.server(ADDRESS)))) {
      int port = lane("web", origin.port(), TLS);
      try (var proxy = start()) {
        assertTrue(proxy.alive());
        origin.handler(
            call -> {
              call.wire().send("HTTP/1.1 200 OK\r\n\r\nhello");
              call.wire().output().flush();
              if (call.path().equals("/end")) {
                call.wire().socket().close();
              } else {
                call.origin().kill();
              }
            });
        try (var client = Wire.connect(port)) {
          assertEquals("hello", client.get("/end", "Connection: close").readResponse().body());
        }
        try (var client = Wire.connect(port)) {
          client.get("/cut", "Connection: close");
          assertNotNull(client.readHead());
          Await.until("it is logged", () -> count(proxy, "origin_cut") == 1);
        }
      }
    }
  }

  @Test
  void aTcpListenerSpeaksTlsWithItsEndpoints() throws Exception {
    try (var origin = Origin.startTls("inside", Authority.serving(ca.server(ADDRESS)));
        var foreign = Origin.startTls("foreign", Authority.serving(other.server(ADDRESS)))) {
      int port = Ports.free();
      int bad = Ports.free();
      listeners.add(Yaml.listener("tcp", port, "protocol: TCP", "defaultPool: tcp"));
      listeners.add(Yaml.listener("bad", bad, "protocol: TCP", "defaultPool: bad"));
      var none = "retry: {attempts: 0}";
      pools.add(Yaml.pool("tcp", List.of(Yaml.endpoint(origin.port())), TLS, Yaml.UNCHECKED));
      pools.add(
          Yaml.pool("bad", List.of(Yaml.endpoint(foreign.port())), TLS, Yaml.UNCHECKED, none));
      try (var proxy = start()) {
        assertEquals("inside", LoadClient.fetch(port, "/"));
        try (var client = Wire.connect(port)) {
          var body = client.get("/bytes/3000000", "Connection: close").readResponse().body();
          assertEquals(3_000_000, body.length(), "many reads in a row stay within TLS");
        }
        try (var client = Wire.connect(port)) {
          client.get("/", "Connection: close").endOutput();
          assertEquals(200, client.readResponse().status());
          client.expectClosed();
        }
        try (var client = Wire.connect(bad)) {
          client.get("/").expectClosed();
        }
        assertTrue(proxy.health("/metrics").contains("origin_certificate_untrusted"));
        assertEquals(0, foreign.requests());
      }
    }
  }

  @Test
  void authoritiesAndCertificatesChangeUnderLoadWithoutAFailedRequest() throws Exception {
    var next = Authority.named("the next one");
    var clients = Authority.named("clients");
    var nextClients = Authority.named("the next clients");
    Authority.write(directory.resolve("proxy.pem"), clients.client("CN=proxy"));
    try (var origin = Origin.start("s")) {
      origin.tls(Authority.serving(ca.server(ADDRESS), clients, nextClients), true);
      int port = lane("web", origin.port(), tls("certificate: {file: {certificate: proxy.pem}}"));
      try (var proxy = start();
          var load = LoadClient.on(port)) {
        load.keepAlive(4, "/", Duration.ofMillis(5)).oneShot(2, "/", Duration.ofMillis(20));
        for (int round = 0; round < 4; round++) {
          Await.until("load runs", () -> load.succeeded() > 100);
          long seen = generation(proxy);
          ConfigFile.replace(directory.resolve("ca.pem"), ca.pem() + next.pem());
          Await.until("both are trusted", () -> generation(proxy) > seen);
          origin.tls(
              Authority.serving((round % 2 == 0 ? next : ca).server(ADDRESS), clients, nextClients),
              true);
          long before = generation(proxy);
          ConfigFile.replace(directory.resolve("ca.pem"), (round % 2 == 0 ? next : ca).pem());
          Await.until("one is trusted", () -> generation(proxy) > before);
          long one = generation(proxy);
          long accepted = origin.accepted();
          Authority.write(
              directory.resolve("proxy.pem"),
              (round % 2 == 0 ? nextClients : clients).client("CN=proxy"));
          Await.until("it is shown", () -> generation(proxy) > one);
          Await.until("new connections are made", () -> origin.accepted() > accepted + 4);
        }
        load.stopFlawless(200);
        assertFalse(proxy.logged("TlsUnusable"));
      }
    }
  }

  private static long generation(ProxyProcess proxy) throws IOException {
    return proxy.state().path("generation").asLong();
  }
}
