package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.RouteMatchSpec;
import dev.weir.api.v1alpha1.RouteSpec;
import dev.weir.api.v1alpha1.TlsSpec;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What lines become that choose by the ClientHello of TLS.
class SniLinesTest {
  private static final String BACKENDS =
      """
      defaults
        timeout connect 5s
        timeout client 60s
        timeout server 60s
      backend web
        server one 192.0.2.1:443
      backend shop
        server one 192.0.2.2:443
      frontend f
        bind :443
      """;

  private static Imported front(String... lines) {
    return Cfg.read(BACKENDS + "  " + String.join("\n  ", lines) + "\n");
  }

  private static String text(RouteSpec route) {
    var alpn =
        Objects.requireNonNullElse(route.matches(), List.<RouteMatchSpec>of()).stream()
            .map(RouteMatchSpec::alpn)
            .collect(Collectors.joining(","));
    return Objects.requireNonNull(route.backends()).getFirst().pool()
        + " "
        + String.join(",", Objects.requireNonNullElse(route.hosts(), List.of("any")))
        + " "
        + (alpn.isEmpty() ? "any" : alpn);
  }

  private static List<String> texts(Imported imported) {
    return Objects.requireNonNull(Cfg.spec(imported).routes()).stream()
        .map(SniLinesTest::text)
        .sorted()
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "use_backend shop if { req_ssl_sni -i shop.example.com } | shop shop.example.com any",
        "use_backend shop if { req.ssl_sni a.test b.test } | shop a.test,b.test any",
        "use_backend shop if { req.ssl_sni,lower -m end .test } | shop *.test any",
        "use_backend shop if { req.ssl_hello_type 1 } { req.ssl_sni a.test } | shop a.test any",
        "use_backend shop unless { req_ssl_sni a.test } | shop any any;web a.test any",
        "use_backend shop if { req.ssl_alpn acme-tls/1 } | shop any acme-tls/1",
        "use_backend shop if { req.ssl_sni a.test } { req.ssl_alpn h2 } | shop a.test h2",
      })
  void aConditionBecomesNamesAndProtocols(String line, String wanted) {
    var imported = front(line, "default_backend web");
    assertEquals(List.of(), Cfg.errors(imported));
    assertEquals(List.of(wanted.split(";")), texts(imported));
    var listener = Objects.requireNonNull(Cfg.spec(imported).listeners()).getFirst();
    assertEquals(ListenerSpec.Protocol.TCP, listener.protocol());
    assertEquals(TlsSpec.Mode.Passthrough, Objects.requireNonNull(listener.tls()).mode());
    assertEquals("web", listener.defaultPool());
  }

  @Test
  void theUsualFileIsTakenOverWhole() {
    var imported =
        front(
            "mode tcp",
            "option tcplog",
            "tcp-request inspect-delay 3s",
            "tcp-request content accept if { req_ssl_hello_type 1 }",
            "acl shop req.ssl_sni -i shop.example.com",
            "use_backend shop if shop");
    assertEquals(List.of(), Cfg.errors(imported));
    assertEquals(List.of("shop shop.example.com any"), texts(imported));
    var listener = Objects.requireNonNull(Cfg.spec(imported).listeners()).getFirst();
    var timeouts = listener.timeouts();
    assertNotNull(timeouts);
    assertEquals("3s", timeouts.header());
    assertEquals("1m", timeouts.idle());
    assertNull(listener.defaultPool());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "use_backend shop if !{ req.ssl_hello_type 1 } | what is not TLS goes to the default backend",
        "use_backend shop if { req.ssl_sni -m reg ^a } | '-m reg'",
        "use_backend shop if { req.ssl_alpn h2,http/1.1 } | is not the name of one protocol",
        "use_backend shop if { hdr(host) a.test } | mode tcp has none",
        "tcp-request content reject | knows only 'accept if",
        "tcp-request content accept | knows only 'accept if",
      })
  void whatCannotBeToldApartIsRefused(String line, String message) {
    var errors = Cfg.errors(front(line, "default_backend web"));
    assertEquals(1, errors.size(), errors::toString);
    assertTrue(errors.getFirst().contains(message), errors::toString);
  }

  @Test
  void modeHttpCannotLookIntoTls() {
    var errors =
        Cfg.errors(
            Cfg.read(
                Cfg.DEFAULTS
                    + "backend web\n  server one 192.0.2.1:80\nfrontend f\n  bind :80\n"
                    + "  use_backend web if { req.ssl_sni a.test }\n  default_backend web\n"));
    assertTrue(errors.getFirst().contains("write mode tcp"), errors::toString);
  }
}
