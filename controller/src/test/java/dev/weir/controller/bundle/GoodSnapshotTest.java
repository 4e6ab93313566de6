package dev.weir.controller.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.config.stream.Digest;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceKey;
import dev.weir.config.stream.ResourceType;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.Version;
import dev.weir.controller.stream.ProxyInfo;
import dev.weir.controller.stream.SessionState;
import dev.weir.controller.stream.Wanted;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GoodSnapshotTest {
  private static final Version VERSION = new Version("lease", 1, 1, 7);
  private static final Resource OLD_WEB = resource("shop/web", "old");
  private static final Resource NEW_WEB = resource("shop/web", "new");
  private static final Resource API = resource("shop/api", "1");
  private static final Resources LAST = Resources.of(List.of(OLD_WEB));

  private static Resource resource(String name, String body) {
    return Resource.of(
        new ResourceKey(ResourceType.LoadBalancer, name), body.getBytes(StandardCharsets.UTF_8));
  }

  private static Wanted wanted(Set<String> held, Resource... resources) {
    return new Wanted(new Snapshot(VERSION, Resources.of(List.of(resources))), held);
  }

  private static SessionState session(Digest live, boolean current, Rejection... rejected) {
    return new SessionState(
        new ProxyInfo(1, new ProxyGroup.Fleet("edge"), "p", "1", "10.0.0.1", null, false),
        Instant.EPOCH,
        VERSION,
        live,
        current,
        false,
        List.of(rejected),
        List.of(),
        Map.of(),
        Set.of());
  }

  private static @Nullable Snapshot good(Wanted wanted, SessionState... sessions) {
    return GoodSnapshot.of(wanted, Set.of(), List.of(sessions), () -> LAST);
  }

  @Test
  void nothingIsGoodThatNoProxyRuns() {
    var wanted = wanted(Set.of(), NEW_WEB);
    assertNull(good(wanted));
    assertNull(good(wanted, session(LAST.digest(), false)));
  }

  @Test
  void whatOneProxyRunsIsGood() {
    var wanted = wanted(Set.of(), NEW_WEB, API);
    assertEquals(
        wanted.snapshot(),
        good(wanted, session(LAST.digest(), false), session(wanted.snapshot().digest(), true)));
  }

  @Test
  void whatProxiesRejectStaysAsItWas() {
    var wanted = wanted(Set.of(), NEW_WEB, API);
    var refusing =
        session(LAST.digest(), true, new Rejection("shop/web", "Rule", "path", "message"));
    var good = good(wanted, refusing);
    assertNotNull(good);
    assertEquals(Resources.of(List.of(OLD_WEB, API)), good.resources());
  }

  @Test
  void whatIsHeldStaysAsItWas() {
    var wanted = wanted(Set.of("shop/web"), API);
    var good = good(wanted, session(wanted.snapshot().digest(), true));
    assertNotNull(good);
    assertEquals(Resources.of(List.of(OLD_WEB, API)), good.resources());
  }

  @Test
  void aPartThatIsRejectedIsNoReasonToKeepTheWhole() {
    var wanted = wanted(Set.of(), NEW_WEB);
    var certificate =
        new Rejection("shop/web", "TlsUnusable", "path", "message", "listeners[https]");
    assertEquals(
        wanted.snapshot(), good(wanted, session(wanted.snapshot().digest(), true, certificate)));
  }
}
