package dev.weir.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.BindClaims.Claim;
import dev.weir.config.ListenerConfig.Protocol;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Who may share a bind.
class BindClaimsTest {
  private static final BindConfig PORT = new BindConfig("*", 80);
  private static final ConnectionSettings USUAL = settings(Duration.ofSeconds(10), 0);

  private static ConnectionSettings settings(Duration header, int connections) {
    return new ConnectionSettings(
        Protocol.HTTP,
        false,
        false,
        header,
        connections,
        0,
        32768,
        128,
        new ListenerConfig.Versions(true, true, 128),
        null);
  }

  private static Claim claim(String loadBalancer, String... hosts) {
    return new Claim(loadBalancer, "http", PORT, List.of(hosts), USUAL);
  }

  /// What the last one is told, beside all those before it.
  private static @Nullable String conflict(Claim... claims) {
    var held = new BindClaims();
    for (int i = 0; i < claims.length - 1; i++) {
      assertEquals(null, held.conflict(claims[i]));
      held.hold(claims[i]);
    }
    var conflict = held.conflict(claims[claims.length - 1]);
    return conflict == null ? null : conflict.field() + ": " + conflict.message();
  }

  @Test
  void listenersWithHostsOfTheirOwnShareAPortAndOneMayHaveTheRest() {
    assertEquals(null, conflict(claim("a/x", "x.test"), claim("b/y", "y.test")));
    assertEquals(null, conflict(claim("a/x", "x.test"), claim("b/y")));
    assertEquals(null, conflict(claim("a/x"), claim("b/y", "y.test"), claim("c/z", "*.z.test")));
    assertEquals(
        "port: port 80 is taken by listener http of LoadBalancer a/x;"
            + " listeners that share a port need hosts of their own",
        conflict(claim("a/x"), claim("b/y", "y.test"), claim("c/z")));
  }

  @Test
  void aHostBelongsToOneListener() {
    assertEquals(
        "hosts: host y.test on port 80 is taken by listener http of LoadBalancer a/x",
        conflict(claim("a/x", "x.test", "y.test"), claim("a/y", "z.test", "y.test")));
    assertEquals(
        "hosts: host *.y.test on port 80 is taken by listener http of LoadBalancer a/x",
        conflict(claim("a/x", "*.y.test"), claim("b/y", "*.y.test")));
  }

  @Test
  void withinANamespaceTheMoreSpecificHostWinsAndAnotherNamespaceTakesNothingFromUnderAWildcard() {
    assertEquals(null, conflict(claim("a/x", "*.test"), claim("a/y", "b.test", "*.c.test")));
    assertEquals(null, conflict(claim("a/x", "b.test", "*.c.test"), claim("a/y", "*.test")));
    assertEquals(null, conflict(claim("a/x", "*.test"), claim("b/y", "test")));
    String theirs =
        "hosts: host %s on port 80 overlaps with those of listener http of LoadBalancer a/x,"
            + " in another namespace";
    assertEquals(
        theirs.formatted("b.c.test"), conflict(claim("a/x", "*.test"), claim("b/y", "b.c.test")));
    assertEquals(
        theirs.formatted("*.c.test"), conflict(claim("a/x", "*.test"), claim("b/y", "*.c.test")));
    assertEquals(
        theirs.formatted("*.test"),
        conflict(claim("b/z", "z.test"), claim("a/x", "b.c.test"), claim("b/y", "*.test")));
    assertEquals(
        theirs.formatted("*.test"), conflict(claim("a/x", "*.c.test"), claim("b/y", "*.test")));
  }

  @Test
  void whatHoldsBeforeTheHostIsKnownMustBeTheSame() {
    var patient =
        new Claim("a/y", "slow", PORT, List.of("y.test"), settings(Duration.ofSeconds(11), 0));
    assertEquals(
        "timeouts.header: it must be as in listener http of LoadBalancer a/x,"
            + " which shares port 80",
        conflict(claim("a/x", "x.test"), patient));
    var narrow =
        new Claim("a/x", "few", PORT, List.of("y.test"), settings(Duration.ofSeconds(10), 5));
    assertEquals(
        "limits.connections: it must be as in listener http, which shares port 80",
        conflict(claim("a/x", "x.test"), narrow));
  }

  @Test
  void bindsThatOverlapAndAreNotEqualAreNeverShared() {
    var inside = new Claim("a/y", "http", new BindConfig("10.0.0.1", 80), List.of("y.test"), USUAL);
    assertEquals(
        "port: port 80 on 10.0.0.1 is taken by listener http of LoadBalancer a/x",
        conflict(claim("a/x", "x.test"), inside));
    var elsewhere = new Claim("a/y", "http", new BindConfig("*", 81), List.of("x.test"), USUAL);
    assertEquals(null, conflict(claim("a/x", "x.test"), elsewhere));
    var socket = new BindConfig("unix:/run/a.sock", 0);
    assertEquals(
        null,
        conflict(
            new Claim("a/x", "http", socket, List.of("x.test"), USUAL),
            new Claim("a/y", "http", socket, List.of("y.test"), USUAL)));
    assertEquals(
        "address: unix:/run/a.sock is taken by listener http of LoadBalancer a/x;"
            + " listeners that share a port need hosts of their own",
        conflict(
            new Claim("a/x", "http", socket, List.of(), USUAL),
            new Claim("a/y", "http", socket, List.of(), USUAL)));
  }
}
