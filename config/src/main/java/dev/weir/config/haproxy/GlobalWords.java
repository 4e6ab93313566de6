package dev.weir.config.haproxy;

import static dev.weir.config.haproxy.SectionKind.Global;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The lines of `global` that are understood: a part of [Directives].
final class GlobalWords {
  private static final int MAX_CONNECTIONS = 10_000_000;
  private static final int MAX_THREADS = 1024;
  private static final String CONTAINER = "what runs the process decides it, such as the container";
  private static final String BOUND = "`listeners[].tls` of lines `bind` that do not say it";
  private static final String SERVED = "`pools[].tls` of servers that do not say it";

  private GlobalWords() {}

  static List<Directive<GlobalDraft>> rows() {
    var rows = new ArrayList<Directive<GlobalDraft>>();
    rows.add(
        global(
            "log",
            "`--log`; `listeners[].accessLog`",
            (draft, arguments) -> draft.logs.add(LogTarget.parse(arguments))));
    rows.add(
        global(
            "maxconn",
            "`--max-connections`",
            (draft, arguments) ->
                draft.maxConnections = arguments.setting(arguments.number(0, MAX_CONNECTIONS))));
    rows.add(
        global(
            "nbthread",
            "`--loops`",
            (draft, arguments) ->
                draft.threads = arguments.setting(arguments.number(1, MAX_THREADS))));
    for (var word :
        List.of(
            "chroot",
            "user",
            "group",
            "uid",
            "gid",
            "daemon",
            "pidfile",
            "ulimit-n",
            "master-worker",
            "quiet")) {
      rows.add(Directives.<GlobalDraft>noted(word, Set.of(Global), CONTAINER));
    }
    rows.add(
        Directives.noted(
            "stats socket",
            Set.of(Global),
            "Weir's own socket is `--admin-socket`, by default /run/weir/admin.sock, and answers"
                + " GET /state"));
    rows.add(Directives.noted("stats timeout", Set.of(Global), "Weir's socket needs none"));
    rows.add(Directives.noted("stats maxconn", Set.of(Global), "Weir's socket needs none"));
    files(rows);
    speech(rows);
    tuning(rows);
    return rows;
  }

  private static void files(List<Directive<GlobalDraft>> rows) {
    rows.add(
        global(
            "ca-base",
            "where relative files of `ca-file` and `crl-file` start",
            (draft, arguments) ->
                draft.authoritiesBase = arguments.setting(arguments.address("a directory"))));
    rows.add(
        global(
            "crt-base",
            "where relative files of `crt` start",
            (draft, arguments) ->
                draft.certificatesBase = arguments.setting(arguments.address("a directory"))));
  }

  private static void speech(List<Directive<GlobalDraft>> rows) {
    rows.add(
        global(
            "ssl-default-bind-options",
            BOUND,
            (draft, arguments) ->
                TlsWords.options(draft.bindTls, TlsWords.BIND_OPTIONS, arguments)));
    rows.add(
        global(
            "ssl-default-bind-ciphers",
            BOUND,
            (draft, arguments) -> TlsWords.ciphers(draft.bindTls, arguments)));
    rows.add(
        global(
            "ssl-default-bind-ciphersuites",
            TlsWords.SUITES,
            (draft, arguments) -> TlsWords.suites(arguments)));
    rows.add(
        global(
            "ssl-default-bind-curves",
            TlsWords.CURVES,
            (draft, arguments) -> TlsWords.curves(arguments)));
    rows.add(
        global(
            "ssl-default-server-options",
            SERVED,
            (draft, arguments) -> TlsWords.options(draft.serverTls, TlsWords.OPTIONS, arguments)));
    rows.add(
        global(
            "ssl-default-server-ciphers",
            SERVED,
            (draft, arguments) -> TlsWords.ciphers(draft.serverTls, arguments)));
    rows.add(
        global(
            "ssl-default-server-ciphersuites",
            TlsWords.SUITES,
            (draft, arguments) -> TlsWords.suites(arguments)));
    rows.add(
        global(
            "ssl-default-server-curves",
            TlsWords.CURVES,
            (draft, arguments) -> TlsWords.curves(arguments)));
    rows.add(
        global(
            "ssl-server-verify",
            "`pools[].tls.verify` of servers that do not say it",
            (draft, arguments) -> draft.verify = arguments.setting(ServerTls.verify(arguments))));
  }

  private static void tuning(List<Directive<GlobalDraft>> rows) {
    for (var word : List.of("ssl-dh-param-file", "tune.ssl.default-dh-param")) {
      rows.add(
          Directives.<GlobalDraft>noted(
              word, Set.of(Global), "keys are agreed on over elliptic curves alone"));
    }
    for (var word :
        List.of(
            "tune.ssl.cachesize",
            "tune.ssl.lifetime",
            "tune.ssl.maxrecord",
            "tune.ssl.ssl-ctx-cache-size",
            "tune.ssl.capture-buffer-size",
            "tune.ssl.keylog",
            "tune.ssl.force-private-cache")) {
      rows.add(Directives.<GlobalDraft>noted(word, Set.of(Global), "it tunes HAProxy itself"));
    }
  }

  private static Directive<GlobalDraft> global(
      String word, String becomes, Directives.Plain<GlobalDraft> handler) {
    return Directives.word(word, Set.of(Global), becomes, handler);
  }
}
