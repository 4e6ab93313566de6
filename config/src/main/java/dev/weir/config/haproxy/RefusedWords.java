package dev.weir.config.haproxy;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What HAProxy knows and this importer refuses: what each word means there, and what to do
/// instead. Words that end in `*` stand for all that start so.
final class RefusedWords {
  private static final Map<String, String> ENDINGS =
      Map.of(
          "{edits}",
          "of editing messages Weir knows set-header, add-header and del-header: do it in the"
              + " application, or keep HAProxy for it",
          "{tls}",
          "Weir has nothing like it: remove it, see the guide of TLS",
          "{lacks}",
          "Weir has nothing like it: remove it, or keep HAProxy for it",
          "{yet}",
          "Weir cannot yet: remove it, or keep HAProxy for it",
          "{tune}",
          "tunes HAProxy itself; remove it, Weir needs no such tuning",
          "{remove}",
          "remove it, Weir does so anyway");

  /// Sections, by their first word.
  static final Map<String, String> SECTIONS =
      table(
          """
          peers: shares stick tables between processes; {yet}
          resolvers: names DNS servers; remove it, Weir resolves names again by itself, with
            the system's resolver
          userlist: names users for HTTP authentication; {edits}
          mailers: sends mail about servers; remove it and alert on /metrics
          cache: caches responses; {lacks}
          http-errors: gives error pages; remove it, Weir answers with a short plain text
          ring: buffers logs; remove it, Weir writes logs to standard output
          log-forward: forwards syslog; {lacks}
          log-profile: formats logs; remove it, Weir has httplog, tcplog and JSON
          program: starts another process; run it in a container of its own
          fcgi-app: speaks FastCGI; {lacks}
          crt-store: names certificates; {tls}
          acme: orders certificates; {tls}
          traces: traces HAProxy itself; remove it
          healthcheck: names a health check; write 'option httpchk' in the backends
          """);

  /// Lines of `global`, by their first word or words.
  static final Map<String, String> GLOBAL =
      table(
          """
          nbproc: starts several processes; remove it, one Weir uses all cores
          cpu-map, cpu-policy, cpu-set, thread-group*, thread-hard-limit: binds threads to
            cores; remove it and give the container cores
          hard-stop-after, grace, close-spread-time: limits a soft stop; remove it and use
            option --drain-timeout
          maxconnrate, maxsessrate: limits new connections per second; {yet}
          maxsslconn, maxsslrate, ssl-*, key-base, issuers-chain-path,
            ocsp-update*, acme*: is about TLS; {tls}
          maxpipes, maxcomp*, maxzlibmem, spread-checks, max-spread-checks, tune.*, busy-polling,
            noepoll, nopoll, noevports, nokqueue, nosplice, noreuseport, nogetaddrinfo,
            no-memory-trimming, prealloc-fd, profiling*, set-dumpable, stress-level,
            strict-limits, numa-cpu-mapping, zero-warning, warn-blocked-traffic-after,
            force-cfg-parser-pause, mworker-max-reloads, setcap, shm-stats-file*,
            fd-hard-limit, anonkey, expose-*: {tune}
          lua-*: loads Lua; {lacks}
          wurfl-*, 51degrees-*, deviceatlas-*: recognises devices; {lacks}
          external-check, insecure-*: lets HAProxy start programs; {lacks}
          httpclient.*, dns-accept-family: is about HAProxy's own requests; remove it
          harden.*: refuses privileged ports; remove it
          h1-accept*, h1-do-not*: forgives broken messages, which Weir never does; remove it
          h1-case-adjust*: changes the case of headers; remove it
          http-err-codes, http-fail-codes: counts statuses as errors; remove it
          log-send-hostname, log-tag: is about syslog; remove it
          server-state-*, load-server-state-*: keeps states over reloads; remove it, Weir needs
            no reload
          setenv, presetenv, unsetenv, resetenv, set-var*: sets a variable; set it in the
            environment of the process
          node, description: is shown on the statistics page; remove it
          localpeer: names the process among peers; remove it
          pp2-never-send-local: is about the PROXY protocol; {yet}
          default-path: says where files are; remove it, the file needs no others
          unix-bind: is about unix sockets; {lacks}
          stats*: is about HAProxy's own socket; remove it
          """);

