package dev.weir.config.render;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.Addresses;
import dev.weir.config.render.EndpointSliceView.Endpoint;
import dev.weir.config.render.EndpointSlices.Preference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EndpointSlicesTest {
  private static final ObjectName NAME = new ObjectName("shop", "web");
  private static final ServiceView.Port HTTP = new ServiceView.Port("http", 80, true);

  private static ServiceView service(AddressFamily... families) {
    return new ServiceView(NAME, List.of(HTTP), List.of(families), null);
  }

  private static EndpointSliceView slice(AddressFamily family, int port, Endpoint... endpoints) {
    return new EndpointSliceView(
        NAME, family, List.of(new EndpointSliceView.Port("http", port, true)), List.of(endpoints));
  }

  private static Endpoint ready(String address) {
    return new Endpoint(address, true, true, false);
  }

  private static Endpoint leaving(String address, boolean serving) {
    return new Endpoint(address, false, serving, true);
  }

  private static List<String> targets(ServiceView service, EndpointSliceView... slices) {
    return EndpointSlices.targets(service, HTTP, List.of(slices)).stream()
        .map(t -> Addresses.text(t.address()) + ":" + t.port())
        .toList();
  }

  @Test
  void readyEndpointsTakeTrafficAndOthersDoNot() {
    var slice =
        slice(
            AddressFamily.IPv4,
            8080,
            ready("10.0.0.2"),
            new Endpoint("10.0.0.1", null, null, null),
            new Endpoint("10.0.0.3", false, null, null),
            leaving("10.0.0.4", true));
    assertEquals(List.of("10.0.0.1:8080", "10.0.0.2:8080"), targets(service(), slice));
  }

  @Test
  void terminatingEndpointsServeOnlyWhenNothingIsReady() {
    var slice =
        slice(AddressFamily.IPv4, 8080, leaving("10.0.0.4", true), leaving("10.0.0.5", false));
    assertEquals(List.of("10.0.0.4:8080"), targets(service(), slice));
  }

  @Test
  void anEndpointInTwoSlicesComesOnce() {
    assertEquals(
        List.of("10.0.0.1:8080"),
        targets(
            service(),
            slice(AddressFamily.IPv4, 8080, ready("10.0.0.1")),
            slice(AddressFamily.IPv4, 8080, leaving("10.0.0.1", true), ready("10.0.0.1"))));
  }

  @Test
  void aNamedTargetPortMayDifferBetweenSlices() {
    assertEquals(
        List.of("10.0.0.1:8080", "10.0.0.2:9090"),
        targets(
            service(),
            slice(AddressFamily.IPv4, 9090, ready("10.0.0.2")),
            slice(AddressFamily.IPv4, 8080, ready("10.0.0.1"))));
  }

  @Test
  void ofTwoFamiliesTheServicesPrimaryOneIsTaken() {
    var four = slice(AddressFamily.IPv4, 8080, ready("10.0.0.1"));
    var six = slice(AddressFamily.IPv6, 8080, ready("fd00::1"));
    assertEquals(
        List.of("fd00::1:8080"),
        targets(service(AddressFamily.IPv6, AddressFamily.IPv4), four, six));
    assertEquals(List.of("10.0.0.1:8080"), targets(service(), six, four));
    assertEquals(List.of("fd00::1:8080"), targets(service(), six));
  }

  @Test
  void otherPortsAndUdpAndNamesAreLeftOut() {
    var udp =
        new EndpointSliceView(
            NAME,
            AddressFamily.IPv4,
            List.of(new EndpointSliceView.Port("http", 53, false)),
            List.of(ready("10.0.0.1")));
    var names =
        new EndpointSliceView(
            NAME,
            AddressFamily.FQDN,
            List.of(new EndpointSliceView.Port("http", 80, true)),
            List.of(ready("web.example.com")));
    assertEquals(List.of(), targets(service(), udp, names));
  }

  private static Endpoint in(@Nullable String zone, String address, String... hints) {
    return new Endpoint(address, true, true, false, zone, List.of(hints));
  }

  private static String preferred(EndpointSlices.Preference preference, Endpoint... endpoints) {
    var slices = List.of(slice(AddressFamily.IPv4, 80, endpoints));
    return EndpointSlices.preferred(service(), HTTP, slices, preference).values().toString();
  }

  @Test
  void hintsCountWhenEveryReadyEndpointHasOne() {
    assertEquals(
        "[[a], [a, b]]",
        preferred(Preference.Hinted, in("a", "10.0.0.1", "a"), in("b", "10.0.0.2", "b", "a")));
    assertEquals(
        "[[], []]", preferred(Preference.Hinted, in("a", "10.0.0.1", "a"), in("b", "10.0.0.2")));
    assertEquals(
        "[[a]]", preferred(Preference.Hinted, in("a", "10.0.0.1", "a"), leaving("10.0.0.2", true)));
  }

  @Test
  void zonesCountAsThePoolWants() {
    Endpoint[] two = {in("a", "10.0.0.1", "b"), in(null, "10.0.0.2", "b")};
    assertEquals("[[a], []]", preferred(Preference.Local, two));
    assertEquals("[[], []]", preferred(Preference.Any, two));
  }

  @Test
  void endpointsThatLeaveAreForEveryZone() {
    var leaving = new Endpoint("10.0.0.1", false, true, true, "a", List.of("a"));
    assertEquals("[[]]", preferred(Preference.Local, leaving));
    assertEquals("[[]]", preferred(Preference.Hinted, leaving));
  }

  @Test
  void theOrderOfSlicesAndEndpointsDoesNotMatter() {
    var random = new Random(7);
    var endpoints = new ArrayList<Endpoint>();
    for (int i = 1; i <= 200; i++) {
      endpoints.add(ready("10.0." + i % 7 + "." + i));
    }
    var first =
        targets(service(), slice(AddressFamily.IPv4, 80, endpoints.toArray(Endpoint[]::new)));
    Collections.shuffle(endpoints, random);
    var one = endpoints.subList(0, 90).toArray(Endpoint[]::new);
    var two = endpoints.subList(90, 200).toArray(Endpoint[]::new);
    assertEquals(
        first,
        targets(service(), slice(AddressFamily.IPv4, 80, two), slice(AddressFamily.IPv4, 80, one)));
  }
}
