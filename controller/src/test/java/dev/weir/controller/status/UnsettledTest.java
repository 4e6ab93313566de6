package dev.weir.controller.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Version;
import dev.weir.controller.stream.ProxyInfo;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// An ack brings up those LoadBalancers again about which it may say something new, and no others.
class UnsettledTest {
  private static final ProxyGroup EDGE = new ProxyGroup.Fleet("edge");
  private static final ProxyGroup CORE = new ProxyGroup.Fleet("core");
  private static final ObjectName A = new ObjectName("shop", "a");
  private static final ObjectName B = new ObjectName("shop", "b");

  private final Unsettled unsettled = new Unsettled();

  @Test
  void anAckConcernsWhatItsVersionHasAndItsProxyDidNotRunBefore() {
    unsettled.add(A, EDGE, version(5));
    unsettled.add(B, EDGE, version(7));
    assertEquals(List.of(), concerned(proxy(1, EDGE, false), 4));
    assertEquals(List.of(A), concerned(proxy(1, EDGE, false), 6));
    assertEquals(List.of(A, B), concerned(proxy(1, EDGE, false), 7));
    assertEquals(List.of(), concerned(proxy(1, CORE, false), 7));
    unsettled.looked(A, version(5), Set.of(1L));
    assertEquals(List.of(B), concerned(proxy(1, EDGE, false), 7));
    assertEquals(List.of(A, B), concerned(proxy(2, EDGE, false), 7));
    unsettled.remove(B);
    assertEquals(List.of(A), concerned(proxy(2, EDGE, false), 7));
  }

  @Test
  void whoRanAnEarlierVersionHasStillToSaySomethingOfTheLatest() {
    unsettled.add(A, EDGE, version(5));
    unsettled.looked(A, version(5), Set.of(1L));
    unsettled.add(A, EDGE, version(8));
    unsettled.looked(A, version(5), Set.of(1L));
    assertEquals(List.of(A), concerned(proxy(1, EDGE, false), 8));
    unsettled.add(A, CORE, version(9));
    assertEquals(List.of(), concerned(proxy(1, EDGE, false), 9));
    assertEquals(List.of(A), concerned(proxy(1, CORE, false), 9));
  }

  @Test
  void versionsOfOtherReplicasAreNotComparedWithOurs() {
    unsettled.add(A, EDGE, version(5));
    assertEquals(List.of(A), concerned(proxy(3, EDGE, true), 4));
    unsettled.looked(A, version(5), Set.of(3L));
    assertEquals(List.of(), concerned(proxy(3, EDGE, true), 4));
  }

  private List<ObjectName> concerned(ProxyInfo proxy, long counter) {
    return unsettled.concerned(proxy, version(counter));
  }

  private static ProxyInfo proxy(long session, ProxyGroup group, boolean relayed) {
    return new ProxyInfo(session, group, "p" + session, "1", "10.0.0.1", null, relayed);
  }

  private static Version version(long counter) {
    return new Version("lease", 0, 1, counter);
  }
}
