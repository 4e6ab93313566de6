package dev.weir.config.haproxy;

import static dev.weir.config.haproxy.SectionKind.Frontend;
import static dev.weir.config.haproxy.SectionKind.Listen;

import dev.weir.api.v1alpha1.HttpSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What is understood behind the addresses of `bind`: a part of [Directives].
final class BindWords {
  private BindWords() {}

  static List<Directive<BindOptions>> rows() {
    var rows = new ArrayList<Directive<BindOptions>>();
    rows.add(bind("v4v6", "`address: \"*\"` for `[::]`", (o, a) -> o.bothFamilies = true));
    rows.add(
        bind(
            "accept-proxy",
            "`proxyProtocol: {accept: Required, from: [0.0.0.0/0, \"::/0\"]}`:"
                + " [who may say it](../guides/proxy-protocol.md#who-may-say-it)",
            BindWords::acceptProxy));
    rows.add(bind("name", "nothing: listeners are named after their section", BindWords::name));
    rows.add(
        bind(
            "mode",
            "nothing: a unix socket has mode 660, and another one is refused",
            (o, a) -> o.mode = a.setting(a.next("a mode"))));
    rows.add(bind("ssl", "`tls`", (o, a) -> o.tls = true));
    certificates(rows);
    speech(rows);
    return rows;
  }

  private static void certificates(List<Directive<BindOptions>> rows) {
    rows.add(
        tls(
            "crt",
            "`tls.certificates[].file`: a file with certificate and key, or with the key in a file"
                + " beside it that ends in `.key`, or a directory of such files",
            (o, a) -> o.certificates.add(a.setting(a.address("a file behind 'crt'")))));
    rows.add(
        tls(
            "default-crt",
            "`tls.certificates[].file`, as the first one",
            (o, a) -> o.certificates.addFirst(a.setting(a.address("a file")))));
    rows.add(tls("verify", "`tls.clientAuth.mode`", (o, a) -> o.verify = a.setting(verify(a))));
    rows.add(
        tls(
            "ca-file",
            "`tls.clientAuth.ca.file`",
            (o, a) -> o.authorities = a.setting(a.address("a file behind 'ca-file'"))));
    rows.add(
        tls(
            "crl-file",
            "`tls.clientAuth.ca.file.crl`",
            (o, a) -> o.revocations = a.setting(a.address("a file behind 'crl-file'"))));
  }

  private static void speech(List<Directive<BindOptions>> rows) {
    rows.add(tls("alpn", "`http.versions`", (o, a) -> o.versions = a.setting(alpn(a))));
    rows.add(
        tls(
            "no-alpn",
            "`http.versions: [HTTP1]`",
            (o, a) -> o.versions = a.setting(List.of(HttpSpec.Version.HTTP1))));
    rows.add(bind("proto", "`http.versions`, one of them", BindWords::proto));
    for (var word : TlsWords.BIND_OPTIONS.keySet()) {
      rows.add(
          tls(
              word,
              TlsWords.becomes(word, "listeners").replace("listeners[].", ""),
              (o, a) -> TlsWords.option(o.speech, word, a)));
    }
    rows.add(tls("ciphers", "`tls.ciphers`", (o, a) -> TlsWords.ciphers(o.speech, a)));
    rows.add(tls("ciphersuites", TlsWords.SUITES, (o, a) -> TlsWords.suites(a)));
    for (var word : List.of("curves", "ecdhe")) {
      rows.add(tls(word, TlsWords.CURVES, (o, a) -> TlsWords.curves(a)));
    }
    rows.add(
        tls(
            "tls-ticket-keys",
            "`--ticket-secrets-file`",
            (o, a) -> o.ticketSecrets = a.setting(a.address("a file behind 'tls-ticket-keys'"))));
  }

  private static void acceptProxy(BindOptions options, Arguments arguments) {
    options.proxied = true;
    arguments.notice(
        "Differs",
        "as in HAProxy everyone may say who the client is: narrow proxyProtocol.from to the"
            + " networks of your proxies");
  }

  private static void name(BindOptions options, Arguments arguments) throws Refusal {
    arguments.next("a name");
    arguments.notice("Differs", "'name' is not kept: the listener is named after its section");
  }

  private static BindOptions.Verify verify(Arguments arguments) throws Refusal {
    var word = arguments.next("none, optional or required behind 'verify'");
    return switch (word) {
      case "none" -> BindOptions.Verify.None;
      case "optional" -> BindOptions.Verify.Optional;
      case "required" -> BindOptions.Verify.Required;
      default ->
          throw Refusal.value("'verify %s': write none, optional or required".formatted(word));
    };
  }

  private static List<HttpSpec.Version> alpn(Arguments arguments) throws Refusal {
    var text = arguments.next("protocols behind 'alpn'");
    var versions = new ArrayList<HttpSpec.Version>();
    for (var protocol : text.split(",")) {
      switch (protocol) {
        case "http/1.1", "http/1.0" -> add(HttpSpec.Version.HTTP1, versions);
        case "h2" -> add(HttpSpec.Version.HTTP2, versions);
        default ->
            throw Refusal.unsupported(
                "'alpn %s': '%s' is not spoken; write h2 and http/1.1".formatted(text, protocol));
      }
    }
    return versions.stream().sorted().toList();
  }

  private static void add(HttpSpec.Version version, List<HttpSpec.Version> versions) {
    if (!versions.contains(version)) {
      versions.add(version);
    }
  }

  private static void proto(BindOptions options, Arguments arguments) throws Refusal {
    var word = arguments.next("h1 or h2 behind 'proto'");
    options.versions =
        switch (word) {
          case "h1" -> arguments.setting(List.of(HttpSpec.Version.HTTP1));
          case "h2" -> arguments.setting(List.of(HttpSpec.Version.HTTP2));
          default -> throw Refusal.unsupported("'proto %s': write h1 or h2".formatted(word));
        };
  }

  private static Directive<BindOptions> tls(
      String word, String becomes, Directives.Plain<BindOptions> handler) {
    return bind(
        word,
        becomes,
        (options, arguments) -> {
          options.aboutTls = arguments.setting(word);
          handler.apply(options, arguments);
        });
  }

  private static Directive<BindOptions> bind(
      String word, String becomes, Directives.Plain<BindOptions> handler) {
    return Directives.word(word, Set.of(Frontend, Listen), becomes, handler);
  }
}
