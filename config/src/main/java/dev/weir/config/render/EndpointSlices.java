package dev.weir.config.render;

import dev.weir.config.Addresses;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The meaning of EndpointSlices: which addresses and ports a port of a Service stands for.
///
/// As in kube-proxy: ready endpoints; only when there is none, those that are terminating but still
/// serve. One address family, the Service's primary one, because the same pods come once per
/// family. Pure; the order of slices and endpoints does not matter.
public final class EndpointSlices {
  private static final List<AddressFamily> USUAL = List.of(AddressFamily.IPv4, AddressFamily.IPv6);

  private EndpointSlices() {}

  /// One address and port of a Service, ordered by family, address, port.
  public record Target(InetAddress address, int port) implements Comparable<Target> {
    private static final Comparator<Target> ORDER =
        Comparator.comparing((Target t) -> t.address.getAddress(), Target::compare)
            .thenComparing(Target::port);

    private static int compare(byte[] left, byte[] right) {
      return left.length != right.length
          ? Integer.compare(left.length, right.length)
          : Arrays.compareUnsigned(left, right);
    }

    @Override
    public int compareTo(Target other) {
      return ORDER.compare(this, other);
    }
  }

  /// Where traffic for a port of the Service goes, in order and without duplicates; empty when
  /// nothing is ready.
  ///
  /// @param slices the Service's slices
  public static List<Target> targets(
      ServiceView service, ServiceView.Port port, List<EndpointSliceView> slices) {
    return List.copyOf(preferred(service, port, slices, Preference.Any).keySet());
  }

  /// Which endpoints a zone's proxies use first.
  public enum Preference {
    /// No zone has any of its own.
    Any,
    /// Those that run in it.
    Local,
    /// Those that are meant for it by their hints, which count only when every ready endpoint has
    /// one: as in kube-proxy.
    Hinted
  }

  /// [#targets], in order, each with the zones whose proxies use it first. Those that are used
  /// because nothing is ready are for everybody.
  public static SortedMap<Target, SortedSet<String>> preferred(
      ServiceView service,
      ServiceView.Port port,
      List<EndpointSliceView> slices,
      Preference preference) {
    var preferred =
        service.families().isEmpty()
            ? USUAL
            : service.families().stream().filter(USUAL::contains).toList();
    for (var family : preferred) {
      var ofFamily =
          slices.stream().filter(s -> s.family() == family && !s.endpoints().isEmpty()).toList();
      if (!ofFamily.isEmpty()) {
        return usable(ofFamily, port, preference);
      }
    }
    return Collections.emptySortedMap();
  }

  /// An endpoint of a slice that gets no traffic.
  ///
  /// @param authority `address:port`; the address alone where the slice has no such port
  /// @param why in one sentence
  public record Left(String authority, String why) {}

  /// The endpoints that [#targets] leaves out, and why, ordered by address.
  public static List<Left> left(
      ServiceView service, ServiceView.Port port, List<EndpointSliceView> slices) {
    var chosen = targets(service, port, slices);
    boolean ipv4 = !chosen.isEmpty() && chosen.getFirst().address().getAddress().length == 4;
    var left = new ArrayList<Left>();
    for (var slice : slices) {
      var number = number(slice, port);
      for (var endpoint : slice.endpoints()) {
        var address = Addresses.literal(endpoint.address());
        if (address != null && number != null && chosen.contains(new Target(address, number))) {
          continue;
        }
        boolean other = !chosen.isEmpty() && ipv4 != (slice.family() == AddressFamily.IPv4);
        left.add(
            new Left(
                number == null
                    ? endpoint.address()
                    : Addresses.authority(endpoint.address(), number),
                why(endpoint, number == null, other)));
      }
    }
    left.sort(Comparator.comparing(Left::authority));
    return left;
  }

  private static String why(
      EndpointSliceView.Endpoint endpoint, boolean portless, boolean otherFamily) {
    if (portless) {
      return "its EndpointSlice has no such port";
    }
    if (otherFamily) {
      return "another address of a pod that is used by its primary one";
    }
    if (Boolean.TRUE.equals(endpoint.terminating())) {
      return "terminating";
    }
    return Boolean.FALSE.equals(endpoint.ready()) ? "not ready" : "not usable";
  }

  private static SortedMap<Target, SortedSet<String>> usable(
      List<EndpointSliceView> slices, ServiceView.Port port, Preference preference) {
    var ready = new TreeMap<Target, SortedSet<String>>();
    var leaving = new TreeMap<Target, SortedSet<String>>();
    for (var slice : slices) {
      var number = number(slice, port);
      if (number == null) {
        continue;
      }
      for (var endpoint : slice.endpoints()) {
        var address = Addresses.literal(endpoint.address());
        if (address == null) {
          continue;
        }
        boolean isReady = !Boolean.FALSE.equals(endpoint.ready());
        boolean serves = endpoint.serving() == null ? isReady : endpoint.serving();
        if (isReady) {
          ready
              .computeIfAbsent(new Target(address, number), target -> new TreeSet<>())
              .addAll(zones(endpoint, preference));
        } else if (serves && Boolean.TRUE.equals(endpoint.terminating())) {
          leaving.put(new Target(address, number), Collections.emptySortedSet());
        }
      }
    }
    if (ready.isEmpty()) {
      return leaving;
    }
    if (preference == Preference.Hinted && ready.values().stream().anyMatch(Set::isEmpty)) {
      ready.replaceAll((target, zones) -> Collections.emptySortedSet());
    }
    return ready;
  }

  private static List<String> zones(EndpointSliceView.Endpoint endpoint, Preference preference) {
    return switch (preference) {
      case Any -> List.of();
      case Local -> endpoint.zone() == null ? List.of() : List.of(endpoint.zone());
      case Hinted -> endpoint.hints();
    };
  }

  private static @Nullable Integer number(EndpointSliceView slice, ServiceView.Port port) {
    return slice.ports().stream()
        .filter(p -> p.tcp() && Objects.equals(name(p.name()), name(port.name())))
        .map(EndpointSliceView.Port::port)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static String name(@Nullable String name) {
    return name == null ? "" : name;
  }
}
