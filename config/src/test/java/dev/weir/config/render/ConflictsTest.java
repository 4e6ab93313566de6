package dev.weir.config.render;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.LoadBalancerSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConflictsTest {
  private static final Renderer RENDERER = new Renderer(RenderOptions.kubernetes(false));

  private static Conflicts.Candidate candidate(
      String name, @Nullable Integer second, ListenerSpec... listeners) {
    var spec = new LoadBalancerSpec(null, null, Arrays.asList(listeners), null, null, null);
    var created = second == null ? null : Instant.ofEpochSecond(second);
    var resource = new LoadBalancerResource(new ObjectName("ns", name), created, spec);
    var config = RENDERER.render(resource, References.NONE).config();
    if (config == null) {
      throw new IllegalArgumentException(name);
    }
    return new Conflicts.Candidate(resource.name(), created, config);
  }

  private static ListenerSpec on(int port, @Nullable String address) {
    return new ListenerSpec(
        "p" + port,
        port,
        null,
        address,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private static Set<String> losers(Conflicts.Candidate... candidates) {
    var names = new java.util.TreeSet<String>();
    Conflicts.find(List.of(candidates)).keySet().forEach(name -> names.add(name.name()));
    return names;
  }

  @Test
  void theOldestKeepsThePortThenTheFirstByName() {
    assertEquals(
        Set.of("a"), losers(candidate("a", 20, on(80, null)), candidate("b", 10, on(80, null))));
    assertEquals(
        Set.of("b"), losers(candidate("b", 10, on(80, null)), candidate("a", 10, on(80, null))));
    assertEquals(
        Set.of("b"),
        losers(candidate("b", null, on(80, null)), candidate("a", null, on(80, null))));
  }

  @Test
  void aLoserContestsNothing() {
    assertEquals(
        Set.of("b"),
        losers(
            candidate("a", 1, on(80, null)),
            candidate("b", 2, on(80, null), on(81, null)),
            candidate("c", 3, on(81, null))));
  }

  @Test
  void differentAddressesShareAPortAndAWildcardDoesNot() {
    assertEquals(
        Set.of(),
        losers(candidate("a", 1, on(80, "10.0.0.1")), candidate("b", 2, on(80, "10.0.0.2"))));
    assertEquals(
        Set.of("b"), losers(candidate("a", 1, on(80, "10.0.0.1")), candidate("b", 2, on(80, "*"))));
    assertEquals(
        Set.of("b"),
        losers(candidate("a", 1, on(80, "0.0.0.0")), candidate("b", 2, on(80, "10.0.0.1"))));
    assertEquals(
        Set.of(),
        losers(candidate("a", 1, on(80, "0.0.0.0")), candidate("b", 2, on(80, "fd00::1"))));
    assertEquals(
        Set.of("b"),
        losers(candidate("a", 1, on(80, "::")), candidate("b", 2, on(80, "10.0.0.1"))));
    assertEquals(
        Set.of("b"),
        losers(candidate("a", 1, on(80, "::1")), candidate("b", 2, on(80, "0:0:0:0:0:0:0:1"))));
  }

  @Test
  void theProblemNamesListenerPortAndHolder() {
    var found =
        Conflicts.find(List.of(candidate("a", 1, on(80, null)), candidate("b", 2, on(80, null))));
    assertEquals(
        List.of(
            new Problem(
                Problem.Condition.Conflicted,
                "PortConflict",
                "spec.listeners[p80].port",
                "port 80 is taken by listener p80 of LoadBalancer ns/a; listeners that share a port"
                    + " need hosts of their own",
                true)),
        found.get(new ObjectName("ns", "b")));
  }

  @Test
  void theOrderOfCandidatesDoesNotMatter() {
    var candidates = new ArrayList<Conflicts.Candidate>();
    for (int i = 0; i < 60; i++) {
      candidates.add(candidate("n" + i, i % 5, on(80 + i % 17, null), on(8000 + i % 11, null)));
    }
    var expected = Conflicts.find(candidates);
    Collections.shuffle(candidates, new Random(3));
    assertEquals(expected, Conflicts.find(candidates));
  }
}