  /// Lines of other sections, by their first word or words.
  static final Map<String, String> PROXY =
      table(
          """
          use-server: chooses a server by the request; {lacks}
          monitor*: answers probes itself; remove it and probe /ready on port 9901
          http-request use-service: answers with figures of HAProxy; remove it, figures are at
            /metrics on port 9901
          http-request, http-response, http-after-response, http-send-name-header, http-error,
            reqadd, reqrep, reqirep, reqdel, reqidel, reqdeny, reqideny, reqallow, rspadd,
            rsprep, rspirep, rspdel, rspidel, rspdeny, block: edits, refuses or answers messages; {edits}
          http-check expect: says which answers to checks are good, which are 200 to 399 without
            it; remove it, convert the file and write health.http.expect.status
          http-check, tcp-check, external-check: scripts checks; remove it and use 'option
            httpchk' or a plain check
          tcp-request, tcp-response, quic-initial: decides about connections; {yet}
          cookie, appsession: keeps clients on a server; {yet}
          stick, stick-table: keeps clients on a server or counts them; {yet}
          hash-*: is about hashing; write 'balance roundrobin' or 'balance leastconn'
          http-reuse: says how connections to servers are shared; remove it, they are shared
          compression, filter: changes bodies; {yet}
          capture, declare: puts headers into the log; remove it, Weir logs none
          log-format*, error-log-format, log-steps: formats the log; remove it and write 'option
            httplog' or 'option tcplog'
          log-tag: is about syslog; remove it
          errorloc*, errorfiles: gives error pages; remove it, Weir answers with a short plain
            text
          server-template: makes servers of a name; write one 'server' with that name
          dispatch: is a server without a name; write 'server'
          source: chooses the address to connect from; {lacks}
          retry-on: says what is tried again; remove it, failed connections are
          fullconn: belongs to minconn; remove it
          backlog: sizes the queue of new connections; remove it and set net.core.somaxconn
          rate-limit: limits new sessions per second; {yet}
          disabled: switches the section off; remove the section
          enabled: switches the section on; remove the line
          description, id, guid: is for the statistics; remove it
          email-alert: sends mail about servers; remove it and alert on /metrics
          load-server-state-*, server-state-*: keeps states over reloads; remove it, Weir needs
            no reload
          max-keep-alive-queue, max-session-srv-conns, force-persist, ignore-persist, persist:
            is about keeping clients on a server; remove it
          clitcpka*, srvtcpka*: tunes keep-alive probes of TCP; remove it and set
            net.ipv4.tcp_keepalive_*
          use-fcgi-app: speaks FastCGI; {lacks}
          ssl-f-use: names certificates; {tls}
          transparent: forwards to where the client wanted; {lacks}
          clitimeout: was removed in HAProxy 2.1; write 'timeout client'
          contimeout: was removed in HAProxy 2.1; write 'timeout connect'
          srvtimeout: was removed in HAProxy 2.1; write 'timeout server'
          redispatch: was removed in HAProxy 2.1; write 'option redispatch'
          bind-process: was removed in HAProxy 2.7; remove it
          timeout client-fin, timeout server-fin: limits half-closed connections; remove it, the
            timeouts of client and server hold
          timeout client-hs: limits TLS handshakes; write 'timeout http-request', which limits them
            too
          timeout tarpit: belongs to http-request; remove it
          option http-server-close, option httpclose, option forceclose: closes connections after
            each response; remove it, Weir keeps them alive where both sides do
          option http-tunnel, option http_proxy: was removed in HAProxy 2.1 or 2.2; remove it
          option originalto: sends the address that the client connected to; {edits}
          option transparent: forwards to where the client wanted; {lacks}
          option http-pretend-keepalive, option http-use-proxy-header, option http-use-htx,
            option idle-close-on-response, option independent-streams, option nolinger,
            option persist, option prefer-last-server, option contstats, option socket-stats,
            option log-separate-errors, option tcp-smart-*, option splice-*,
            option http-no-delay, option disable-h2-upgrade: {tune}
          option http-buffer-request: waits for bodies; remove it, Weir streams them
          option http-ignore-probes: is silent about probes; remove it
          option http-drop-*-trailers, option http-drop-request-trailers,
            option http-drop-response-trailers: removes trailers; {edits}
          option h1-case-adjust*: changes the case of headers; remove it
          option http-restrict-req-hdr-names: refuses or removes headers; {edits}
          option abortonclose: forgets requests of clients that left; {remove}
          option logasap: logs before the end; remove it, Weir logs at the end
          option log-health-checks: logs checks; remove it, Weir logs each change of health
          option dontlog-normal: logs errors only; {lacks}
          option httpslog: logs TLS; write 'option httplog'
          option tcpka, option clitcpka, option srvtcpka: sends keep-alive probes of TCP; remove
            it
          option checkcache: refuses cacheable cookies; {edits}
          option accept-invalid-*, option accept-unsafe-*: forgives broken messages, which Weir
            never does; remove it
          option external-check: runs a program as a check; use 'option httpchk' or a plain check
          option tcp-check, option mysql-check, option pgsql-check, option redis-check,
            option ldap-check, option spop-check, option smtpchk, option ssl-hello-chk: checks
            by the protocol; remove it for a plain check of the connection
          """);

