package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Which `defaults` a section has.
class InheritanceTest {
  private static List<String> idles(String text) {
    return Cfg.spec(Cfg.read(text)).listeners().stream()
        .map(listener -> listener.name() + " " + timeout(listener))
        .toList();
  }

  private static String timeout(dev.weir.api.v1alpha1.ListenerSpec listener) {
    var timeouts = listener.timeouts();
    return timeouts == null ? "none" : String.valueOf(timeouts.idle());
  }

  private static String listen(String name, int port) {
    return "listen %s\n bind :%d\n server s 192.0.2.1:80\n".formatted(name, port);
  }

  @Test
  void aSectionHasTheLastDefaultsAboveIt() {
    assertEquals(
        List.of("a none", "b 1s", "c 2s"),
        idles(
            listen("a", 1)
                + "defaults\n timeout client 1s\n"
                + listen("b", 2)
                + "defaults\n timeout client 2s\n"
                + listen("c", 3)));
  }

  @Test
  void defaultsHaveNothingOfTheDefaultsAboveThem() {
    assertEquals(
        List.of("a none"),
        idles("defaults\n timeout client 1s\ndefaults\n timeout server 2s\n" + listen("a", 1)));
  }

  @Test
  void namedDefaultsCountAsTheLastOnesToo() {
    assertEquals(List.of("a 1s"), idles("defaults base\n timeout client 1s\n" + listen("a", 1)));
  }

  @Test
  void fromNamesTheDefaults() {
    assertEquals(
        List.of("a 1s", "b 2s"),
        idles(
            "defaults base\n timeout client 1s\ndefaults\n timeout client 2s\n"
                + listen("a from base", 1)
                + listen("b", 2)));
  }

  @Test
  void defaultsCanBuildOnNamedOnes() {
    assertEquals(
        List.of("a 1s"),
        idles(
            "defaults base\n timeout client 1s\ndefaults other from base\n timeout server 2s\n"
                + listen("a", 1)));
    assertEquals(
        List.of("a 1s"),
        idles(
            "defaults base\n timeout client 1s\ndefaults from base\n timeout server 2s\n"
                + listen("a", 1)));
  }

  @Test
  void aSectionsOwnLinesComeFirst() {
    assertEquals(
        List.of("a 3s", "b 1s"),
        idles(
            "defaults\n timeout client 1s\n"
                + listen("a", 1)
                + " timeout client 3s\n"
                + listen("b", 2)));
  }

  @Test
  void serversOfOneSectionHaveNoDefaultServerOfAnother() {
    var imported =
        Cfg.read(
            Cfg.DEFAULTS
                + "  default-server weight 3\n"
                + listen("a", 1)
                + " default-server weight 4\n server t 192.0.2.2:80\n"
                + listen("b", 2));
    var pools = Cfg.spec(imported).pools();
    assertEquals(
        List.of(3, 4, 3),
        pools == null
            ? List.of()
            : pools.stream()
                .flatMap(pool -> pool.endpoints() == null ? null : pool.endpoints().stream())
                .map(dev.weir.api.v1alpha1.EndpointSpec::weight)
                .toList());
  }
}
