package dev.weir.proxy.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Transport;
import dev.weir.proxy.testkit.Await;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private final EventLoops loops = EventLoops.start(Transport.detect(), 1);
  private final ConcurrentLinkedQueue<String> changes = new ConcurrentLinkedQueue<>();
  @TempDir Path directory;
  private FakeNameServer server;
  private Names names;

  @BeforeEach
  void start() throws IOException {
    server = new FakeNameServer();
    Files.writeString(
        directory.resolve("hosts"), "192.0.2.1 fixed Also # a comment\n::7 fixed\nnonsense\n");
    names =
        new Names(
            loops,
            new SingletonDnsServerAddressStreamProvider(server.address()),
            directory.resolve("hosts"),
            changes::add);
  }

  @AfterEach
  void stop() throws InterruptedException {
    loops.stop(Duration.ofSeconds(1));
    server.close();
  }

  @Test
  void allAddressesOfBothFamiliesAreKnownInAStableOrder() throws Exception {
    server.answer(60, "10.0.0.2", "10.0.0.1", "2001:db8::1");
    names.watch(Set.of("web.example."), PATIENCE);
    assertEquals(
        addresses("10.0.0.1", "10.0.0.2", "2001:db8::1"),
        names.resolution("web.example.").addresses());
    assertNull(names.resolution("web.example.").problem());
    Await.until("the change was told", () -> List.copyOf(changes).equals(List.of("web.example.")));
  }

  @Test
  void aNameIsAskedForAgainWhenItsTimeToLiveIsOver() throws Exception {
    server.answer(1, "10.0.0.1");
    names.watch(Set.of("web.example."), PATIENCE);
    server.answer(1, "10.0.0.2");
    Await.until(
        "the new address",
        () -> names.resolution("web.example.").addresses().equals(addresses("10.0.0.2")));
    Await.until("both changes were told", () -> changes.size() == 2);
  }

  @Test
  void aNameThatIsGoneKeepsItsLastGoodAddressesAndSaysWhy() throws Exception {
    server.answer(1, "10.0.0.1");
    names.watch(Set.of("web.example."), PATIENCE);
    server.answer(1);
    Await.until(
        "the problem", () -> "no such name".equals(names.resolution("web.example.").problem()));
    assertEquals(addresses("10.0.0.1"), names.resolution("web.example.").addresses());
    server.answer(1, "10.0.0.1");
    Await.until("good again", () -> names.resolution("web.example.").problem() == null);
  }

  @Test
  void aNameThatNeverResolvedHasNoAddressAndASilentServerHoldsNobodyUp() throws Exception {
    server.answer(1);
    names.watch(Set.of("missing.example."), PATIENCE);
    assertTrue(names.resolution("missing.example.").addresses().isEmpty());
    assertEquals("no such name", names.resolution("missing.example.").problem());
    server.silent();
    long start = System.nanoTime();
    names.watch(Set.of("missing.example.", "slow.example."), Duration.ofMillis(100));
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(3).toNanos());
    assertNotNull(names.resolution("slow.example.").problem());
    Await.until(
        "the reason",
        Duration.ofSeconds(20),
        () -> "no answer from the name server".equals(names.resolution("slow.example.").problem()));
  }

  @Test
  void theHostsFileComesFirstAndIsReadAgain() throws Exception {
    names.watch(Set.of("fixed", "also"), PATIENCE);
    assertEquals(addresses("192.0.2.1", "::7"), names.resolution("fixed").addresses());
    assertEquals(addresses("192.0.2.1"), names.resolution("also").addresses());
    assertEquals(0, server.questions());
    Files.writeString(directory.resolve("hosts"), "192.0.2.99 fixed also\n");
    Await.until(
        "the new address",
        () -> names.resolution("fixed").addresses().equals(addresses("192.0.2.99")));
  }

  @Test
  void aNameThatNobodyWantsIsForgotten() throws Exception {
    server.answer(1, "10.0.0.1");
    names.watch(Set.of("web.example."), PATIENCE);
    names.watch(Set.of(), PATIENCE);
    assertEquals("not resolved yet", names.resolution("web.example.").problem());
  }

  private static List<InetAddress> addresses(String... literals) {
    return List.of(literals).stream().map(InetAddress::ofLiteral).toList();
  }
}
