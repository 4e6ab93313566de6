package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.api.v1alpha1.HeaderEditsSpec;
import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.RouteSpec;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What lines about TLS become.
class TlsLinesTest {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .annotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                @Override
                public boolean hasIgnoreMarker(AnnotatedMember member) {
                  return false;
                }
              })
          .build();

  private static ListenerSpec second(Imported imported) {
    return Cfg.spec(imported).listeners().get(1);
  }

  private static String json(@Nullable Object value) {
    return MAPPER.valueToTree(value).toString().replace("\"", "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "crt a.pem | {certificates:[{file:{certificate:a.pem}}]}",
        "crt a.pem crt /b crt a.pem | {certificates:[{file:{certificate:a.pem}},{file:{certificate:/b}}]}",
        "crt a default-crt b | {certificates:[{file:{certificate:b}},{file:{certificate:a}}]}",
        "crt a no-sslv3 no-tlsv10 no-tlsv11 | {certificates:[{file:{certificate:a}}]}",
        "crt a ssl-min-ver TLSv1.3 | {certificates:[{file:{certificate:a}}],minVersion:TLS13}",
        "crt a ssl-min-ver TLSv1.0 | {certificates:[{file:{certificate:a}}],minVersion:TLS12}",
        "crt a no-tlsv12 | {certificates:[{file:{certificate:a}}],minVersion:TLS13}",
        "crt a ssl-max-ver TLSv1.3 strict-sni | {certificates:[{file:{certificate:a}}],knownNamesOnly:true}",
        "crt a strict-sni no-strict-sni | {certificates:[{file:{certificate:a}}]}",
        "crt a ciphers AES128-GCM-SHA256:!aNULL:DHE-RSA-AES128-SHA | {certificates:[{file:{certificate:a}}],ciphers:[AES128-GCM-SHA256]}",
        "crt a ciphers HIGH:!aNULL:!MD5 | {certificates:[{file:{certificate:a}}]}",
        "crt a verify none ca-file b | {certificates:[{file:{certificate:a}}]}",
        "crt a verify required ca-file b | {certificates:[{file:{certificate:a}}],clientAuth:{mode:Required,ca:{file:{certificates:b}}}}",
        "crt a verify optional ca-file b crl-file c | {certificates:[{file:{certificate:a}}],clientAuth:{mode:Optional,ca:{file:{certificates:b,crl:c}}}}",
      })
  void aBindBecomesTls(String words, String wanted) {
    assertEquals(wanted, json(second(Cfg.listen("bind :443 ssl " + words)).tls()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "ssl crt a | null",
        "ssl crt a alpn h2,http/1.1 | [HTTP1,HTTP2]",
        "ssl crt a alpn http/1.1 | [HTTP1]",
        "ssl crt a alpn h2 | [HTTP2]",
        "ssl crt a no-alpn | [HTTP1]",
        "proto h2 | [HTTP2]",
      })
  void aBindSaysWhichHttpIsSpoken(String words, String wanted) {
    var http = Objects.requireNonNull(second(Cfg.listen("bind :443 " + words)).http());
    assertEquals(wanted, json(http.versions()));
  }

  @Test
  void withoutSslTheOtherWordsHaveNoEffect() {
    var imported = Cfg.listen("bind :443 crt a.pem");
    assertNull(second(imported).tls());
    assertTrue(
        Cfg.notices(imported).stream().anyMatch(n -> n.contains("has no effect without 'ssl'")));
  }

  @Test
  void globalSaysWhatBindsAndServersDoNotSay() {
    var text =
        """
        global
          ca-base /ca
          crt-base /crt
          ssl-default-bind-options ssl-min-ver TLSv1.3
          ssl-default-bind-ciphers AES128-GCM-SHA256
          ssl-default-server-ciphers AES256-GCM-SHA384
          ssl-server-verify none
        """
            + Cfg.DEFAULTS
            + """
            listen web
              bind :443 ssl crt a.pem
              bind :444 ssl crt /b.pem ssl-min-ver TLSv1.2 verify required ca-file c.pem
              server one 192.0.2.1:443 ssl
            """;
    var spec = Cfg.spec(Cfg.read(text));
    assertEquals(
        "{certificates:[{file:{certificate:/crt/a.pem}}],minVersion:TLS13,ciphers:[AES128-GCM-SHA256]}",
        json(spec.listeners().get(0).tls()));
    assertEquals(
        "{certificates:[{file:{certificate:/b.pem}}],minVersion:TLS12,ciphers:[AES128-GCM-SHA256],"
            + "clientAuth:{mode:Required,ca:{file:{certificates:/ca/c.pem}}}}",
        json(spec.listeners().get(1).tls()));
    assertEquals(
        "{verify:false,ciphers:[AES256-GCM-SHA384]}",
        json(Objects.requireNonNull(spec.pools()).getFirst().tls()));
  }

  @Test
  void globalSaysWhetherKnownNamesAloneAreServed() {
    var text =
        "global\n  ssl-default-bind-options no-sslv3 strict-sni\n"
            + Cfg.DEFAULTS
            + """
            listen web
              bind :443 ssl crt a.pem
              bind :444 ssl crt b.pem no-strict-sni
              server one 192.0.2.1:80
            """;
    var listeners = Cfg.spec(Cfg.read(text)).listeners();
    assertEquals(
        "{certificates:[{file:{certificate:a.pem}}],knownNamesOnly:true}",
        json(listeners.get(0).tls()));
    assertEquals("{certificates:[{file:{certificate:b.pem}}]}", json(listeners.get(1).tls()));
  }

  @Test
  void addressesOfAllFamiliesAreOneListenerWithTlsToo() {
    var imported =
        Cfg.read(
            Cfg.DEFAULTS
                + "listen web\n  bind *:443 ssl crt a\n  bind [::]:443 ssl crt a\n"
                + "  server one 192.0.2.1:80\n");
    assertEquals(
        List.of("*"), Cfg.spec(imported).listeners().stream().map(ListenerSpec::address).toList());
  }

  @Test
  void modeTcpEndsTlsToo() {
    var imported = Cfg.listen("mode tcp", "bind :443 ssl crt a alpn h2");
    assertEquals("{certificates:[{file:{certificate:a}}]}", json(second(imported).tls()));
    assertNull(second(imported).http());
    assertTrue(Cfg.notices(imported).stream().anyMatch(n -> n.contains("no protocol is offered")));
  }

  @Test
  void secretsOfTicketsAreTheProcesss() {
    var line = "bind :443 ssl crt a tls-ticket-keys /run/tickets";
    assertEquals(
        "/run/tickets", String.valueOf(Cfg.listen(line).processSettings().ticketSecrets()));
    var errors = Cfg.errors(Cfg.listen(line, "bind :444 ssl crt a tls-ticket-keys /other"));
    assertEquals(1, errors.size(), errors::toString);
    assertTrue(errors.getFirst().contains("a process has one file of them"), errors::toString);
  }

  private static Imported both(String... lines) {
    return Cfg.listen(
        Stream.concat(Stream.of("bind :443 ssl crt a.pem"), Stream.of(lines))
            .toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "http-request redirect scheme https unless { ssl_fc } | [web-80]",
        "http-request redirect scheme https code 301 if !{ ssl_fc } | [web-80]",
        "redirect scheme https if !{ ssl_fc } | [web-80]",
        "redirect scheme http if { ssl_fc } | [web-443]",
      })
  void aRedirectByTlsIsARouteOfTheOtherListeners(String line, String listeners) {
    var routes = Objects.requireNonNull(Cfg.spec(both(line)).routes());
    assertEquals(1, routes.size());
    assertEquals(listeners, json(routes.getFirst().listeners()));
    assertNull(routes.getFirst().hosts());
    assertNull(routes.getFirst().matches());
  }

  @Test
  void namedConditionsOfTlsGoTogetherWithOthers() {
    var imported =
        both(
            "acl secure ssl_fc",
            "acl api path_beg /api/",
            "http-request redirect scheme https unless secure or api",
            "use_backend web if secure api");
    var routes = Objects.requireNonNull(Cfg.spec(imported).routes());
    assertEquals(
        List.of("[web-80]"),
        routes.stream()
            .filter(r -> r.redirect() != null)
            .map(RouteSpec::listeners)
            .map(TlsLinesTest::json)
            .distinct()
            .toList());
  }

  private static List<String> set(@Nullable HeaderEditsSpec edits) {
    return edits == null || edits.set() == null
        ? List.of()
        : edits.set().stream().map(field -> field.name() + "=" + field.value()).toList();
  }

  @Test
  void headersByTlsAreThoseOfTheirListeners() {
    var imported =
        both(
            "acl secure ssl_fc",
            "http-request set-header X-Proto https if { ssl_fc }",
            "http-request set-header X-Proto http unless secure",
            "http-request set-header X-Ssl %[ssl_fc],%[dst_port],%[ssl_c_verify]",
            "http-response set-header X-Hsts yes if secure");
    var listeners = Cfg.spec(imported).listeners();
    assertEquals(List.of("X-Proto=http", "X-Ssl=0,80,"), set(listeners.get(0).requestHeaders()));
    assertEquals(List.of("X-Proto=https", "X-Ssl=1,443,0"), set(listeners.get(1).requestHeaders()));
    assertEquals(List.of(), set(listeners.get(0).responseHeaders()));
    assertEquals(List.of("X-Hsts=yes"), set(listeners.get(1).responseHeaders()));
    assertTrue(imported.report().lines().values().stream().allMatch(Report.Outcome.Mapped::equals));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "%[ssl_c_s_dn] | %{tls.client.subject}",
        "%{+Q}[ssl_c_s_dn] | \"%{tls.client.subject}\"",
        "%{+Q}[ssl_c_verify] | \"0\"",
        "%[ssl_c_i_dn(,0,rfc2253)] | %{tls.client.issuer}",
        "%[ssl_c_serial,hex] | %{tls.client.serial}",
        "%[ssl_c_der,sha2(256),hex] | %{tls.client.fingerprint}",
        "%[ssl_fc_protocol]/%[ssl_fc_cipher] | %{tls.version}/%{tls.cipher}",
        "%[ssl_fc_sni] | %{tls.sni}",
      })
  void aSampleOfTlsBecomesAVariable(String value, String wanted) {
    var imported = both("http-request set-header A '" + value + "'");
    assertEquals(List.of("A=" + wanted), set(second(imported).requestHeaders()));
  }

  @Test
  void aBackendCannotTellClientsApart() {
    var text =
        Cfg.DEFAULTS
            + "frontend f\n  bind :80\n  %s\n  default_backend b\n"
            + "backend b\n  http-request set-header A b if { ssl_fc }\n  server s 192.0.2.1:80\n";
    var alone =
        Cfg.spec(Cfg.read(text.formatted("bind :443 ssl crt a").replace("  bind :80\n", "")));
    assertEquals(
        List.of("A=b"), set(Objects.requireNonNull(alone.pools()).getFirst().requestHeaders()));
    var errors = Cfg.errors(Cfg.read(text.formatted("bind :443 ssl crt a")));
    assertEquals(1, errors.size(), errors::toString);
    assertTrue(errors.getFirst().contains("write the line in the frontends"), errors::toString);
  }

  @Test
  void alpnOfServersChoosesHttp2WhereItIsAlone() {
    var pool =
        Objects.requireNonNull(
            Cfg.pool(
                Cfg.read(
                    Cfg.DEFAULTS
                        + "listen web\n  bind :80\n"
                        + "  server one 192.0.2.1:443 ssl alpn h2 check-sni a.test verifyhost a.test\n")));
    assertEquals("HTTP2", String.valueOf(pool.protocol()));
    assertEquals("a.test", Objects.requireNonNull(pool.tls()).serverName());
  }
}
