package dev.weir.controller.stream;

import static dev.weir.controller.stream.StreamHarness.await;
import static dev.weir.controller.stream.StreamHarness.lb;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.stream.Frame;
import dev.weir.config.stream.ProxyGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Secrets of session tickets: made once, replaced in time, the same for all proxies of a group.
class TicketsTest {
  private static final ProxyGroup EDGE = new ProxyGroup.Fleet("edge");
  private static final ProxyGroup OTHER = new ProxyGroup.Own("web", "shop");

  private final Store store = new Store();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private int changes;

  /// What replicas share.
  private static final class Store implements TicketStore {
    private @Nullable Material material;
    private boolean away;

    @Override
    public @Nullable Material load() throws IOException {
      if (away) {
        throw new IOException("the API server is away");
      }
      return material;
    }

    @Override
    public Material createIfAbsent(Material made) {
      Material present = material;
      material = present == null ? made : present;
      return present == null ? made : present;
    }

    @Override
    public void replace(Material loaded, Material made) throws IOException {
      if (!loaded.equals(material)) {
        throw new IOException("changed meanwhile");
      }
      material = made;
    }
  }

  private Tickets replica() {
    return new Tickets(store, () -> now, () -> changes++);
  }

  private void later() {
    now = now.plus(Tickets.ROTATION);
  }

  @Test
  void allReplicasHaveTheSameAndEveryGroupItsOwn() {
    var one = replica();
    var other = replica();
    assertEquals(List.of(), one.of(EDGE));
    one.refresh();
    other.refresh();
    assertEquals(one.of(EDGE), other.of(EDGE));
    assertEquals(2, new HashSet<>(one.of(EDGE)).size());
    assertTrue(one.of(EDGE).stream().noneMatch(one.of(OTHER)::contains));
    one.refresh();
    assertEquals(2, changes);
  }

  @Test
  void whoeverIsBehindAFewStepsOrNoneKnowsTheSecretOfEachTicket() {
    var ahead = replica();
    ahead.refresh();
    var told = new ArrayList<List<String>>();
    told.add(ahead.of(EDGE));
    for (int i = 0; i < 5; i++) {
      later();
      ahead.refresh();
      var latest = ahead.of(EDGE);
      var before = told.getLast();
      assertEquals(3, latest.size());
      assertNotEquals(before.getFirst(), latest.getFirst());
      assertTrue(before.contains(latest.getFirst()), "the next one was told before");
      assertTrue(latest.contains(before.getFirst()), "the last one is still known");
      told.add(latest);
    }
    assertEquals(6, changes);
  }

  @Test
  void oneOfTwoReplicasRotatesAndTheOtherFollows() {
    var one = replica();
    var other = replica();
    one.refresh();
    other.refresh();
    later();
    one.refresh();
    var rotated = one.of(EDGE);
    other.refresh();
    one.refresh();
    assertEquals(rotated, other.of(EDGE));
    assertEquals(rotated, one.of(EDGE));
  }

  @Test
  void withoutTheStoreTheyStay() {
    var one = replica();
    one.refresh();
    var before = one.of(EDGE);
    store.away = true;
    later();
    one.refresh();
    assertEquals(before, one.of(EDGE));
    store.away = false;
    store.material = null;
    one.refresh();
    assertNotEquals(before, one.of(EDGE));
  }

  @Test
  void proxiesAreToldAndKeepThemNowhere(@TempDir Path directory) throws Exception {
    var tickets = replica();
    tickets.refresh();
    try (var harness = new StreamHarness(directory)) {
      var server = harness.startServer();
      server.tickets(tickets::of);
      harness.source.set(lb("ns/a", "{\"a\":1}"));
      Path state = Files.createDirectory(directory.resolve("state"));
      var proxy = harness.proxy("p1", "test", state);
      await("told", () -> proxy.current() && proxy.tickets.size() == 1);
      assertEquals(tickets.of(StreamHarness.FLEET), encoded(proxy.tickets.getFirst()));
      later();
      tickets.refresh();
      server.allChanged();
      await("told again", () -> proxy.tickets.size() == 2);
      assertEquals(tickets.of(StreamHarness.FLEET), encoded(proxy.tickets.getLast()));
      Path good = state.resolve("last-known-good");
      await("written", () -> Files.exists(good));
      String written = Files.readString(good);
      assertTrue(tickets.of(StreamHarness.FLEET).stream().noneMatch(written::contains));
      var frame = new Frame.Tickets(tickets.of(StreamHarness.FLEET));
      assertFalse(frame.toString().contains(frame.secrets().getFirst()), frame::toString);
    }
  }

  private static List<String> encoded(List<byte[]> secrets) {
    return secrets.stream().map(one -> Base64.getEncoder().encodeToString(one)).toList();
  }
}
