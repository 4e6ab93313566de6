package dev.weir.config.haproxy;

import static dev.weir.config.haproxy.SectionKind.Backend;
import static dev.weir.config.haproxy.SectionKind.Defaults;
import static dev.weir.config.haproxy.SectionKind.Listen;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What is understood behind a server's address: a part of [Directives].
final class ServerWords {
  private ServerWords() {}

  static List<Directive<ServerOptions>> rows() {
    var rows = new ArrayList<Directive<ServerOptions>>();
    rows.add(server("check", "`health.enabled`", (o, a) -> o.check = a.setting(true)));
    rows.add(server("no-check", "`health.enabled`", (o, a) -> o.check = a.setting(false)));
    rows.add(
        server(
            "inter",
            "`pools[].health.interval`, one for the pool",
            (o, a) -> o.inter = a.setting(Lines.interval(a))));
    rows.add(
        server(
            "rise",
            "`pools[].health.rise`, one for the pool",
            (o, a) -> o.rise = a.setting(Lines.number(a, "rise", 1, 100))));
    rows.add(
        server(
            "fall",
            "`pools[].health.fall`, one for the pool",
            (o, a) -> o.fall = a.setting(Lines.number(a, "fall", 1, 100))));
    rows.add(
        server(
            "port",
            "`health.port`",
            (o, a) -> o.port = a.setting(Lines.number(a, "port", 1, 65_535))));
    rows.add(
        server(
            "weight",
            "`weight`",
            (o, a) -> o.weight = a.setting(Lines.number(a, "weight", 0, 256))));
    rows.add(server("backup", "`tier: 1`", (o, a) -> o.backup = a.setting(true)));
    rows.add(server("no-backup", "`tier: 0`", (o, a) -> o.backup = a.setting(false)));
    rows.add(
        server(
            "maxconn",
            "`maxConnections`",
            (o, a) -> o.maxConnections = a.setting(Lines.number(a, "maxconn", 0, 1_000_000))));
    rows.add(
        server(
            "proto",
            "`pools[].protocol`, one for the pool",
            (o, a) -> o.protocol = a.setting(Lines.protocol(a))));
    serverTls(rows);
    rows.add(server("disabled", "`state: Maintenance`", (o, a) -> o.disabled = a.setting(true)));
    rows.add(server("enabled", "`state: Ready`", (o, a) -> o.disabled = a.setting(false)));
    return rows;
  }

  private static void serverTls(List<Directive<ServerOptions>> rows) {
    rows.add(server("ssl", "`pools[].tls`", (o, a) -> o.tls = a.setting(true)));
    rows.add(server("no-ssl", "nothing", (o, a) -> o.tls = a.setting(false)));
    rows.add(
        server(
            "verify", "`pools[].tls.verify`", (o, a) -> o.verify = a.setting(ServerTls.verify(a))));
    rows.add(
        server(
            "verifyhost",
            "`pools[].tls.serverName`",
            (o, a) -> o.verifyHost = a.setting(a.next("a name behind 'verifyhost'"))));
    rows.add(
        server(
            "ca-file",
            "`pools[].tls.ca.file`",
            (o, a) -> o.authorities = a.setting(a.address("a file behind 'ca-file'"))));
    rows.add(
        server(
            "crl-file",
            "`pools[].tls.ca.file.crl`",
            (o, a) -> o.revocations = a.setting(a.address("a file behind 'crl-file'"))));
    rows.add(
        server(
            "crt",
            "`pools[].tls.certificate.file`",
            (o, a) -> o.certificate = a.setting(a.address("a file behind 'crt'"))));
    rows.add(
        server(
            "sni",
            "`pools[].tls.serverName`, from `str(…)`",
            (o, a) -> o.serverName = a.setting(ServerTls.serverName(a))));
    speech(rows);
    proxyProtocol(rows);
  }

  private static void speech(List<Directive<ServerOptions>> rows) {
    for (var word : TlsWords.OPTIONS.keySet()) {
      rows.add(
          server(
              word, TlsWords.becomes(word, "pools"), (o, a) -> TlsWords.option(o.speech, word, a)));
    }
    rows.add(server("ciphers", "`pools[].tls.ciphers`", (o, a) -> TlsWords.ciphers(o.speech, a)));
    rows.add(server("ciphersuites", TlsWords.SUITES, (o, a) -> TlsWords.suites(a)));
    rows.add(server("curves", TlsWords.CURVES, (o, a) -> TlsWords.curves(a)));
    for (var word : List.of("ssl-reuse", "no-ssl-reuse")) {
      rows.add(server(word, "nothing: sessions are resumed", (o, a) -> TlsWords.resumed(word, a)));
    }
    rows.add(
        server(
            "check-sni",
            "`pools[].tls.serverName`, which must be the same for traffic",
            (o, a) -> o.checkedName = a.setting(a.next("a name behind 'check-sni'"))));
    rows.add(
        server(
            "alpn",
            "`pools[].protocol: HTTP2` for h2 alone; otherwise nothing, HTTP/1.1 is spoken",
            ServerTls::alpn));
    rows.add(server("check-ssl", "nothing: checks speak TLS as traffic does", (o, a) -> {}));
  }

  private static void proxyProtocol(List<Directive<ServerOptions>> rows) {
    for (var word :
        List.of("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn")) {
      var version = word.equals("send-proxy") ? "V1" : "V2";
      rows.add(
          server(
              word,
              "`pools[].proxyProtocol.send: %s`".formatted(version),
              (o, a) -> o.sendProxy = a.setting(version)));
    }
    for (var word : List.of("no-send-proxy", "no-send-proxy-v2")) {
      rows.add(server(word, "nothing", (o, a) -> o.sendProxy = a.setting("")));
    }
    rows.add(
        server(
            "check-send-proxy",
            "nothing: checks start with a PROXY header where traffic does",
            (o, a) -> {}));
  }

  private static Directive<ServerOptions> server(
      String word, String becomes, Directives.Plain<ServerOptions> handler) {
    return Directives.word(word, Set.of(Defaults, Backend, Listen), becomes, handler);
  }
}
