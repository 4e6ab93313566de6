package dev.weir.proxy.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.config.EndpointsConfig;
import dev.weir.proxy.dns.Resolution;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EndpointTargetsTest {
  private static final Map<String, Resolution> KNOWN =
      Map.of(
          "two.example", resolved("10.0.0.1", "2001:db8::1"),
          "mixed.example", resolved("127.0.0.1", "10.0.0.9"),
          "local.example", resolved("169.254.169.254"),
          "gone.example", new Resolution(List.of(), "no such name"));
  private static final Function<String, Resolution> NAMES = KNOWN::get;

  @Test
  void everyAddressOfANameIsATarget() {
    assertEquals(
        List.of("10.0.0.1", "2001:db8:0:0:0:0:0:1", "192.0.2.7"),
        addresses(true, "two.example", "192.0.2.7"));
  }

  @Test
  void aNameWithoutAnAddressIsATargetWithoutOne() {
    var targets = EndpointTargets.expand(config("gone.example"), true, NAMES);
    assertNull(targets.getFirst().address());
    assertEquals(
        "Unresolved: no such name", EndpointTargets.missing(endpoint("gone.example"), NAMES));
  }

  @Test
  void addressesOfThisMachineAndItsLinkAreLeftOutWhereTheyAreNotAllowed() {
    assertEquals(List.of("10.0.0.9"), addresses(false, "mixed.example"));
    assertEquals(List.of("127.0.0.1", "10.0.0.9"), addresses(true, "mixed.example"));
    assertNull(EndpointTargets.expand(config("local.example"), false, NAMES).getFirst().address());
    assertEquals(
        "AddressNotAllowed: 169.254.169.254",
        EndpointTargets.missing(endpoint("local.example"), NAMES));
  }

  @Test
  void aUnixSocketIsItsOwnAddressAndItsIdentity() {
    var target = EndpointTargets.expand(config("unix:/run/app.sock"), true, NAMES).getFirst();
    assertEquals(UnixDomainSocketAddress.of("/run/app.sock"), target.address());
    assertEquals("unix:/run/app.sock@unix:/run/app.sock", target.identity());
    assertEquals("unix:/run/app.sock", target.config().authority());
    assertEquals("localhost", target.config().host());
  }

  private static List<String> addresses(boolean local, String... hosts) {
    return EndpointTargets.expand(config(hosts), local, NAMES).stream()
        .map(target -> ((InetSocketAddress) target.address()).getAddress().getHostAddress())
        .toList();
  }

  private static EndpointsConfig config(String... hosts) {
    return new EndpointsConfig(
        "ns/lb/web", Stream.of(hosts).map(EndpointTargetsTest::endpoint).toList());
  }

  private static EndpointsConfig.Endpoint endpoint(String host) {
    return new EndpointsConfig.Endpoint(
        host, 80, 1, 0, EndpointsConfig.State.Ready, 0, true, null, null);
  }

  private static Resolution resolved(String... literals) {
    return new Resolution(Stream.of(literals).map(InetAddress::ofLiteral).toList(), null);
  }
}
