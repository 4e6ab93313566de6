package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.config.haproxy.Report.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What each line becomes.
class MappingTest {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().serializationInclusion(JsonInclude.Include.NON_NULL).build();

  private static void at(String pointer, String wanted, Imported imported) throws Exception {
    var found = MAPPER.valueToTree(Cfg.spec(imported)).at(pointer);
    assertEquals(wanted, found.isMissingNode() ? "none" : found.toString().replace("\"", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "mode http | /listeners/0/protocol | HTTP",
        "mode tcp | /listeners/0/protocol | TCP",
        "bind :81 accept-proxy | /listeners/1/proxyProtocol | {accept:Required,from:[0.0.0.0/0,::/0]}",
        "maxconn 100 | /listeners/0/limits/connections | 100",
        "maxconn 0 | /listeners/0/limits | none",
        "timeout client 7s | /listeners/0/timeouts | {header:7s,keepAlive:7s,idle:7s}",
        "timeout http-request 3s | /listeners/0/timeouts | {header:3s,keepAlive:3s,idle:50s}",
        "timeout http-keep-alive 2s | /listeners/0/timeouts | {header:50s,keepAlive:2s,idle:50s}",
        "timeout tunnel 1h | /listeners/0/timeouts/tunnelIdle | 1h",
        "timeout tunnel 1h | /pools/0/timeouts/idle | 50s",
        "timeout connect 500 | /pools/0/timeouts/connect | 500ms",
        "timeout server 2m | /pools/0/timeouts | {connect:5s,response:2m,idle:2m}",
        "timeout check 700ms | /pools/0/health | none",
        "retries 2 | /pools/0/retry/attempts | 2",
        "retries 0 | /pools/0/retry/attempts | 0",
        "balance roundrobin | /pools/0/balance/algorithm | RoundRobin",
        "balance leastconn | /pools/0/balance/algorithm | LeastConnections",
        "option forwardfor | /listeners/0/http/forwarded/headers | XForwarded",
        "option forwardfor | /listeners/0/http/forwarded/trust | [0.0.0.0/0,::/0]",
        "option http-keep-alive | /listeners/0/http/forwarded | {headers:None}",
        "http-request set-header X-A b | /listeners/0/requestHeaders | {set:[{name:X-A,value:b}]}",
        "http-request add-header X-A b | /listeners/0/requestHeaders | {add:[{name:X-A,value:b}]}",
        "http-request del-header X-A | /listeners/0/requestHeaders | {remove:[X-A]}",
        "http-response set-header X-A b | /listeners/0/responseHeaders/set/0/name | X-A",
        "http-response add-header X-A b | /listeners/0/responseHeaders/add/0/value | b",
        "http-response del-header X-A | /listeners/0/responseHeaders/remove/0 | X-A",
        "http-response del-header X-A | /pools/0/responseHeaders | none",
        "unique-id-header A | /listeners/0/requestHeaders | {add:[{name:A,value:%{request.id}}]}",
        "http-request set-header A %ci:%cp | %SET | %{client.address}:%{client.port}",
        "http-request set-header A %[src]:%[src_port] | %SET | %{client.address}:%{client.port}",
        "http-request set-header A %f,%ft,%[fe_name] | %SET | %{listener},%{listener},%{listener}",
        "http-request set-header A %s,%[srv_name] | %SET | %{endpoint},%{endpoint}",
        "http-request set-header A %ID,%[unique-id] | %SET | %{request.id},%{request.id}",
        "http-request set-header A 100%% | %SET | 100%%",
        "http-request set-header A 'a  b' | %SET | a  b",
        "http-request set-header A b if TRUE | %SET | b",
        "http-request set-header A b if TRUE or FALSE | %SET | b",
        "http-request set-header A b unless FALSE | %SET | b",
        "http-request set-header A b if !{ ssl_fc } | %SET | b",
        "http-request set-header A b unless { ssl_fc } | %SET | b",
        "http-request set-header A b if { ssl_fc } | /listeners/0/requestHeaders | none",
        "http-request set-header A b if FALSE | /listeners/0/requestHeaders | none",
        "option httpchk | /pools/0/health/http | {method:OPTIONS,path:/}",
        "option httpchk /live | /pools/0/health/http | {method:OPTIONS,path:/live}",
        "option httpchk GET /live | /pools/0/health/http | {method:GET,path:/live}",
        "option httpchk GET / HTTP/1.0 | /pools/0/health/http/host | none",
        "option httpchk GET / HTTP/1.1 www | /pools/0/health/http/host | www",
        "option httpchk GET / HTTP/1.1\\r\\nHost:\\ www | /pools/0/health/http/host | www",
        "log stdout format raw local0 | /listeners/0/accessLog | {format:HTTPLog,skipEmpty:false}",
        "log stdout local0 notice | /listeners/0/accessLog | {format:None}",
        "log stdout local0 debug err | /listeners/0/accessLog/format | HTTPLog",
        "log global | /listeners/0/accessLog | {format:None}",
        "no log | /listeners/0/accessLog | {format:None}",
        "default_backend web | /listeners/0/defaultPool | web",
        "bind :81 | /listeners/1 | none",
        "server two 192.0.2.2:80 | /pools/0/endpoints/1/health | {enabled:false}",
        "server two 192.0.2.2:80 check | /pools/0/endpoints/1 | {name:two,address:192.0.2.2,port:80}",
        "server a-name-of-sixty-four-characters-which-is-one-more-than-fits-xxxxx 192.0.2.2:80 check"
            + " | /pools/0/endpoints/1 | {address:192.0.2.2,port:80}",
        "server two 192.0.2.2:80 check port 81 | /pools/0/endpoints/1/health | {port:81}",
        "server two 192.0.2.2:80 weight 7 | /pools/0/endpoints/1/weight | 7",
        "server two 192.0.2.2:80 weight 0 | /pools/0/endpoints/1/weight | 0",
        "server two 192.0.2.2:80 backup | /pools/0/endpoints/1/tier | 1",
        "server two 192.0.2.2:80 backup no-backup | /pools/0/endpoints/1/tier | none",
        "server two 192.0.2.2:80 disabled | /pools/0/endpoints/1/state | Maintenance",
        "server two 192.0.2.2:80 disabled enabled | /pools/0/endpoints/1/state | none",
        "server two 192.0.2.2:80 maxconn 9 | /pools/0/endpoints/1/maxConnections | 9",
        "server two 192.0.2.2:80 maxconn 9 | /pools/0/queue | {timeout:5s,length:1000000}",
        "server two 192.0.2.2:80 maxconn 0 | /pools/0/queue | none",
        "server two app.internal:80 | /pools/0/endpoints/1/address | app.internal",
        "server two [2001:db8::1]:80 | /pools/0/endpoints/1/address | 2001:db8::1",
        "server two 192.0.2.2:80 check inter 2000 | /pools/0/health/interval | 2s",
      })
  void aLineBecomesAField(String line, String pointer, String wanted) throws Exception {
    var imported = Cfg.listen(line);
    var field = pointer.replace("%SET", "/listeners/0/requestHeaders/set/0/value");
    if (line.startsWith("bind")) {
      assertEquals(2, Cfg.spec(imported).listeners().size());
    } else {
      at(field, wanted, imported);
    }
  }

  @Test
  void severalLinesWorkTogether() throws Exception {
    at(
        "/listeners/0/accessLog",
        "{format:TCPLog,skipEmpty:true}",
        Cfg.listen("log stdout format raw local0", "option tcplog", "option dontlognull"));
    at(
        "/listeners/0/accessLog/skipEmpty",
        "false",
        Cfg.listen("log stdout local0", "option dontlognull", "no option dontlognull"));
    at("/listeners/0/accessLog/format", "None", Cfg.listen("log stdout local0", "no log"));
    at(
        "/listeners/0/timeouts",
        "{header:3s,keepAlive:2s,idle:50s}",
        Cfg.listen("timeout http-keep-alive 2s", "timeout http-request 3s"));
    at(
        "/pools/0/queue/timeout",
        "9s",
        Cfg.listen("timeout queue 9s", "server two 192.0.2.2:80 maxconn 1"));
    at(
        "/pools/0/health",
        "{http:{method:OPTIONS,path:/},timeout:700ms}",
        Cfg.listen("option httpchk", "timeout check 700ms"));
  }

  @Test
  void missingModeMeansTcp() {
    var imported = Cfg.read("listen a\n  bind :1\n  server s 192.0.2.1:1\n");
    assertEquals("TCP", String.valueOf(Cfg.listener(imported).protocol()));
    assertNull(Cfg.listener(imported).http());
  }

  @Test
  void serversAreCheckedOnlyWhereTheySaySo() throws Exception {
    var text = Cfg.DEFAULTS + "listen a\n bind :1\n";
    at("/pools/0/health", "{enabled:false}", Cfg.read(text + " server s 192.0.2.1:1 inter 5s\n"));
    at("/pools/0/health", "none", Cfg.read(text + " server s 192.0.2.1:1 check\n"));
    var mixed = Cfg.read(text + " server s 192.0.2.1:1\n server t 192.0.2.2:1 check\n");
    at("/pools/0/health", "none", mixed);
    at("/pools/0/endpoints/0/health", "{enabled:false}", mixed);
    at("/pools/0/endpoints/1/health", "none", mixed);
  }

  @Test
  void checksHaveTheIntervalAsTheirTimeUnlessTimeoutCheckSaysOtherwise() throws Exception {
    var text = Cfg.DEFAULTS + "listen a\n bind :1\n server s 192.0.2.1:1 check inter %s\n%s";
    at("/pools/0/health", "{interval:9s,timeout:9s}", Cfg.read(text.formatted("9s", "")));
    var tcp = Cfg.read(text.formatted("9s", " timeout check 1s\n"));
    at("/pools/0/health", "{interval:9s,timeout:5s}", tcp);
    var http = Cfg.read(text.formatted("9s", " timeout check 1s\n option httpchk\n"));
    at("/pools/0/health/timeout", "1s", http);
  }

  @Test
  void defaultServerHoldsForTheServersBelowIt() throws Exception {
    var imported =
        Cfg.read(
            Cfg.DEFAULTS
                + """
                listen a
                  bind :1
                  server s 192.0.2.1:1
                  default-server weight 5
                  default-server backup
                  server t 192.0.2.2:1
                  server u 192.0.2.3:1 weight 6 no-backup
                """);
    at("/pools/0/endpoints/0", "{name:s,address:192.0.2.1,port:1}", imported);
    at("/pools/0/endpoints/1", "{name:t,address:192.0.2.2,port:1,weight:5,tier:1}", imported);
    at("/pools/0/endpoints/2", "{name:u,address:192.0.2.3,port:1,weight:6}", imported);
  }

  @Test
  void globalLinesBecomeProcessSettings() {
    var text =
        "global\n log stderr local0\n maxconn 5000\n nbthread 3\n" + Cfg.listenText("log global");
    assertEquals(new ProcessSettings(5000, 3, "stderr", null), Cfg.read(text).processSettings());
    assertEquals(
        new ProcessSettings(null, null, null, null),
        Cfg.read("global\n maxconn 0\n" + Cfg.listenText()).processSettings());
  }

  @Test
  void aListenWithADefaultBackendSendsAllTrafficThere() throws Exception {
    var imported =
        Cfg.read(Cfg.listenText("default_backend b") + "backend b\n  server s 192.0.2.9:80\n");
    at("/listeners/0/defaultPool", "b", imported);
    assertTrue(
        Cfg.notices(imported).stream()
            .anyMatch(n -> n.contains("servers of this section get none")));
  }

  @Test
  void aListenCanBeABackend() throws Exception {
    var imported =
        Cfg.read(
            Cfg.DEFAULTS
                + "frontend f\n bind :80\n default_backend pool\n"
                + "listen pool\n server s 192.0.2.9:80\n");
    at("/listeners/0/defaultPool", "pool", imported);
    assertEquals(1, Cfg.spec(imported).listeners().size());
  }

  @Test
  void forwardforOfABackendHoldsForItsListeners() throws Exception {
    var imported =
        Cfg.read(
            Cfg.DEFAULTS
                + "frontend f\n bind :80\n default_backend b\n"
                + "backend b\n option forwardfor\n server s 192.0.2.9:80\n");
    at("/listeners/0/http/forwarded/headers", "XForwarded", imported);
  }

  @Test
  void aBackendWithoutServersIsAnEmptyPool() throws Exception {
    var imported =
        Cfg.read(Cfg.DEFAULTS + "frontend f\n bind :80\n default_backend b\nbackend b\n");
    at("/pools/0/endpoints", "[]", imported);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "chroot /var/empty",
        "user haproxy",
        "group haproxy",
        "uid 99",
        "gid 99",
        "daemon",
        "pidfile /run/x.pid",
        "ulimit-n 4096",
        "master-worker",
        "quiet",
        "stats socket /run/x.sock mode 660 level admin expose-fd listeners",
        "stats timeout 30s",
        "stats maxconn 5",
      })
  void whatAContainerMakesPointlessIsNoted(String line) {
    noted("global\n  " + line + "\n" + Cfg.listenText(), 2, "is not taken over");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "stats enable | figures are at /metrics",
        "stats uri /x | figures are at /metrics",
        "stats auth a:b | figures are at /metrics",
        "stats admin if TRUE | figures are at /metrics",
        "errorfile 503 /x.http | short plain text",
        "timeout queue 5s | has no effect",
        "timeout check 5s | has no effect",
        "option allbackups | nothing",
        "timeout connect 5s | overrides",
      })
  void whatHasNoEffectIsNoted(String line, String message) {
    if (message.equals("nothing")) {
      assertEquals(Outcome.Mapped, Cfg.listen(line).report().lines().get(9));
    } else if (message.equals("overrides")) {
      noted(Cfg.listenText(line), 3, "another line overrides it");
    } else if (line.startsWith("timeout check")) {
      assertEquals(Outcome.Mapped, Cfg.listen(line).report().lines().get(9));
    } else {
      noted(Cfg.listenText(line), 9, message);
    }
  }

  @Test
  void whatHaproxyIgnoresIsIgnoredWithANotice() {
    var text =
        Cfg.DEFAULTS
            + "frontend f\n bind :80\n balance leastconn\n default_backend b\n"
            + "backend b\n server s 192.0.2.1:80\n maxconn 5\n";
    noted(text, 8, "'balance' has no effect in a frontend, in HAProxy neither");
    noted(text, 12, "'maxconn' has no effect in a backend, in HAProxy neither");
  }

  private static void noted(String text, int line, String message) {
    var imported = Cfg.read(text);
    Cfg.spec(imported);
    assertEquals(Outcome.Noted, imported.report().lines().get(line), imported.report()::toString);
    assertTrue(
        Cfg.notices(imported).stream()
            .anyMatch(n -> n.startsWith("haproxy.cfg:" + line + ": ") && n.contains(message)),
        () -> Cfg.notices(imported).toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "option forwardfor | narrow http.forwarded.trust",
        "option httpchk | checks are sent as HTTP/1.1",
        "option redispatch 1 | the interval is not kept",
        "no option redispatch | tried on another server anyway",
        "log stdout local0 | neither 'option httplog' nor 'option tcplog'",
        "log /dev/log local0 | standard output (--log), not to '/dev/log'",
        "log stdout format rfc5424 local0 | without the header of syslog",
        "bind :81 name x | 'name' is not kept",
        "server two 192.0.2.2:80 | HAProxy without 'option redispatch' tries the same one",
        "server two web:80 | resolved again",
      })
  void whatDiffersIsSaid(String line, String message) {
    var imported = Cfg.listen(line);
    Cfg.spec(imported);
    assertTrue(
        Cfg.notices(imported).stream().anyMatch(n -> n.contains(message)),
        () -> Cfg.notices(imported).toString());
  }

  @Test
  void namesBecomeLabels() {
    var imported =
        Cfg.read(
            Cfg.DEFAULTS
                + "frontend My_Site.example:1\n bind :80\n default_backend B\n"
                + "backend B\n server s 192.0.2.9:80\nbackend b\n server s 192.0.2.9:80\n"
                + "backend "
                + "x".repeat(80)
                + "\n server s 192.0.2.9:80\nbackend ...\n");
    var pools = Cfg.spec(imported).pools();
    assertEquals("my-site-example-1", Cfg.listener(imported).name());
    assertTrue(pools != null && pools.get(0).name().matches("b-[0-9a-f]{6}"));
    assertEquals("b", pools.get(1).name());
    assertTrue(pools.get(2).name().matches("x{56}-[0-9a-f]{6}"));
    assertTrue(pools.get(3).name().matches("x-[0-9a-f]{6}"));
  }

  @ParameterizedTest
  @CsvSource({
    "haproxy.cfg,haproxy",
    "/usr/local/etc/haproxy/My.Site.cfg,my-site",
    "x,x",
    ".cfg,cfg",
    "/a/b/,haproxy",
  })
  void theLoadBalancerIsNamedAfterTheFile(String file, String name) {
    var imported = HaproxyImport.read(file, Cfg.listenText(), Map.of());
    assertEquals(
        List.of("default/" + name),
        imported.documents().stream().map(d -> d.name().toString()).toList());
  }

  @Test
  void fieldsAreFoundInTheFile() {
    var imported = Cfg.listen("server two [2001:db8::1]:80", "timeout tunnel 2h");
    var name = imported.documents().getFirst().name();
    assertEquals(6, imported.locator().locate(name, "spec.listeners[web].name").line());
    assertEquals(7, imported.locator().locate(name, "spec.listeners[web].port").line());
    assertEquals(
        10, imported.locator().locate(name, "spec.listeners[web].timeouts.tunnelIdle").line());
    assertEquals(
        8, imported.locator().locate(name, "spec.pools[web].endpoints[192.0.2.1:80].port").line());
    assertEquals(
        9,
        imported.locator().locate(name, "spec.pools[web].endpoints[[2001:db8::1]:80].port").line());
    assertEquals(0, imported.locator().locate(name, "spec.nothing").line());
  }

  @Test
  void aMissingLineFeedIsTolerated() {
    var imported = Cfg.read(Cfg.listenText().stripTrailing());
    assertTrue(Cfg.notices(imported).stream().anyMatch(n -> n.contains("has no line feed")));
    assertEquals(Cfg.spec(Cfg.read(Cfg.listenText())), Cfg.spec(imported));
  }

  @Test
  void carriageReturnsAreTolerated() {
    var text = Cfg.listenText("option httpchk GET /");
    assertEquals(Cfg.spec(Cfg.read(text)), Cfg.spec(Cfg.read(text.replace("\n", "\r\n"))));
  }
}
