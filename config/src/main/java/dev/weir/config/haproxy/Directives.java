package dev.weir.config.haproxy;

import static dev.weir.config.haproxy.SectionKind.Backend;
import static dev.weir.config.haproxy.SectionKind.Defaults;
import static dev.weir.config.haproxy.SectionKind.Frontend;
import static dev.weir.config.haproxy.SectionKind.Listen;

import dev.weir.config.haproxy.ProxyDraft.LogFormat;
import dev.weir.config.haproxy.ProxyDraft.Timeout;
import dev.weir.config.haproxy.Report.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The one table of the lines that are understood. The reference page shows the same; a test
/// compares.
final class Directives {
  private static final Set<SectionKind> ALL = Set.of(Defaults, Frontend, Backend, Listen);
  private static final Set<SectionKind> FRONT = Set.of(Defaults, Frontend, Listen);
  private static final Set<SectionKind> BACK = Set.of(Defaults, Backend, Listen);
  private static final int MAX_CONNECTIONS = 10_000_000;
  private static final int MAX_RETRIES = 10;

  /// Lines of `global`, by their first word or words.
  static final Map<String, Directive<GlobalDraft>> GLOBAL = index(GlobalWords.rows());

  /// Lines of the other sections, by their first word or words.
  static final Map<String, Directive<ProxyDraft>> PROXY = index(proxy());

  /// What may stand behind a server's address, by its word.
  static final Map<String, Directive<ServerOptions>> SERVER = index(ServerWords.rows());

  /// What may stand behind the addresses of a bind, by its word.
  static final Map<String, Directive<BindOptions>> BIND = index(BindWords.rows());

  private Directives() {}

  private static <D> Map<String, Directive<D>> index(List<Directive<D>> rows) {
    var index = new LinkedHashMap<String, Directive<D>>();
    rows.forEach(row -> index.put(row.words(), row));
    return Collections.unmodifiableMap(index);
  }

  private static List<Directive<ProxyDraft>> proxy() {
    var rows = new ArrayList<Directive<ProxyDraft>>();
    rows.add(proxy("mode", ALL, Set.of(), "`listeners[].protocol`", Lines::mode));
    rows.add(proxy("bind", Set.of(Frontend, Listen), Set.of(Backend), "a listener", Lines::bind));
    rows.add(
        proxy(
            "default_backend",
            FRONT,
            Set.of(Backend),
            "`listeners[].defaultPool`",
            (draft, arguments) ->
                draft.defaultBackend = arguments.setting(arguments.only("a name"))));
    rows.add(
        proxy(
            "maxconn",
            FRONT,
            Set.of(Backend),
            "`listeners[].limits.connections`",
            (draft, arguments) ->
                draft.maxConnections = arguments.setting(arguments.number(0, MAX_CONNECTIONS))));
    routes(rows);
    logging(rows);
    options(rows);
    headers(rows);
    for (var timeout : Timeout.values()) {
      rows.add(timeout(timeout));
    }
    rows.add(
        proxy("balance", BACK, Set.of(Frontend), "`pools[].balance.algorithm`", Lines::balance));
    rows.add(
        proxy(
            "retries",
            BACK,
            Set.of(Frontend),
            "`pools[].retry.attempts`",
            (draft, arguments) ->
                draft.retries = arguments.setting(arguments.number(0, MAX_RETRIES))));
    rows.add(proxy("server", Set.of(Backend, Listen), Set.of(), "an endpoint", Lines::server));
    rows.add(
        proxy(
            "default-server",
            BACK,
            Set.of(),
            "the same fields as `server`, for the servers below it",
            Lines::defaultServer));
    rows.add(noted("errorfile", ALL, "Weir answers errors with a short plain text of its own"));
    for (var word : Lines.STATS) {
      rows.add(
          new Directive<>(
              "stats " + word,
              ALL,
              Set.of(),
              false,
              Outcome.Noted,
              Lines.STATS_NOTE,
              (draft, arguments, prefix) -> Lines.stats(draft, arguments)));
    }
    return rows;
  }

  private static void routes(List<Directive<ProxyDraft>> rows) {
    var all = Set.of(Frontend, Backend, Listen);
    rows.add(
        proxy(
            "acl",
            all,
            Set.of(),
            "`routes[].hosts` and `matches` of what names it",
            Conditions::acl));
    rows.add(
        proxy(
            "use_backend",
            Set.of(Frontend, Listen),
            Set.of(Backend),
            "`routes[]` with `backends`",
            RouteLines::useBackend));
    rows.add(
        proxy(
            "tcp-request inspect-delay",
            all,
            Set.of(Backend),
            "`listeners[].timeouts.header` in mode tcp",
            RouteLines::inspectDelay));
    rows.add(
        proxy(
            "tcp-request content",
            all,
            Set.of(Backend),
            "`listeners[].tls.mode: Passthrough`, for `accept if { req.ssl_hello_type 1 }`",
            RouteLines::content));
    rows.add(
        proxy(
            "http-request redirect",
            all,
            Set.of(),
            "`routes[]` with `redirect`",
            (draft, arguments) -> RouteLines.redirect(draft, arguments, draft.requestRedirects)));
    rows.add(
        proxy(
            "redirect",
            all,
            Set.of(),
            "`routes[]` with `redirect`",
            (draft, arguments) -> RouteLines.redirect(draft, arguments, draft.redirects)));
  }

