package dev.weir.config.haproxy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What HAProxy knows and this importer refuses: what it means there, and what to do instead.
final class Refusals {
  private static final String ROUTES =
      "Weir does not choose by the request yet: give each site a port of its own, or keep HAProxy"
          + " for it";
  private static final String EDITS =
      "Weir does not edit messages yet: do it in the application, or keep HAProxy for it";
  private static final String TLS =
      "Weir does not speak TLS yet: terminate it in front of Weir, or relay it with mode tcp";
  private static final String TUNE =
      "it tunes HAProxy itself; remove the line, Weir needs no such tuning";

  /// Sections, by their first word.
  static final Map<String, String> SECTIONS = sections();

  /// Lines of `global`, by their first word or words.
  static final Map<String, String> GLOBAL = global();

  /// Lines of other sections, by their first word or words.
  static final Map<String, String> PROXY = proxy();

  /// What may stand behind a server's address.
  static final Map<String, String> SERVER = server();

  /// What may stand behind the addresses of `bind`.
  static final Map<String, String> BIND = bind();

  private Refusals() {}

  static Refusal section(String word) {
    return Refusal.unsupported(
        "section '%s' %s".formatted(word, SECTIONS.getOrDefault(word, "is not read")));
  }

  /// For a line that no directive takes.
  ///
  /// @param words the first word, or the first two of `option`, `timeout` and `stats`
  /// @param known what the section takes
  static Refusal directive(
      String words, String where, Map<String, String> refused, Collection<String> known) {
    var meaning = meaning(words, refused);
    if (meaning != null) {
      return Refusal.unsupported("'%s' %s".formatted(words, meaning));
    }
    var all = new ArrayList<>(known);
    all.addAll(refused.keySet());
    return new Refusal(
        "UnknownKeyword",
        "'%s' is not known in section '%s'%s".formatted(words, where, suggestion(words, all)));
  }

  private static @Nullable String meaning(String words, Map<String, String> refused) {
    var meaning = refused.get(words);
    if (meaning != null) {
      return meaning;
    }
    for (var entry : refused.entrySet()) {
      var key = entry.getKey();
      if (key.endsWith("*") && words.startsWith(key.substring(0, key.length() - 1))) {
        return entry.getValue();
      }
    }
    return null;
  }