  /// What may stand behind a server's address.
  static final Map<String, String> SERVER =
      table(
          """
          client-sigalgs, sigalgs, force-*, no-tls*, npn: chooses how TLS is spoken; remove it
          no-check-ssl, check-sni-*, check-alpn: checks in another way than traffic goes, which Weir
            cannot; remove it
          proxy-v2-options, set-proxy-v2-tlv-fmt, no-check-send-proxy, no-send-proxy-v2-ssl*:
            chooses what a PROXY header says; remove it, Weir says what it knows
          cookie, stick, non-stick: keeps clients on the server; {yet}
          resolvers, resolve-*: names DNS servers; remove it, Weir resolves names again by itself
          init-addr: says how names are resolved at the start; remove it, Weir keeps trying
          init-state: says how the server starts; remove it, it starts up
          on-marked-down, on-marked-up: ends sessions when health changes; remove it
          observe, on-error, error-limit: watches traffic for errors; remove it, Weir checks
            actively
          fastinter, downinter: is the interval while not up; remove it, Weir has one interval
          slowstart: raises the weight slowly; {yet}
          addr: sends checks to another address; {lacks}
          agent-*, no-agent-check: asks an agent; {lacks}
          track: copies another server's health; write 'check'
          maxqueue: limits the queue of the server; remove it, the queue is the pool's
          minconn, strict-maxconn: varies maxconn; remove it
          pool-*, max-reuse, idle-ping, check-pool-conn-name, check-reuse-pool,
            no-check-reuse-pool, log-bufsize, log-proto, tfo, no-tfo, tcp-ut, shard, hash-key:
            {tune}
          check-proto, ws: chooses the protocol; remove it, Weir checks in the servers' own and
            asks for WebSocket over HTTP/1.1
          redir: redirects clients to the server; {edits}
          source, usesrc, namespace, socks4, check-via-socks4: chooses how to connect; {lacks}
          id, guid: is for the statistics; remove it
          """);

  /// What may stand behind the addresses of `bind`.
  static final Map<String, String> BIND =
      table(
          """
          crt-list: lists certificates with what holds for each; write 'crt' for each of them
          crt-ignore-err, ca-ignore-err: lets clients in whose certificates are not good; remove it
          ca-verify-file: names more authorities; write them all in 'ca-file'
          generate-certificates, ca-sign-*: makes certificates while clients wait; {lacks}
          ssl-*, client-sigalgs, sigalgs, force-*, no-tlsv13, no-ca-names, npn,
            ktls, tls-*: is about TLS; {tls}
          accept-netscaler-cip: expects the protocol of another vendor; {lacks}
          maxconn: limits connections by address; write 'maxconn' on a line of its own
          v6only: keeps IPv4 out; write the IPv6 address of the host instead
          interface, namespace: chooses a network; write its address
          transparent: takes foreign addresses; {lacks}
          id, guid-prefix, label: is for the statistics; remove it
          user, group, uid, gid: changes the owner of a unix socket; remove it, the socket has the
            user and group that Weir runs as
          level, severity-output, expose-fd: is about the sockets of HAProxy's statistics; remove
            it
          quic-*: is about QUIC; {lacks}
          backlog: sizes the queue of new connections; remove it and set net.core.somaxconn
          defer-accept, idle-ping, mss, nbconn, nice, process, shards, tcp-ut, tfo, thread, cc,
            tcp-md5sig: {tune}
          """);

  private RefusedWords() {}

  /// Reads lines `word, word: meaning`; lines that start with blanks continue the one above.
  private static Map<String, String> table(String text) {
    var map = new LinkedHashMap<String, String>();
    for (var row : text.replaceAll("\n +", " ").split("\n")) {
      int colon = row.indexOf(": ");
      var meaning = row.substring(colon + 2);
      for (var ending : ENDINGS.entrySet()) {
        meaning = meaning.replace(ending.getKey(), ending.getValue());
      }
      for (var word : row.substring(0, colon).split(", ")) {
        map.put(word, meaning);
      }
    }
    return Collections.unmodifiableMap(map);
  }
}