  private static void logging(List<Directive<ProxyDraft>> rows) {
    rows.add(
        new Directive<>(
            "log",
            ALL,
            Set.of(),
            true,
            Outcome.Mapped,
            "`listeners[].accessLog`; `--log`",
            Lines::log));
    rows.add(
        proxy(
            "option httplog",
            FRONT,
            Set.of(Backend),
            "`listeners[].accessLog.format: HTTPLog`",
            (draft, arguments) -> Lines.logFormat(draft, arguments, LogFormat.HttpLog)));
    rows.add(
        proxy(
            "option tcplog",
            FRONT,
            Set.of(Backend),
            "`listeners[].accessLog.format: TCPLog`",
            (draft, arguments) -> Lines.logFormat(draft, arguments, LogFormat.TcpLog)));
    rows.add(
        flag(
            "option dontlognull",
            FRONT,
            Set.of(Backend),
            "`listeners[].accessLog.skipEmpty`",
            (draft, setting) -> draft.skipEmpty = setting));
  }

  private static void options(List<Directive<ProxyDraft>> rows) {
    rows.add(
        proxy(
            "option forwardfor", ALL, Set.of(), "`listeners[].http.forwarded`", Lines::forwardFor));
    rows.add(
        flag(
            "option http-keep-alive",
            ALL,
            Set.of(),
            "nothing: connections are kept alive anyway",
            (draft, setting) -> draft.keepAlive = setting));
    rows.add(
        new Directive<>(
            "option redispatch",
            BACK,
            Set.of(Frontend),
            true,
            Outcome.Mapped,
            "nothing: a failed connection is tried on another endpoint anyway, see `retries`",
            Lines::redispatch));
    rows.add(
        flag(
            "option allbackups",
            BACK,
            Set.of(Frontend),
            "nothing: all endpoints of tier 1 share the traffic anyway",
            (draft, setting) -> draft.allBackups = setting));
    rows.add(
        proxy(
            "option httpchk",
            BACK,
            Set.of(Frontend),
            "`pools[].health.http`",
            (draft, arguments) -> draft.httpCheck = arguments.setting(HttpCheck.parse(arguments))));
  }

  private static void headers(List<Directive<ProxyDraft>> rows) {
    for (boolean request : List.of(true, false)) {
      var field = request ? "requestHeaders" : "responseHeaders";
      for (var action : HeaderRule.Action.values()) {
        rows.add(
            proxy(
                (request ? "http-request " : "http-response ") + action.word(),
                Set.of(Frontend, Backend, Listen),
                Set.of(),
                "`%s` of the listener or pool: `set`, `add`, `remove`".formatted(field),
                (draft, arguments) -> Lines.header(draft, arguments, request, action)));
      }
    }
    rows.add(
        proxy(
            "unique-id-header",
            FRONT,
            Set.of(Backend),
            "`listeners[].requestHeaders.add`, with `%{request.id}`",
            (draft, arguments) ->
                draft.uniqueIdHeader = arguments.setting(Lines.headerName(arguments))));
    rows.add(
        noted(
            "unique-id-format",
            FRONT,
            "identifiers have a form of their own, see `%{request.id}`"));
  }

  private static Directive<ProxyDraft> timeout(Timeout timeout) {
    var becomes =
        switch (timeout) {
          case Connect -> "`pools[].timeouts.connect`";
          case Client ->
              "`listeners[].timeouts.idle`, and `header` and `keepAlive` without their own";
          case Server -> "`pools[].timeouts.response` and `idle`";
          case HttpRequest -> "`listeners[].timeouts.header`";
          case HttpKeepAlive -> "`listeners[].timeouts.keepAlive`";
          case Check -> "`pools[].health.timeout`";
          case Queue -> "`pools[].queue.timeout`";
          case Tunnel -> "`listeners[].timeouts.tunnelIdle`; mode tcp: `idle` of both sides";
        };
    boolean front =
        switch (timeout) {
          case Client, HttpRequest, HttpKeepAlive -> true;
          case Connect, Server, Check, Queue, Tunnel -> false;
        };
    return proxy(
        "timeout " + timeout.word(),
        front ? FRONT : BACK,
        Set.of(front ? Backend : Frontend),
        becomes,
        (draft, arguments) -> Lines.timeout(draft, arguments, timeout));
  }

  /// A word behind an address, or a line of `global`, without a prefix.
  static <D> Directive<D> word(String word, Set<SectionKind> in, String becomes, Plain<D> handler) {
    return new Directive<>(
        word,
        in,
        Set.of(),
        false,
        Outcome.Mapped,
        becomes,
        (draft, arguments, prefix) -> handler.apply(draft, arguments));
  }

  /// A line without a prefix that sets something.
  @FunctionalInterface
  interface Plain<D> {
    void apply(D draft, Arguments arguments) throws Refusal;
  }

  /// A line that switches something on, or off with `no`.
  @FunctionalInterface
  private interface Switch {
    void apply(ProxyDraft draft, Setting<Boolean> setting);
  }

  private static Directive<ProxyDraft> proxy(
      String words,
      Set<SectionKind> in,
      Set<SectionKind> ignoredIn,
      String becomes,
      Plain<ProxyDraft> handler) {
    return new Directive<>(
        words,
        in,
        ignoredIn,
        false,
        Outcome.Mapped,
        becomes,
        (draft, arguments, prefix) -> handler.apply(draft, arguments));
  }

  private static Directive<ProxyDraft> flag(
      String words,
      Set<SectionKind> in,
      Set<SectionKind> ignoredIn,
      String becomes,
      Switch handler) {
    return new Directive<>(
        words,
        in,
        ignoredIn,
        true,
        Outcome.Mapped,
        becomes,
        (draft, arguments, prefix) -> {
          arguments.end();
          handler.apply(draft, arguments.setting(prefix == Statement.Prefix.None));
        });
  }

  static <D> Directive<D> noted(String words, Set<SectionKind> in, String why) {
    return new Directive<>(
        words,
        in,
        Set.of(),
        false,
        Outcome.Noted,
        why,
        (draft, arguments, prefix) -> arguments.skip());
  }
}
