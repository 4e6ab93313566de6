package dev.weir.config.haproxy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A section other than `global` with what it inherited from its `defaults`. Used by one thread and
/// thrown away.
final class ProxyDraft {
  /// The word behind `timeout`.
  enum Timeout {
    Connect("connect"),
    Client("client"),
    Server("server"),
    HttpRequest("http-request"),
    HttpKeepAlive("http-keep-alive"),
    Check("check"),
    Queue("queue"),
    Tunnel("tunnel");

    private final String word;

    Timeout(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  /// The log formats.
  enum LogFormat {
    HttpLog,
    TcpLog
  }

  final Section section;

  /// Whether a line of it is refused, so that what it lacks may be in that line.
  boolean damaged;

  @Nullable Setting<Boolean> http;
  final List<Bind> binds = new ArrayList<>();
  @Nullable Setting<String> defaultBackend;
  @Nullable Setting<Integer> maxConnections;
  @Nullable Setting<Boolean> globalLog;
  @Nullable Setting<Boolean> noLog;
  final List<LogTarget> logs = new ArrayList<>();
  @Nullable Setting<LogFormat> logFormat;
  @Nullable Setting<Boolean> skipEmpty;
  @Nullable Setting<Boolean> forwardFor;
  @Nullable Setting<String> uniqueIdHeader;
  final List<HeaderRule> requestHeaders = new ArrayList<>();
  final List<HeaderRule> responseHeaders = new ArrayList<>();
  final Map<String, Acl> acls = new HashMap<>();

  /// The lines `http-request redirect`, `redirect` and `use_backend`, each in the order of the
  /// file.
  final List<RouteRule> requestRedirects = new ArrayList<>();

  final List<RouteRule> redirects = new ArrayList<>();
  final List<RouteRule> uses = new ArrayList<>();

  /// How long the first bytes of a connection may take.
  @Nullable Setting<Long> inspectDelay;

  private @Nullable Integer tlsLine;
  private @Nullable Integer requestLine;

  /// Whether it was said how hosts are compared.
  boolean saidHosts;

  @Nullable Setting<Boolean> keepAlive;
  @Nullable Setting<Boolean> redispatch;
  @Nullable Setting<Boolean> allBackups;
  @Nullable Setting<Boolean> leastConnections;
  @Nullable Setting<Integer> retries;
  @Nullable Setting<HttpCheck> httpCheck;
  final Map<Timeout, Setting<Long>> timeouts = new EnumMap<>(Timeout.class);
  ServerOptions defaultServer = new ServerOptions();
  final List<Server> servers = new ArrayList<>();

  /// The lines `stats` of the section itself.
  final List<Integer> stats = new ArrayList<>();

  ProxyDraft(Section section) {
    this.section = section;
  }

  /// A section with everything that `defaults` can say.
  static ProxyDraft inherit(Section section, @Nullable ProxyDraft defaults) {
    var draft = new ProxyDraft(section);
    if (defaults == null) {
      return draft;
    }
    draft.damaged = defaults.damaged;
    draft.http = defaults.http;
    draft.defaultBackend = defaults.defaultBackend;
    draft.maxConnections = defaults.maxConnections;
    draft.globalLog = defaults.globalLog;
    draft.noLog = defaults.noLog;
    draft.logs.addAll(defaults.logs);
    draft.logFormat = defaults.logFormat;
    draft.skipEmpty = defaults.skipEmpty;
    draft.forwardFor = defaults.forwardFor;
    draft.uniqueIdHeader = defaults.uniqueIdHeader;
    draft.keepAlive = defaults.keepAlive;
    draft.redispatch = defaults.redispatch;
    draft.allBackups = defaults.allBackups;
    draft.leastConnections = defaults.leastConnections;
    draft.retries = defaults.retries;
    draft.httpCheck = defaults.httpCheck;
    draft.timeouts.putAll(defaults.timeouts);
    draft.defaultServer = defaults.defaultServer.copy();
    return draft;
  }

  String where() {
    return section.where();
  }

  String name() {
    return section.name();
  }

  SectionKind kind() {
    return section.kind();
  }

  int line() {
    return section.line();
  }

  /// What decides where requests go, in the order in which HAProxy asks.
  List<RouteRule> routeRules() {
    if (!isHttp()) {
      return List.copyOf(uses);
    }
    var rules = new ArrayList<>(requestRedirects);
    rules.addAll(redirects);
    rules.addAll(uses);
    return rules;
  }

  /// A line chooses by what a client of TLS asks for.
  void sawTls(int line) {
    tlsLine = tlsLine == null ? Integer.valueOf(line) : tlsLine;
  }

  /// A line chooses by the request.
  void sawRequest(int line) {
    requestLine = requestLine == null ? Integer.valueOf(line) : requestLine;
  }

  /// The first line that chooses by what a client of TLS asks for; null when none does.
  @Nullable Integer tlsLine() {
    return tlsLine;
  }

  /// Whether TLS is looked at and passes through.
  boolean passesTls() {
    return !isHttp() && tlsLine != null && requestLine == null;
  }

  /// A missing `mode` means tcp, as in HAProxy.
  boolean isHttp() {
    return http != null && http.value();
  }

  /// Whether the servers of a `listen` are reached, or those of a `backend`.
  boolean hasPool() {
    return kind() == SectionKind.Backend || (kind() == SectionKind.Listen && !servers.isEmpty());
  }
}
