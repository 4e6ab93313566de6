package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.api.v1alpha1.ForwardedSpec;
import dev.weir.api.v1alpha1.HeaderEditsSpec;
import dev.weir.api.v1alpha1.HeaderEditsSpec.Field;
import dev.weir.config.haproxy.Report.Outcome;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What several lines that edit headers are together.
class HeaderLinesTest {
  private static final String FRONT = "frontend web\n  bind :80\n  default_backend apps\n  ";
  private static final String BACK = "\nbackend apps\n  server one 192.0.2.1:80\n  ";

  private static Imported sections(String front, String back) {
    return Cfg.read(Cfg.DEFAULTS + FRONT + front + BACK + back + "\n");
  }

  private static void only(String message, Imported imported) {
    var errors = Cfg.errors(imported);
    assertEquals(1, errors.size(), errors::toString);
    assertTrue(errors.getFirst().contains(message), errors::toString);
  }

  private static ForwardedSpec forwarded(Imported imported) {
    return Objects.requireNonNull(
        Objects.requireNonNull(Cfg.listener(imported).http()).forwarded());
  }

  @Test
  void linesOfOneNameHaveTheirEffectTogether() {
    var imported =
        Cfg.listen(
            "http-request add-header X-A 1",
            "http-request set-header x-a 2",
            "http-request add-header X-A 3",
            "http-request set-header X-B 4",
            "http-request del-header X-B",
            "http-request del-header X-C",
            "http-request add-header X-C 5",
            "http-request add-header X-D 6",
            "http-request add-header X-D 7");
    assertEquals(
        new HeaderEditsSpec(
            List.of(new Field("x-a", "2"), new Field("X-C", "5")),
            List.of(new Field("X-A", "3"), new Field("X-D", "6"), new Field("X-D", "7")),
            List.of("X-B")),
        Cfg.listener(imported).requestHeaders());
    assertEquals(Outcome.Noted, imported.report().lines().get(9));
    assertEquals(Outcome.Mapped, imported.report().lines().get(10));
  }

  @Test
  void aFrontendsLinesAreTheListenersAndABackendsThePools() {
    var imported = sections("http-request set-header X-A f", "http-request set-header X-A b");
    assertEquals(
        new HeaderEditsSpec(List.of(new Field("X-A", "f")), null, null),
        Cfg.listener(imported).requestHeaders());
    assertEquals(
        new HeaderEditsSpec(List.of(new Field("X-A", "b")), null, null),
        Objects.requireNonNull(Cfg.pool(imported)).requestHeaders());
  }

  @Test
  void responsesThatBothSectionsEditInTheOtherOrderAreRefused() {
    only(
        "'x-a' of responses is edited in backend apps too (line 12)",
        sections("http-response set-header X-A f", "http-response set-header X-A b"));
    var same = sections("http-response del-header X-A", "http-response del-header x-a");
    assertEquals(List.of(), Cfg.errors(same));
  }

  @Test
  void forwardForAfterARemovalBelievesNobody() {
    var imported = Cfg.listen("option forwardfor", "http-request del-header X-Forwarded-For");
    assertEquals(new ForwardedSpec(ForwardedSpec.Headers.XForwarded, null), forwarded(imported));
    assertNull(edits(imported));
    assertEquals(Outcome.Mapped, imported.report().lines().get(10));
  }

  private static @Nullable HeaderEditsSpec edits(Imported imported) {
    var edits = Cfg.listener(imported).requestHeaders();
    return edits == null || edits.equals(new HeaderEditsSpec(null, null, null)) ? null : edits;
  }

  @Test
  void withoutForwardForARemovalIsARemoval() {
    var imported = Cfg.listen("http-request del-header X-Forwarded-For");
    assertEquals(new HeaderEditsSpec(null, null, List.of("X-Forwarded-For")), edits(imported));
    assertEquals(ForwardedSpec.Headers.None, forwarded(imported).headers());
  }

  @Test
  void whatForwardForWouldAppendToIsRefused() {
    only(
        "'option forwardfor' appends to X-Forwarded-For after this: remove one of the two",
        Cfg.listen("option forwardfor", "http-request set-header X-Forwarded-For %[src]"));
    only(
        "write the line in the frontend",
        sections("option forwardfor", "http-request del-header X-Forwarded-For"));
  }

  @Test
  void anAddedForwardingFieldReplacesOurs() {
    var imported =
        Cfg.listen("option forwardfor", "http-request add-header X-Forwarded-Proto https");
    assertEquals(
        new HeaderEditsSpec(List.of(new Field("X-Forwarded-Proto", "https")), null, null),
        edits(imported));
    assertTrue(
        Cfg.notices(imported).stream().anyMatch(n -> n.contains("Weir writes X-Forwarded-Proto")));
  }

  @Test
  void thereAreAtMostSixteen() {
    var lines = IntStream.range(0, 17).mapToObj(i -> "http-request add-header X-" + i + " v");
    only("'add' has at most 16 entries", Cfg.listen(lines.toArray(String[]::new)));
  }

  @Test
  void linesOfAListenThatOthersUseAreRefused() {
    var text =
        Cfg.listenText("http-request del-header X-A")
            + "frontend other\n  bind :81\n  default_backend web\n";
    only("other sections send traffic here as well", Cfg.read(text));
  }

  @Test
  void linesOfAListenWhosePoolOnlyOthersUseAreBoths() {
    var text =
        Cfg.listenText("http-request del-header X-A", "default_backend apps")
            + "frontend other\n  bind :81\n  default_backend web\n"
            + "backend apps\n  server one 192.0.2.9:80\n";
    var spec = Cfg.spec(Cfg.read(text));
    var removed = new HeaderEditsSpec(null, null, List.of("X-A"));
    assertEquals(
        Stream.of(removed, null).collect(Collectors.toList()),
        spec.listeners().stream().map(l -> l.requestHeaders()).toList());
    assertEquals(
        Stream.of(removed, null).collect(Collectors.toList()),
        Objects.requireNonNull(spec.pools()).stream().map(p -> p.requestHeaders()).toList());
  }

  @Test
  void linesOfModeTcpHaveNoEffect() {
    var imported = Cfg.listen("mode tcp", "http-request del-header X-A");
    assertNull(Cfg.listener(imported).requestHeaders());
    assertEquals(Outcome.Noted, imported.report().lines().get(10));
  }
}
