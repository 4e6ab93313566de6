package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.api.v1alpha1.RedirectSpec;
import dev.weir.api.v1alpha1.RouteMatchSpec;
import dev.weir.api.v1alpha1.RouteSpec;
import dev.weir.config.haproxy.Report.Outcome;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `acl`, `use_backend` and `redirect` become.
class RouteLinesTest {
  private static final String BACKENDS =
      """
      backend web
        server one 192.0.2.1:80
      backend api
        server one 192.0.2.2:80
      backend img
        server one 192.0.2.3:80
      """;

  private static Imported front(String... lines) {
    return Cfg.read(
        Cfg.DEFAULTS + BACKENDS + "frontend f\n  bind :80\n  " + String.join("\n  ", lines) + "\n");
  }

  private static List<RouteSpec> routes(Imported imported) {
    return Objects.requireNonNullElse(Cfg.spec(imported).routes(), List.of());
  }

  /// `TARGET HOSTS PATHS`, one text for each route.
  private static List<String> texts(Imported imported) {
    return routes(imported).stream().map(RouteLinesTest::text).sorted().toList();
  }

  private static String text(RouteSpec route) {
    var backends = route.backends();
    var paths =
        Objects.requireNonNullElse(route.matches(), List.<RouteMatchSpec>of()).stream()
            .map(match -> Objects.requireNonNull(match.path()))
            .map(path -> path.exact() == null ? path.prefix() : "=" + path.exact())
            .collect(Collectors.joining(","));
    return (backends == null ? "redirect" : backends.getFirst().pool())
        + " "
        + String.join(",", Objects.requireNonNullElse(route.hosts(), List.of("any")))
        + " "
        + (paths.isEmpty() ? "any" : paths);
  }

  private static RedirectSpec redirect(Imported imported) {
    return Objects.requireNonNull(routes(imported).getFirst().redirect());
  }

