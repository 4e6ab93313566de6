package dev.weir.controller.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AuthenticationTest {
  private final AtomicInteger asked = new AtomicInteger();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private Authenticator.Answer answer =
      new Authenticator.Answer.Known(new ProxyIdentity("web", "shop-weir"));
  private final Authenticator cache =
      new CachingAuthenticator(
          token -> {
            asked.incrementAndGet();
            return answer;
          },
          (InstantSource) () -> now);

  private void pass(Duration time) {
    now = now.plus(time);
  }

  @Test
  void aKnownTokenOutlivesAnOutageForFiveMinutes() {
    cache.authenticate("t");
    answer = new Authenticator.Answer.Unavailable("away");
    pass(Duration.ofSeconds(299));
    assertInstanceOf(Authenticator.Answer.Known.class, cache.authenticate("t"));
    assertEquals(1, asked.get());
    pass(Duration.ofSeconds(2));
    assertInstanceOf(Authenticator.Answer.Unavailable.class, cache.authenticate("t"));
  }

  @Test
  void anotherTokenIsAskedFor() {
    cache.authenticate("t");
    answer = new Authenticator.Answer.Refused("no");
    assertInstanceOf(Authenticator.Answer.Refused.class, cache.authenticate("u"));
    assertInstanceOf(Authenticator.Answer.Known.class, cache.authenticate("t"));
  }

  @Test
  void aRefusalIsRememberedForTenSecondsAndAnOutageNotAtAll() {
    answer = new Authenticator.Answer.Refused("no");
    cache.authenticate("t");
    cache.authenticate("t");
    assertEquals(1, asked.get());
    pass(Duration.ofSeconds(11));
    answer = new Authenticator.Answer.Unavailable("away");
    cache.authenticate("t");
    cache.authenticate("t");
    assertEquals(3, asked.get());
  }

  @Test
  void anAnswerIsNotRememberedLongerThanTheTokenLives() {
    String payload = "{\"exp\":" + now.plusSeconds(60).getEpochSecond() + "}";
    String token =
        "e30."
            + Base64.getUrlEncoder().withoutPadding().encodeToString(payload.getBytes(UTF_8))
            + ".x";
    cache.authenticate(token);
    pass(Duration.ofSeconds(59));
    cache.authenticate(token);
    assertEquals(1, asked.get());
    pass(Duration.ofSeconds(2));
    cache.authenticate(token);
    assertEquals(2, asked.get());
  }

  @Test
  void aServiceAccountIsReadFromItsUserName() {
    assertEquals(
        new ProxyIdentity("web", "shop-weir"),
        ProxyIdentity.ofUserName("system:serviceaccount:web:shop-weir", null, null));
    for (String other :
        Set.of("admin", "system:serviceaccount:web", "system:serviceaccount::x", "system:node:a")) {
      assertThrows(
          IllegalArgumentException.class, () -> ProxyIdentity.ofUserName(other, null, null));
    }
  }

  @Test
  void allReplicasShareOneCaAndAStoredCaThatIsDamagedIsNotReplaced() throws Exception {
    var store = new StreamHarness.MemoryCaStore();
    var first = ControllerCa.of(store, InstantSource.system());
    var second = ControllerCa.of(store, InstantSource.system());
    assertEquals(first.certificatePem(), second.certificatePem());
    var one = first.issue(Set.of("a.example", "10.1.2.3"), Instant.now());
    var two = second.issue(Set.of("a.example"), Instant.now());
    assertNotEquals(one.certificate().getSerialNumber(), two.certificate().getSerialNumber());
    assertEquals(
        Set.of(
            "a.example",
            "10.1.2.3",
            "localhost",
            "127.0.0.1",
            "0:0:0:0:0:0:0:1",
            "spiffe://weir.dev/controller"),
        one.certificate().getSubjectAlternativeNames().stream()
            .map(name -> name.get(1))
            .collect(java.util.stream.Collectors.toSet()));

    var stored = Objects.requireNonNull(store.load());
    var foreign = new StreamHarness.MemoryCaStore();
    ControllerCa.of(foreign, InstantSource.system());
    for (var damaged :
        Set.of(
            new CaStore.Material("garbage", stored.key(), null),
            new CaStore.Material(stored.certificates(), "garbage", null),
            new CaStore.Material(
                stored.certificates(), Objects.requireNonNull(foreign.load()).key(), null))) {
      var broken = new StreamHarness.MemoryCaStore();
      broken.createIfAbsent(damaged);
      assertThrows(IOException.class, () -> ControllerCa.of(broken, InstantSource.system()));
    }
    InstantSource later = () -> Instant.now().plus(Duration.ofDays(4000));
    assertThrows(IOException.class, () -> ControllerCa.of(store, later));
  }
}