  /// `; did you mean 'bind'?`, or nothing when nothing is near.
  static String suggestion(String word, Collection<String> known) {
    String nearest = null;
    int least = Math.max(1, word.length() / 3) + 1;
    for (var candidate : known.stream().filter(k -> !k.endsWith("*")).sorted().toList()) {
      int distance = distance(word, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest == null ? "" : "; did you mean '" + nearest + "'?";
  }

  /// How many letters must be added, removed, replaced or swapped with a neighbour to make one word the other.
  private static int distance(String left, String right) {
    var a = left.toLowerCase(Locale.ROOT);
    var b = right.toLowerCase(Locale.ROOT);
    var table = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          table[i][j] = i + j;
          continue;
        }
        int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best = table[i - 1][j - 1] + same;
        best = Math.min(best, 1 + Math.min(table[i - 1][j], table[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        table[i][j] = swapped ? Math.min(best, table[i - 2][j - 2] + 1) : best;
      }
    }
    return table[a.length()][b.length()];
  }

  private static Map<String, String> sections() {
    var map = new LinkedHashMap<String, String>();
    map.put("peers", "shares stick tables between processes; " + remove("has no stick tables yet"));
    map.put(
        "resolvers",
        "names DNS servers; remove it: Weir resolves names again by itself, with the system's"
            + " resolver");
    map.put("userlist", "names users for HTTP authentication; " + EDITS);
    map.put("mailers", "sends mail about servers; remove it and alert on /metrics");
    map.put("cache", "caches responses; " + remove("has no cache"));
    map.put("http-errors", "gives error pages; " + remove("answers with short plain text"));
    map.put("ring", "buffers logs; remove it, Weir writes logs to standard output");
    map.put("log-forward", "forwards syslog; " + remove("does not"));
    map.put("log-profile", "formats logs; " + remove("has httplog, tcplog and JSON"));
    map.put("program", "starts another process; run it in a container of its own");
    map.put("fcgi-app", "speaks FastCGI; " + remove("speaks HTTP only"));
    map.put("crt-store", "names certificates; " + TLS);
    map.put("acme", "orders certificates; " + TLS);
    map.put("traces", "traces HAProxy itself; remove it");
    map.put("healthcheck", "names a health check; write 'option httpchk' in the backends");
    return Collections.unmodifiableMap(map);
  }

  private static Map<String, String> global() {
    var map = new LinkedHashMap<String, String>();
    map.put("nbproc", "starts several processes; remove it, one Weir uses all cores");
    map.put("cpu-map", "binds threads to cores; remove it and give the container cores");
    map.put("hard-stop-after", "limits a soft stop; remove it and use option --drain-timeout");
    map.put("maxconnrate", "limits new connections per second; " + remove("has no such limit yet"));
    map.put("maxsessrate", "limits new sessions per second; " + remove("has no such limit yet"));
    map.put("maxsslconn", "limits TLS connections; " + TLS);
    map.put("spread-checks", "spreads checks in time; remove it, Weir does so by itself");
    map.put("ssl-*", "is about TLS; " + TLS);
    map.put("tune.*", TUNE);
    map.put("ca-base", "is about TLS; " + TLS);
    map.put("crt-base", "is about TLS; " + TLS);
    map.put("lua-*", "loads Lua; " + remove("runs no scripts"));
    map.put("log-send-hostname", "is about syslog; remove it");
    map.put("log-tag", "is about syslog; remove it");
    map.put("server-state-*", "keeps server states over reloads; remove it, Weir needs no reload");
    map.put("external-check", "allows programs as checks; " + remove("runs no programs"));
    map.put("insecure-*", "loosens HAProxy's sandbox; remove it");
    map.put("setenv", "sets a variable; set it in the environment of the process");
    map.put("presetenv", "sets a variable; set it in the environment of the process");
    map.put("unsetenv", "removes a variable; do so in the environment of the process");
    map.put("resetenv", "removes variables; do so in the environment of the process");
    map.put("node", "names the node on the statistics page; remove it");
    map.put("description", "describes the node on the statistics page; remove it");
    for (var poller : new String[] {"epoll", "poll", "splice", "reuseport", "getaddrinfo"}) {
      map.put("no" + poller, TUNE);
    }
    map.put("thread-group*", TUNE);
    map.put("busy-polling", TUNE);
    map.put("max-spread-checks", TUNE);
    map.put("strict-limits", TUNE);
    map.put("set-dumpable", TUNE);
    map.put("h1-*", "changes the case of headers; remove it, Weir keeps them as they are");
    return Collections.unmodifiableMap(map);
  }

  private static Map<String, String> proxy() {
    var map = new LinkedHashMap<String, String>();
    map.put("acl", "names a condition; " + ROUTES);
    map.put("use_backend", "chooses a backend by the request; " + ROUTES);
    map.put("use-server", "chooses a server by the request; " + ROUTES);
    map.put("redirect", "answers with a redirection; " + EDITS);
    map.put("monitor*", "answers probes itself; remove it and probe /ready on port 9901");
    map.put("http-check*", "says more about checks; the manifest has health.http.expect.status");
    map.put("tcp-check*", "scripts checks; use 'option httpchk' or a plain check");
    map.put("http-request", "edits, refuses or answers requests; " + EDITS);
    map.put("http-response", "edits responses; " + EDITS);
    map.put("http-after-response", "edits responses; " + EDITS);
    map.put("tcp-request*", "refuses or delays connections; " + remove("has no such rules yet"));
    map.put("tcp-response*", "refuses responses; " + remove("has no such rules yet"));
    map.put("cookie", "keeps clients on a server; " + remove("has no stickiness yet"));
    map.put("stick*", "keeps clients on a server or counts them; " + remove("cannot yet"));
    map.put("hash-type", "is about hashing; " + remove("balances by roundrobin or leastconn"));
    map.put("http-reuse", "says how connections to servers are shared; remove it, they are shared");
    map.put("compression", "compresses responses; " + remove("cannot yet"));
    map.put("capture", "puts headers into the log; " + remove("logs requests without headers"));
    map.put("log-format*", "formats the log; write 'option httplog' or 'option tcplog'");
    map.put("error-log-format", "formats the log; write 'option httplog' or 'option tcplog'");
    map.put("unique-id-*", "numbers requests; " + EDITS);
    map.put("errorloc*", "answers errors with a redirection; remove it, Weir answers plain text");
    map.put("errorfiles", "gives error pages; remove it, Weir answers plain text");
    map.put("server-template", "makes servers from a name; write one 'server' with that name");
    map.put("dispatch", "is a server without checks; write 'server'");
    map.put("source", "chooses the address to connect from; " + remove("leaves it to the system"));
    map.put("retry-on", "says what is tried again; remove it, failed connections are");
    map.put("fullconn", "belongs to minconn; remove it");
    map.put("backlog", "sizes the queue of new connections; remove it and set net.core.somaxconn");
    map.put("rate-limit", "limits new sessions per second; " + remove("has no such limit yet"));
    map.put("disabled", "switches the section off; remove the section");
    map.put("enabled", "switches the section on; remove the line");
    map.put("description", "describes the section on the statistics page; remove it");
    map.put("id", "numbers the section for the statistics; remove it");
    map.put("filter", "loads a filter; " + remove("has none"));
    map.put("email-alert", "sends mail about servers; remove it and alert on /metrics");
    map.put("load-server-state-*", "keeps states over reloads; remove it, Weir needs no reload");
    map.put("max-keep-alive-queue", "limits stickiness to a connection; remove it");
    map.put("max-session-srv-conns", "limits kept connections; remove it");
    map.put("external-check", "runs programs as checks; use 'option httpchk' or a plain check");
    map.put("hash-*", "is about hashing; " + remove("balances by roundrobin or leastconn"));
    map.put("clitcpka*", "tunes keep-alive probes of TCP; remove it and set net.ipv4.tcp_keepalive_*");
    map.put("srvtcpka*", "tunes keep-alive probes of TCP; remove it and set net.ipv4.tcp_keepalive_*");
    map.put("http-send-name-header", "tells the server its name; " + EDITS);
    map.put("clitimeout", "was removed in HAProxy 2.1; write 'timeout client'");
    map.put("contimeout", "was removed in HAProxy 2.1; write 'timeout connect'");
    map.put("srvtimeout", "was removed in HAProxy 2.1; write 'timeout server'");
    map.put("redispatch", "was removed in HAProxy 2.1; write 'option redispatch'");
    map.put("bind-process", "was removed in HAProxy 2.7; remove it");
    for (var edit : new String[] {"add", "del", "idel", "rep", "irep", "deny", "ideny"}) {
      map.put("req" + edit, "was removed in HAProxy 2.1 and edited requests; " + EDITS);
      map.put("rsp" + edit, "was removed in HAProxy 2.1 and edited responses; " + EDITS);
    }
    map.put("block", "was removed in HAProxy 2.1 and refused requests; " + EDITS);
    timeouts(map);
    options(map);
    return Collections.unmodifiableMap(map);
  }

  private static void timeouts(Map<String, String> map) {
    map.put("timeout client-fin", "limits half-closed connections; remove it");
    map.put("timeout server-fin", "limits half-closed connections; remove it");
    map.put("timeout client-hs", "limits TLS handshakes; " + TLS);
    map.put("timeout tarpit", "belongs to http-request; remove it");
  }

  private static void options(Map<String, String> map) {
    var close = "closes connections after each response; remove it, Weir keeps them alive as it can";
    map.put("option http-server-close", close);
    map.put("option httpclose", close);
    map.put("option forceclose", close);
    map.put("option http-tunnel", "was removed in HAProxy 2.1; remove it");
    map.put("option http_proxy", "was removed in HAProxy 2.2; Weir is no forward proxy");
    map.put("option originalto", "sends the address that the client connected to; " + EDITS);
    map.put("option transparent", "forwards to where the client wanted; name the servers");
    map.put("option http-pretend-keepalive", "hides closing from servers; remove it");
    map.put("option http-buffer-request", "waits for bodies; remove it, Weir streams them");
    map.put("option http-no-delay", "sends at once; remove it, Weir does so");
    map.put("option http-use-htx", "is HAProxy 1.9's; remove it");
    map.put("option http-use-proxy-header", "is about forward proxies; remove it");
    map.put("option h1-case-adjust*", "changes the case of headers; remove it");
    map.put("option abortonclose", "forgets requests of clients that left; remove it, Weir does so");
    map.put("option logasap", "logs before the end; remove it, Weir logs at the end");
    map.put("option log-health-checks", "logs checks; remove it, Weir logs each change of health");
    map.put("option log-separate-errors", "raises the level of errors; remove it");
    map.put("option dontlog-normal", "logs errors only; " + remove("logs all or nothing"));
    map.put("option httpslog", "logs TLS; write 'option httplog'");
    map.put("option prefer-last-server", "keeps clients on a server; remove it");
    map.put("option persist", "belongs to cookies; remove it");
    map.put("option contstats", "is about statistics; remove it");
    map.put("option socket-stats", "is about statistics; remove it");
    map.put("option nolinger", "resets connections at their end; remove it");
    map.put("option tcpka", "sends keep-alive probes of TCP; remove it");
    map.put("option clitcpka", "sends keep-alive probes of TCP; remove it");
    map.put("option srvtcpka", "sends keep-alive probes of TCP; remove it");
    map.put("option tcp-smart-*", "tunes TCP; remove it");
    map.put("option splice-*", "tunes copying; remove it");
    map.put("option independent-streams", "counts timeouts by direction; remove it");
    map.put("option checkcache", "refuses cacheable cookies; " + EDITS);
    map.put("option accept-invalid-*", "forgives broken messages, which Weir never does; remove it");
    map.put("option accept-unsafe-*", "forgives broken messages, which Weir never does; remove it");
    map.put("option disable-h2-upgrade", "refuses HTTP/2; remove it, Weir speaks HTTP/1.1");
    map.put("option external-check", "runs a program as a check; use 'option httpchk'");
    map.put("option tcp-check", "scripts checks; remove it for a plain check of the connection");
    for (var check : new String[] {"mysql", "pgsql", "redis", "ldap", "spop"}) {
      map.put("option " + check + "-check", "checks by protocol; remove it for a plain check");
    }
    map.put("option smtpchk", "checks by protocol; remove it for a plain check");
    map.put("option ssl-hello-chk", "checks by protocol; remove it for a plain check");
  }

  private static Map<String, String> server() {
    var map = new LinkedHashMap<String, String>();
    map.put("ssl", "speaks TLS to the server; Weir does not speak TLS yet");
    map.put("verify", "is about TLS to the server; Weir does not speak TLS yet");
    map.put("ca-file", "is about TLS to the server; Weir does not speak TLS yet");
    map.put("crt", "is about TLS to the server; Weir does not speak TLS yet");
    map.put("sni", "is about TLS to the server; Weir does not speak TLS yet");
    map.put("check-s*", "is about TLS or the PROXY protocol of checks; Weir has neither yet");
    map.put("send-proxy*", "announces the client by the PROXY protocol; Weir cannot yet");
    map.put("cookie", "keeps clients on the server; " + remove("has no stickiness yet"));
    map.put("resolvers", "names DNS servers; remove it, Weir resolves names again by itself");
    map.put("resolve-*", "says how names are resolved; remove it");
    map.put("init-addr", "says how names are resolved at the start; remove it, Weir keeps trying");
    map.put("on-marked-down", "ends sessions of a dead server; remove it");
    map.put("on-marked-up", "ends sessions of backups; remove it");
    map.put("on-error", "belongs to observe; remove it");
    map.put("observe", "watches traffic for errors; " + remove("checks actively"));
    map.put("error-limit", "belongs to observe; remove it");
    map.put("fastinter", "is the interval while health changes; remove it, Weir has one interval");
    map.put("downinter", "is the interval while down; remove it, Weir has one interval");
    map.put("slowstart", "raises the weight slowly; " + remove("cannot yet"));
    map.put("addr", "sends checks to another address; " + remove("knows another port only"));
    map.put("agent-*", "asks an agent; " + remove("has none"));
    map.put("track", "copies another server's health; write 'check'");
    map.put("maxqueue", "limits the queue of a server; remove it, the queue is the pool's");
    map.put("minconn", "lowers maxconn under light load; remove it");
    map.put("pool-*", "tunes kept connections; remove it");
    map.put("max-reuse", "tunes kept connections; remove it");
    map.put("proto", "chooses the protocol; remove it, Weir speaks HTTP/1.1 to servers");
    map.put("alpn", "chooses the protocol; remove it, Weir speaks HTTP/1.1 to servers");
    map.put("redir", "redirects clients to the server; " + remove("cannot yet"));
    map.put("source", "chooses the address to connect from; remove it");
    map.put("id", "numbers the server for the statistics; remove it");
    map.put("init-state", "says how the server starts; remove it, it starts up");
    map.put("non-stick", "belongs to stick tables; remove it");
    return Collections.unmodifiableMap(map);
  }

  private static Map<String, String> bind() {
    var map = new LinkedHashMap<String, String>();
    map.put("ssl", "terminates TLS; " + TLS);
    map.put("crt*", "is about TLS; " + TLS);
    map.put("ca-file", "is about TLS; " + TLS);
    map.put("ciphers*", "is about TLS; " + TLS);
    map.put("no-*", "is about TLS; " + TLS);
    map.put("verify", "is about TLS; " + TLS);
    map.put("alpn", "is about TLS; " + TLS);
    map.put("accept-proxy", "expects the PROXY protocol; Weir cannot yet");
    map.put("maxconn", "limits connections by address; write 'maxconn' on a line of its own");
    map.put("v6only", "keeps IPv4 out; write 'bind' with an IPv6 address of the host");
    map.put("transparent", "takes foreign addresses; " + remove("cannot"));
    map.put("interface", "listens on one interface; write its address");
    map.put("id", "numbers the address for the statistics; remove it");
    map.put("defer-accept", "waits for data before accepting; remove it");
    map.put("process", "chooses threads; remove it");
    map.put("thread", "chooses threads; remove it");
    map.put("shards", "chooses threads; remove it, Weir has a socket per core");
    map.put("backlog", "sizes the queue of new connections; remove it and set net.core.somaxconn");
    map.put("tfo", "is TCP fast open; remove it");
    map.put("nice", "is the priority of the address; remove it");
    map.put("mode", "is about unix sockets; write an address");
    map.put("user", "is about unix sockets; write an address");
    map.put("group", "is about unix sockets; write an address");
    map.put("proto", "chooses the protocol; remove it, Weir speaks HTTP/1.1");
    return Collections.unmodifiableMap(map);
  }

  private static String remove(String lack) {
    return "Weir " + lack + ": remove it, or keep HAProxy for it";
  }
}
