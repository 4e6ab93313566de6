package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.haproxy.Report.Outcome;
import dev.weir.config.manifest.Finding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What is not understood is refused with its line, its meaning and what to do.
class RefusalTest {
  private static final int LINE = 9;

  /// That the only error is about the line that was added.
  private static void refused(String text, int line, String message) {
    var imported = Cfg.read(text);
    var errors = Cfg.errors(imported);
    assertEquals(1, errors.size(), errors::toString);
    assertTrue(errors.getFirst().startsWith("haproxy.cfg:" + line + ": "), errors::toString);
    assertTrue(errors.getFirst().contains(message), errors::toString);
    assertEquals(Outcome.Refused, imported.report().lines().get(line));
    assertEquals(List.of(), imported.documents());
    assertTrue(imported.manifests().failed());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "acl api src 192.0.2.0/24 | 'src' chooses by the client; Weir chooses by hdr(host), ",
        "use-server one if x | 'use-server' chooses a server by the request",
        "http-request deny | 'http-request' edits, refuses or answers messages",
        "http-request use-service prometheus-exporter if x | figures are at /metrics on port 9901",
        "http-request set-header | 'http-request set-header' needs a name",
        "http-request set-header X-A | 'http-request set-header' needs a value",
        "http-request set-header X-A b c | 'http-request set-header' cannot take 'c'",
        "http-request set-header X-A b if { src 10.0.0.0/8 } | edit some messages only",
        "http-request set-header X-A b if nosuch | there is no 'acl nosuch' above",
        "http-request set-header X-A b if | needs a condition",
        "http-request set-header X-A %[hdr(host)] | '%[hdr(host)]' has no counterpart; what Weir has",
        "http-request set-header X-A %H | '%H' has no counterpart",
        "http-request set-header X-A %{+X}ci | starts flags of a log format",
        "http-request set-header X-A %[src | is not closed by ']'",
        "http-request set-header X-A 100% | '%' stands alone",
        "http-request set-header Host b | 'Host' says whom the request is for",
        "http-request del-header Connection | 'Connection' belongs to one connection",
        "http-request del-header content-length | says where the message ends",
        "unique-id-header Host | 'Host' says whom the request is for",
        "http-request del-header ^X- -m reg | takes out names that look alike",
        "http-request del-header a/b | 'a/b' is not the name of a header field",
        "http-response replace-header X-A b c | of editing messages Weir knows set-header",
        "cookie SRV insert | 'cookie' keeps clients on a server; Weir cannot yet: remove it",
        "option http-server-close | closes connections after each response; remove it",
        "option mysql-check | remove it for a plain check of the connection",
        "clitimeout 5000 | was removed in HAProxy 2.1; write 'timeout client'",
        "bnid :81 | 'bnid' is not known in 'listen'; did you mean 'bind'?",
        "option htplog | did you mean 'option httplog'?",
        "option | 'option' is not known",
        "timeout clinet 5s | did you mean 'timeout client'?",
        "timeout client | 'timeout client' needs a time",
        "timeout client 1m30s | '1m30s' is not a time",
        "timeout client 5s 6s | 'timeout client' cannot take '6s'",
        "timeout client 0 | waits forever, which Weir never does",
        "timeout client $T | inside double quotes only",
        "balance source | 'balance source' is not known here; write roundrobin or leastconn",
        "balance static-rr | write roundrobin",
        "balance roundrobin x | cannot take 'x'",
        "balance | needs an algorithm",
        "mode health | mode 'health' is not known here",
        "maxconn x | 'x' is not a whole number",
        "maxconn -1 | '-1' is not a whole number",
        "retries 11 | 11 is not in 0 to 10",
        "default_backend nowhere | there is no backend 'nowhere'",
        "option httplog clf | 'clf' is the format of web servers",
        "option dontlognull x | cannot take 'x'",
        "option forwardfor except 127.0.0.0/8 | 'except' leaves clients of a network out",
        "option forwardfor header X-Client | 'header' chooses the header",
        "option forwardfor if-none | 'if-none' writes the header",
        "option redispatch x | 'x' is not a whole number",
        "no option httplog | 'no' cannot stand in front of 'option httplog'",
        "no maxconn | 'no' cannot stand in front of 'maxconn'",
        "default timeout client | 'default' cannot stand in front",
        "no | 'no' stands alone",
        "log | 'log' needs a target",
        "log stdout | 'log' needs a facility",
        "log stdout local9 | there is no facility 'local9'",
        "log stdout format json local0 | there is no format 'json'",
        "log stdout local0 loud | there is no level 'loud'",
        "log stdout sample 1:10 local0 | 'sample' logs a part",
        "option httpchk GET index.html | must start with '/'",
        "option httpchk get / | not made of capital letters",
        "option httpchk GET / HTTP/2 | neither HTTP/1.0 nor HTTP/1.1",
        "option httpchk GET / HTTP/1.1\\r\\nX-Y:\\ 1 | checks cannot send 'X-Y: 1'",
        "option httpchk GET / HTTP/1.1 a/b | is not a host",
        "option httpchk GET / HTTP/1.1 www x | cannot take 'x'",
        "bind :81 ssl | 'ssl' needs a certificate",
        "bind :81 ssl crt | needs a file behind 'crt'",
        "bind :81 ssl crt /x.pem verify required | 'verify' needs the authorities",
        "bind :81 ssl crt /x.pem verify maybe | write none, optional or required",
        "bind :81 ssl crt /x.pem alpn h3 | 'h3' is not spoken",
        "bind :81 ssl crt /x.pem ssl-max-ver TLSv1.2 | speaks TLSv1.3 wherever clients do",
        "bind :81 ssl crt /x.pem ssl-min-ver 1.2 | is not a version",
        "bind :81 ssl crt /x.pem ciphers DHE-RSA-AES128-SHA | is spoken here",
        "bind :81 ssl crt-list /x | 'crt-list' lists certificates",
        "bind :81 proto h3 | write h1 or h2",
        "tcp-request content reject | 'tcp-request content reject' decides about connections",
        "tcp-request connection accept | 'tcp-request' decides about connections",
        "bind :81 accept-netscaler-cip 1 | 'accept-netscaler-cip' expects the protocol",
        "bind :81 nmae x | did you mean 'name'?",
        "bind | 'bind' needs an address",
        "server two | 'server' needs an address",
        "server one 192.0.2.2:80 | line 8 has the name 'one' already",
        "server two 192.0.2.1:80 | line 8 has the same address",
        "server two 192.0.2.2:80 ssl verify none | 'ssl' true and server 'one' has false",
        "server two 192.0.2.2:80 verify maybe | 'verify maybe': write none or required",
        "server two 192.0.2.2:80 ssl sni req.hdr(host) | asks for another name with every request",
        "server two 192.0.2.2:80 ssl ssl-max-ver TLSv1.2 | speaks TLSv1.3 wherever",
        "server two 192.0.2.2:80 ssl alpn h3 | speaks h2 or http/1.1 with servers",
        "server two 192.0.2.2:80 ssl sigalgs x | chooses how TLS is spoken",
        "server two 192.0.2.2:80 send-proxy | 'send-proxy' V1 and server 'one' has nothing",
        "server two 192.0.2.2:80 proxy-v2-options ssl | chooses what a PROXY header says",
        "server two 192.0.2.2:80 chekc | did you mean 'check'?",
        "server two 192.0.2.2:80 weight 257 | 'weight' 257 is not in 0 to 256",
        "server two 192.0.2.2:80 weight | 'server' needs a number behind 'weight'",
        "server two 192.0.2.2:80 inter 0 | 'inter' must be longer than 0",
        "server two 192.0.2.2:80 check inter 3s | 'inter' 3s and server 'one' has 2s",
        "server two 192.0.2.2:80 check rise 5 | 'rise' 5 and server 'one' has 2",
        "server two 192.0.2.2:80 check fall 5 | 'fall' 5 and server 'one' has 3",
        "default-server fall x | 'x' is not a whole number",
        "stats foo | 'stats foo' is not known",
        ".if defined(X) | includes lines by condition",
        "server 'two | is not closed",
        "server two \"$NOWHERE:80\" | the environment variable NOWHERE is not set",
        "server two ${NOWHERE}:80 | the environment variable NOWHERE is not set",
        "chroot /x | 'chroot' cannot stand in a section 'listen'",
      })
  void aLineIsRefused(String line, String message) {
    refused(Cfg.listenText(line), LINE, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "tune.bufsize 32768 | tunes HAProxy itself",
        "ssl-default-bind-options no-tlsv13 | is about TLS",
        "nbthread 0 | 0 is not in 1 to 1024",
        "mode http | 'mode' cannot stand in a section 'global'",
        "foo | 'foo' is not known in 'global'",
        "stats foo | is about HAProxy's own socket",
        "maxcon 5 | did you mean 'maxconn'?",
        "no log | 'no' cannot stand in front of 'log'",
      })
  void aLineOfGlobalIsRefused(String line, String message) {
    refused("global\n  " + line + "\n" + Cfg.listenText(), 2, message);
  }

  @Test
  void sectionsThatAreNotReadAreRefusedWithAllTheirLines() {
    var text = Cfg.listenText() + "peers p\n  peer a 192.0.2.1:1024\n  table t\n";
    refused(text, 10, "section 'peers' shares stick tables between processes");
    var lines = Cfg.read(text).report().lines();
    assertEquals(List.of(Outcome.Refused, Outcome.Refused), List.of(lines.get(11), lines.get(12)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "frontend | 'frontend' needs a name",
        "frontend a :80 | addresses stand on lines 'bind'",
        "frontend a/b | has a character that is none of letters",
        "backend a from | 'from' needs the name",
        "backend a from nowhere | there is no section 'defaults nowhere' above",
        "global x | 'global' cannot take 'x'",
        "defaults a b | 'defaults' cannot take 'b'",
        "backend web | line 6 has the name 'web' already",
        "frontend web | line 6 has the name 'web' already",
        "listen web | line 6 has the name 'web' already",
      })
  void aSectionIsRefused(String line, String message) {
    refused(Cfg.listenText() + line + "\n", LINE + 1, message);
  }

  @Test
  void linesBeforeTheFirstSectionAreRefused() {
    refused("mode http\n" + Cfg.listenText(), 1, "'mode' stands before the first section");
  }

  @Test
  void ambiguousDefaultsAreRefused() {
    refused(
        "defaults a\ndefaults a\n" + Cfg.DEFAULTS + "listen x from a\n bind :1\n server s s:1\n",
        8,
        "there are several sections 'defaults a' above");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "backend b | server s 192.0.2.1:80 | http | give both the same",
        "backend b | server s 192.0.2.1:80 | tcp | frontend f has mode tcp and backend 'b' has mode",
      })
  void frontendAndBackendMustHaveOneMode(
      String section, String server, String mode, String message) {
    var other = mode.equals("http") ? "tcp" : "http";
    var text =
        Cfg.DEFAULTS
            + "frontend f\n mode %s\n bind :80\n default_backend b\n%s\n mode %s\n %s\n"
                .formatted(mode, section, other, server);
    refused(text, 9, message);
  }

  @Test
  void aFrontendWithoutABackendIsRefused() {
    refused(Cfg.DEFAULTS + "frontend f\n bind :80\n", 6, "neither 'default_backend' nor 'server'");
  }

  @Test
  void aFileThatListensOnNothingIsRefused() {
    for (var text : List.of("", "# nothing\n", Cfg.DEFAULTS + "backend b\n server s s:80\n")) {
      var errors = Cfg.errors(Cfg.read(text));
      assertEquals(List.of("haproxy.cfg: nothing is listened on: there is no 'bind'"), errors);
    }
  }

  @Test
  void moreThanAManifestHoldsIsRefused() {
    refused(Cfg.listenText("bind :8000-8063"), LINE, "at most 64 addresses and ports");
    var listens = new StringBuilder(Cfg.DEFAULTS);
    for (int i = 1; i <= 65; i++) {
      listens.append("listen a%d\n  bind :%d\n  server s 192.0.2.1:80\n".formatted(i, i));
    }
    assertTrue(
        Cfg.errors(Cfg.read(listens.toString())).getFirst().contains("at most 64 listeners"));
    var backends = new StringBuilder(Cfg.listenText());
    for (int i = 0; i < 256; i++) {
      backends.append("backend a%d\n".formatted(i));
    }
    assertTrue(Cfg.errors(Cfg.read(backends.toString())).getFirst().contains("at most 256 pools"));
    var servers = new StringBuilder(Cfg.listenText());
    for (int i = 0; i < 1000; i++) {
      servers.append("  server s%d 192.0.2.1:%d\n".formatted(i, 1000 + i));
    }
    refused(servers.toString(), LINE + 1000, "at most 1000 endpoints");
  }

  @Test
  void aThousandErrorsAreEnough() {
    var errors = Cfg.errors(Cfg.listen("nonsense\n".repeat(300_000)));
    assertEquals(1001, errors.size());
    assertTrue(errors.getLast().startsWith("haproxy.cfg: there are "), errors::getLast);
    var notices = Cfg.notices(Cfg.listen("errorfile 503 /x\n".repeat(300_000)));
    assertEquals(1001, notices.size());
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    var imported = Cfg.listen("acl a src 192.0.2.0/24", "foo", "cookie X", "bind nowhere:80");
    assertEquals(
        List.of(9, 10, 11, 12),
        imported.report().findings().stream()
            .filter(finding -> finding.severity() == Finding.Severity.Error)
            .map(Finding::line)
            .toList());
  }

  static Stream<String> known() {
    return RefusedWords.PROXY.keySet().stream().filter(word -> !word.endsWith("*"));
  }

  @ParameterizedTest
  @MethodSource("known")
  void whatHaproxyKnowsHasAMeaningAndAdvice(String words) {
    var imported = Cfg.listen(words + " x y");
    var errors = Cfg.errors(imported);
    assertEquals(1, errors.size(), errors::toString);
    assertTrue(errors.getFirst().contains("'" + words + "' "), errors::toString);
    assertTrue(
        errors.getFirst().matches(".*(remove|write|use|keep HAProxy|terminate).*"),
        errors::toString);
  }

  @Test
  void noWordIsBothUnderstoodAndRefused() {
    disjoint(Directives.GLOBAL.keySet(), RefusedWords.GLOBAL.keySet());
    disjoint(Directives.PROXY.keySet(), RefusedWords.PROXY.keySet());
    disjoint(Directives.SERVER.keySet(), RefusedWords.SERVER.keySet());
  }

  private static void disjoint(Collection<String> understood, Collection<String> refused) {
    assertEquals(List.of(), understood.stream().filter(refused::contains).toList());
  }

  @Test
  void everyWordThatHaproxyKnowsIsUnderstoodOrHasAMeaning(@TempDir Path directory)
      throws Exception {
    var section = "";
    var unknown = new ArrayList<String>();
    for (var line : RealHaproxy.find().keywords(directory).split("\n")) {
      if (!line.startsWith("\t")) {
        section = line.strip();
        continue;
      }
      var words = line.strip().split(" ");
      if (section.equals("global")) {
        meaning(words[0], Directives.GLOBAL, RefusedWords.GLOBAL, unknown);
      } else if (section.equals("listen") && words[0].equals("bind")) {
        meaning(
            words[words[2].equals("ssl") && words.length > 3 ? 3 : 2],
            Directives.BIND,
            RefusedWords.BIND,
            unknown);
      } else if (section.equals("listen") && words[0].equals("server")) {
        meaning(words[3], Directives.SERVER, RefusedWords.SERVER, unknown);
      } else if (section.equals("listen")) {
        boolean two = words[0].equals("option");
        var word = two ? words[0] + " " + words[1] : words[0];
        meaning(word, Directives.PROXY, RefusedWords.PROXY, unknown);
      }
    }
    unknown.removeAll(Set.of("stats", "timeout"));
    assertEquals(List.of(), unknown);
  }

  private static void meaning(
      String word, Map<String, ?> understood, Map<String, String> refused, List<String> unknown) {
    if (!understood.containsKey(word) && Refusals.meaning(word, refused) == null) {
      unknown.add(word);
    }
  }

  @Test
  void nothingIsSuggestedForWhatIsNearNothing() {
    assertFalse(Cfg.errors(Cfg.listen("completely-else x")).getFirst().contains("did you mean"));
  }
}