  private static void only(String message, Imported imported) {
    var errors = Cfg.errors(imported);
    assertEquals(1, errors.size(), errors::toString);
    assertTrue(errors.getFirst().contains(message), errors::toString);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "use_backend api if { hdr(host) -i api.example.com } | api api.example.com any",
        "use_backend api if { req.hdr(Host),lower API.example.com:8080 } | api api.example.com any",
        "use_backend api if { hdr(host),host_only -m str -i -- a.test b.test } | api a.test,b.test any",
        "use_backend api if { hdr_end(host) -i .example.com } | api *.example.com any",
        "use_backend api if { hdr(host) -m end .example.com } | api *.example.com any",
        "use_backend api if { path /x } | api any =/x",
        "use_backend api if { path /x /y } | api any =/x,=/y",
        "use_backend api if { path_beg /x } | api any /x",
        "use_backend api if { path -m beg /x } | api any /x",
        "use_backend api if { path_beg -i /1 } | api any /1",
        "use_backend api if { hdr(host) a.test } { path /x } | api a.test =/x",
        "use_backend api unless { path /x } | api any any;web any =/x",
        "use_backend api if !{ path /x } | api any any;web any =/x",
        "use_backend api if ! { path /x } | api any any;web any =/x",
        "use_backend api if { path_beg /x/ } | api any /x;web any =/x",
        "use_backend api if { path_beg / } | api any any",
        "use_backend api | api any any",
        "use_backend api if TRUE | api any any",
      })
  void aConditionBecomesHostsAndMatches(String line, String wanted) {
    var imported = front(line, "default_backend web");
    assertEquals(List.of(wanted.split(";")), texts(imported));
    assertTrue(
        routes(imported).stream()
            .allMatch(route -> route.priority() == null && List.of("f").equals(route.listeners())));
  }

  @Test
  void linesOfOneNameAreAlternativesAndNamesCanBeCombined() {
    var imported =
        front(
            "acl site hdr(host) -i a.test",
            "acl api path_beg /api/",
            "acl img path_beg /img/",
            "acl img path_beg /pictures/",
            "use_backend api if site api or api !img",
            "use_backend img if site img",
            "acl site hdr(host) -i b.test",
            "default_backend web");
    assertEquals(
        List.of(
            "api any /api",
            "img a.test,b.test /img,/pictures",
            "web a.test,b.test =/img,=/pictures",
            "web any =/api"),
        texts(imported));
    assertEquals(Outcome.Mapped, imported.report().lines().get(20));
  }

  @Test
  void theFirstLineThatHoldsDecides() {
    assertEquals(
        List.of("api any /x", "web any /x/y,=/x"),
        texts(
            front(
                "use_backend web if { path_beg /x/y }",
                "use_backend api if { path_beg /x/ }",
                "default_backend web")));
    var hidden =
        front(
            "use_backend api if { path_beg /x }",
            "use_backend img if { path_beg /x/y }",
            "default_backend web");
    assertEquals(List.of("api any /x"), texts(hidden));
    assertEquals(Outcome.Noted, hidden.report().lines().get(15));
    assertEquals(
        List.of("api a.test /x", "api any /x", "img a.test any"),
        texts(
            front(
                "use_backend api if { path_beg /x }",
                "use_backend img if { hdr(host) a.test }",
                "default_backend web")));
  }

  @Test
  void aPathThatBeginsWithPartOfAnElementIsOneWhenItIsNamed() {
    var imported =
        front(
            "use_backend api if { path_beg /api }",
            "use_backend img if { path /apix }",
            "default_backend web");
    assertEquals(List.of("api any /api,=/apix"), texts(imported));
    assertTrue(
        Cfg.notices(imported).stream()
            .anyMatch(notice -> notice.contains("/api takes /api and /api/x, and not /apix")),
        () -> Cfg.notices(imported).toString());
  }

  @Test
  void everyAddressOfASectionHasTheRoutes() {
    var imported = front("bind :81", "use_backend api if { path /x }", "default_backend web");
    assertEquals(List.of("f-80", "f-81"), routes(imported).getFirst().listeners());
  }

  @Test
  void sectionsHaveRoutesOfTheirOwn() {
    var text =
        Cfg.DEFAULTS
            + BACKENDS
            + "frontend f\n  bind :80\n  use_backend api if { path /x }\n  default_backend web\n"
            + "frontend g\n  bind :81\n  use_backend img if { path /x }\n  default_backend web\n";
    assertEquals(
        List.of("f-api-x-exact [f]", "g-img-x-exact [g]"),
        routes(Cfg.read(text)).stream()
            .map(route -> route.name() + " " + route.listeners())
            .toList());
  }

  @Test
  void longListsBecomeSeveralRoutes() {
    var hosts = IntStream.range(0, 40).mapToObj(i -> "h%02d.test".formatted(i)).toList();
    var imported =
        front(
            "use_backend api if { hdr(host) -i " + String.join(" ", hosts) + " }",
            "default_backend web");
    assertEquals(
        List.of(16, 16, 8),
        routes(imported).stream()
            .map(route -> Objects.requireNonNull(route.hosts()).size())
            .toList());
    assertEquals(3, routes(imported).stream().map(RouteSpec::name).distinct().count());
  }

  @Test
  void namesDoNotDependOnTheOrderOfLines() {
    var one = "use_backend api if { hdr(host) a.test }";
    var other = "use_backend img if { hdr(host) b.test }";
    assertEquals(
        routes(front(one, other, "default_backend web")).stream()
            .map(RouteSpec::name)
            .sorted()
            .toList(),
        routes(front(other, one, "default_backend web")).stream()
            .map(RouteSpec::name)
            .sorted()
            .toList());
  }

  @Test
  void withoutADefaultThereIsNone() {
    var imported = front("use_backend api if { path_beg /x/ }", "use_backend web if { path /x }");
    assertEquals(List.of("api any /x", "web any =/x"), texts(imported));
    assertNull(Cfg.listener(imported).defaultPool());
    assertTrue(
        Cfg.notices(imported).stream().anyMatch(n -> n.contains("gets 404, in HAProxy 503")));
    only("leaves requests to nobody", front("use_backend api unless { path /x }"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "scheme https | https | - | - | 302",
        "scheme https code 301 if !{ ssl_fc } | https | - | - | 301",
        "prefix https://www.example.com code 308 | https | www.example.com | - | 308",
        "prefix http://WWW.example.com:8080 | http | www.example.com | 8080 | 302",
        "location https://a.test:8443 keep-query ignore-empty | https | a.test | 8443 | 302",
      })
  void aRedirectionBecomesARoute(
      String line, String scheme, String host, Integer port, int status) {
    for (var word : List.of("redirect ", "http-request redirect ")) {
      var redirect = redirect(front(word + line));
      assertEquals(scheme, redirect.scheme());
      assertEquals(host, redirect.host());
      assertEquals(port, redirect.port());
      assertEquals(status, redirect.status());
      assertEquals(
          line.startsWith("location") ? new RedirectSpec.Path("/", null) : null, redirect.path());
    }
  }

  @Test
  void redirectionsComeBeforeBackends() {
    assertEquals(
        List.of("api any /x", "redirect a.test any", "web any =/x"),
        texts(
            front(
                "use_backend api if { path_beg /x/ }",
                "redirect scheme https if { hdr(host) a.test }",
                "http-request redirect scheme https code 301 if { hdr(host) a.test }",
                "default_backend web")));
    assertEquals(
        301,
        redirect(
                front(
                    "redirect scheme https if { hdr(host) a.test }",
                    "http-request redirect scheme https code 301 if { hdr(host) a.test }",
                    "default_backend web"))
            .status());
  }

  @Test
  void aPrefixIsPutInFrontOfWhatThePathIs() {
    var imported =
        front(
            "redirect prefix /new if { path_beg /a/ }",
            "redirect prefix /old if { hdr(host) b.test }",
            "default_backend web");
    assertEquals(
        List.of(
            "redirect any /a {null -> /new/a}",
            "redirect b.test / {null -> /old}",
            "redirect b.test /a {null -> /new/a}",
            "redirect b.test =/a {/old/a -> null}",
            "web any =/a"),
        routes(imported).stream().map(RouteLinesTest::withPath).sorted().toList());
  }

  private static String withPath(RouteSpec route) {
    var redirect = route.redirect();
    var path = redirect == null ? null : redirect.path();
    return text(route)
        + (path == null ? "" : " {%s -> %s}".formatted(path.full(), path.replacePrefix()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "use_backend | 'use_backend' needs a name",
        "use_backend nope if { path /x } | there is no backend 'nope'",
        "use_backend %[req.hdr(host)] | makes the name of the backend of the request",
        "use_backend api if | needs a condition",
        "use_backend api if { path /x | needs a '}' behind '{'",
        "use_backend api if { } | there is no condition between",
        "use_backend api if { path /x } or | a condition must follow 'or'",
        "use_backend api if nope | there is no 'acl nope' above",
        "use_backend api if METH_GET | 'METH_GET' is a condition of HAProxy's own",
        "use_backend api if { path } | 'path' needs a value",
        "use_backend api if { path x } | 'path x': a path starts with '/'",
        "use_backend api if { path_beg -i /x } | ignores the case of paths",
        "use_backend api if { path_beg /x- } | by a part of an element",
        "use_backend api if { path_beg // } | ends with an empty element",
        "use_backend api if { path_end .php } | takes paths by how they end",
        "use_backend api if { path_reg ^/x } | takes paths by a pattern",
        "use_backend api if { path -f /etc/paths } | '-f' reads values from a file",
        "use_backend api if { path -M /x } | '-M' changes how 'path' compares",
        "use_backend api if { hdr(host) -m reg x } | '-m reg' Weir chooses by",
        "use_backend api if { hdr(host) a_b } | 'a_b' is not the name of a host",
        "use_backend api if { hdr_end(host) example.com } | write hdr(host) -i example.com and",
        "use_backend api if { hdr_dom(host) example.com } | only have the name inside",
        "use_backend api if { hdr_beg(host) api. } | takes hosts by how they begin",
        "use_backend api if { hdr(x-canary) 1 } | is not a condition that Weir knows",
        "use_backend api if { hdr_beg(x-canary) 1 } | is not a condition that Weir knows",
        "use_backend api if { src 192.0.2.0/24 } | chooses by the client",
        "acl a b{ path /x | 'b{' is not a condition that Weir knows",
        "acl or path /x | 'or' is not a name",
        "acl a | 'acl' needs a criterion",
        "redirect | needs scheme, prefix or location",
        "redirect to https://a.test | 'to' is not a kind of redirect",
        "redirect scheme ftp | 'ftp' is not a scheme",
        "redirect scheme https code 304 | 'code' must be",
        "redirect scheme https code 200 | 'code'",
        "redirect location https://a.test/ | leaves the query out",
        "redirect location https://a.test/?x keep-query | the target must be a path",
        "redirect prefix https://%[hdr(host)] | the target must be a path",
        "redirect prefix https://a.test:99999 | '99999' is not a port",
        "redirect prefix https://a.test/ | puts a second '/'",
        "redirect prefix https://a.test drop-query | 'drop-query' leaves the query out",
        "redirect prefix https://a.test append-slash | 'append-slash'",
        "redirect prefix https://a.test set-cookie A=1 | 'set-cookie' sends a cookie along",
        "redirect prefix https://a.test foo | cannot take 'foo'",
      })
  void whatIsNotExactIsRefusedWithItsMeaning(String line, String message) {
    only(message, front(line, "default_backend web"));
  }

  @Test
  void aRefusedConditionIsSaidOnce() {
    only(
        "chooses by the client",
        front("acl local src 192.0.2.0/24", "use_backend api if local", "default_backend web"));
  }

  @Test
  void aRedirectionInABackendIsRefused() {
    only(
        "write the line in the frontends",
        Cfg.read(
            Cfg.listenText() + "backend b\n  server one 192.0.2.9:80\n  redirect scheme https\n"));
    only(
        "other sections send traffic here as well",
        Cfg.read(
            Cfg.listenText("redirect scheme https if { path /x }")
                + "frontend other\n  bind :81\n  default_backend web\n"));
  }

  @Test
  void modeTcpHasNoRequests() {
    only(
        "mode tcp has none",
        Cfg.read(
            Cfg.DEFAULTS
                + "listen t\n  mode tcp\n  bind :80\n  server one 192.0.2.1:80\n"
                + "  use_backend t if { path /x }\n"));
  }

  @Test
  void aListenSendsWhatNoLineTakesToItsServers() {
    var imported =
        Cfg.read(
            Cfg.listenText("use_backend img if { path /x }") + BACKENDS.replace("web", "other"));
    assertEquals(List.of("img any =/x"), texts(imported));
    assertEquals("web", Cfg.listener(imported).defaultPool());
  }

  @Test
  void backendsOfOneSectionMustAgreeOnForwardFor() {
    var api = BACKENDS.replace("backend api\n", "backend api\n  option forwardfor\n");
    var rest = "frontend f\n  bind :80\n  use_backend api if { path /x }\n  default_backend web\n";
    only("other backends of frontend f are without", Cfg.read(Cfg.DEFAULTS + api + rest));
    var all = api.replace("backend web\n", "backend web\n  option forwardfor\n");
    assertEquals(List.of(), Cfg.errors(Cfg.read(Cfg.DEFAULTS + all + rest)));
  }

  @Test
  void theLongestTunnelTimeoutHoldsForAll() {
    var text =
        Cfg.DEFAULTS
            + BACKENDS
                .replace("backend api\n", "backend api\n  timeout tunnel 5m\n")
                .replace("backend web\n", "backend web\n  timeout tunnel 2m\n")
            + "frontend f\n  bind :80\n  use_backend api if { path /x }\n  default_backend web\n";
    var imported = Cfg.read(text);
    assertEquals("5m", Objects.requireNonNull(Cfg.listener(imported).timeouts()).tunnelIdle());
    assertTrue(Cfg.notices(imported).stream().anyMatch(n -> n.contains("one timeout for tunnels")));
  }

  @Test
  void moreRoutesThanTheManifestTakesAreRefused() {
    var lines =
        IntStream.range(0, 1001)
            .mapToObj(i -> "use_backend b%d if { hdr(host) h%d.test }".formatted(i, i));
    var backends =
        IntStream.range(0, 1001)
            .mapToObj(i -> "backend b%d\n  server s 192.0.2.1:80\n".formatted(i))
            .collect(Collectors.joining());
    var text = Cfg.DEFAULTS + "frontend f\n  bind :80\n  default_backend b0\n  ";
    var errors =
        Cfg.errors(Cfg.read(text + lines.collect(Collectors.joining("\n  ")) + "\n" + backends));
    assertTrue(
        errors.toString().contains("the conditions make 1000 routes")
            || errors.toString().contains("pools"),
        errors::toString);
  }

  @Test
  void moreHostsAndPathsThanCanBeCombinedAreRefused() {
    var lines =
        IntStream.range(0, 300)
            .mapToObj(
                i -> "use_backend api if { hdr(host) h%d.test } { path /p%d }".formatted(i, i));
    only("300 hosts and 300 paths, too many", front(lines.toArray(String[]::new)));
  }
}
