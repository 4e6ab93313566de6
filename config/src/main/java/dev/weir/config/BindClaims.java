package dev.weir.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Who has which hosts of which bind, and why somebody else cannot have them too.
///
/// Listeners share a bind when their settings of connections agree and no two have a host in
/// common. Within one namespace the more specific of two hosts takes its requests from the other;
/// no other namespace takes anything from under `*.`. A listener without hosts gets what nobody
/// has, and there can be one. Binds that are not equal and overlap are never shared.
///
/// Used by one thread. Work depends on a claim and not on how many there are, but for the addresses
/// of its port.
public final class BindClaims {
  private static final String WILDCARD = "*.";

  /// Those who share a bind without hosts have this one in common.
  private static final String REST = "";

  private final Map<Integer, List<Shared>> byPort = new HashMap<>();

  /// What a listener wants.
  ///
  /// @param loadBalancer `namespace/name`
  /// @param hosts empty for every host that nobody else has
  /// @param settings what holds for a connection before anybody knows whose it is
  public record Claim(
      String loadBalancer,
      String listener,
      BindConfig bind,
      List<String> hosts,
      ConnectionSettings settings) {
    public Claim {
      hosts = List.copyOf(hosts);
    }

    private String namespace() {
      return loadBalancer.substring(0, Math.max(0, loadBalancer.indexOf('/')));
    }

    private List<String> patterns() {
      return hosts.isEmpty() ? List.of(REST) : hosts;
    }
  }

  /// A claim that has to give way.
  ///
  /// @param field of the listener, in manifest terms: `port`, `address`, `hosts`, `timeouts.header`
  /// @param message names the other listener, one sentence without a full stop
  public record Conflict(Claim holder, String field, String message) {}

  /// What the listeners of a LoadBalancer want.
  public static List<Claim> of(LoadBalancerConfig config) {
    return config.listeners().stream()
        .flatMap(
            listener ->
                config.binds().stream()
                    .filter(bind -> bind.id().equals(listener.bind()))
                    .map(bind -> of(config.name(), listener, bind)))
        .toList();
  }

  /// What one listener wants.
  public static Claim of(String loadBalancer, ListenerConfig listener, BindConfig bind) {
    return new Claim(
        loadBalancer, listener.name(), bind, listener.hosts(), ConnectionSettings.of(listener));
  }

  /// Why the claim cannot be held beside those that are; null when it can.
  public @Nullable Conflict conflict(Claim claim) {
    for (Shared shared : byPort.getOrDefault(claim.bind().port(), List.of())) {
      if (shared.bind.equals(claim.bind())) {
        return shared.conflict(claim);
      }
      if (shared.bind.overlaps(claim.bind())) {
        return new Conflict(shared.first, field(claim), taken(claim, shared.first));
      }
    }
    return null;
  }

  /// Holds a claim that has no conflict.
  public void hold(Claim claim) {
    List<Shared> shares = byPort.computeIfAbsent(claim.bind().port(), port -> new ArrayList<>());
    for (Shared shared : shares) {
      if (shared.bind.equals(claim.bind())) {
        shared.hold(claim);
        return;
      }
    }
    Shared fresh = new Shared(claim);
    fresh.hold(claim);
    shares.add(fresh);
  }

  private static String field(Claim claim) {
    return claim.bind().unix() ? "address" : "port";
  }

  private static String place(Claim claim) {
    BindConfig bind = claim.bind();
    return bind.unix() || bind.address().equals("*")
        ? bind.place()
        : bind.place() + " on " + bind.address();
  }

  private static String taken(Claim claim, Claim holder) {
    return "%s is taken by %s".formatted(place(claim), name(holder, claim));
  }

  /// A listener as somebody else calls it.
  private static String name(Claim holder, Claim other) {
    return holder.loadBalancer().equals(other.loadBalancer())
        ? "listener " + holder.listener()
        : "listener %s of LoadBalancer %s".formatted(holder.listener(), holder.loadBalancer());
  }

  /// The names that a name lies under: `b.c` and `c` for `a.b.c`.
  private static Stream<String> above(String name) {
    return Stream.iterate(name.indexOf('.'), dot -> dot >= 0, dot -> name.indexOf('.', dot + 1))
        .map(dot -> name.substring(dot + 1));
  }

  private static String withoutWildcard(String pattern) {
    return pattern.startsWith(WILDCARD) ? pattern.substring(WILDCARD.length()) : pattern;
  }

  /// One bind and those who share it.
  private static final class Shared {
    private final BindConfig bind;
    private final Claim first;
    private final Map<String, Claim> holders = new HashMap<>();

    /// By a name, then by namespace: who has something under it.
    private final Map<String, Map<String, Claim>> under = new HashMap<>();

    Shared(Claim first) {
      this.bind = first.bind();
      this.first = first;
    }

    void hold(Claim claim) {
      for (String pattern : claim.patterns()) {
        holders.put(pattern, claim);
        above(withoutWildcard(pattern))
            .forEach(
                name ->
                    under
                        .computeIfAbsent(name, n -> new HashMap<>())
                        .putIfAbsent(claim.namespace(), claim));
      }
    }

    @Nullable Conflict conflict(Claim claim) {
      for (String pattern : claim.patterns()) {
        Claim holder = holders.get(pattern);
        if (holder != null) {
          return pattern.isEmpty()
              ? new Conflict(
                  holder,
                  field(claim),
                  taken(claim, holder) + "; listeners that share a port need hosts of their own")
              : new Conflict(
                  holder,
                  "hosts",
                  "host %s on %s is taken by %s"
                      .formatted(pattern, place(claim), name(holder, claim)));
        }
        Claim stranger = stranger(claim, pattern);
        if (stranger != null) {
          return new Conflict(
              stranger,
              "hosts",
              "host %s on %s overlaps with those of %s, in another namespace"
                  .formatted(pattern, place(claim), name(stranger, claim)));
        }
      }
      String different = claim.settings().difference(first.settings());
      return different == null
          ? null
          : new Conflict(
              first,
              different,
              "it must be as in %s, which shares %s".formatted(name(first, claim), place(claim)));
    }

    /// Who in another namespace has a wildcard above the pattern, or something under it.
    private @Nullable Claim stranger(Claim claim, String pattern) {
      String name = withoutWildcard(pattern);
      Stream<Claim> below =
          name.equals(pattern)
              ? Stream.empty()
              : under.getOrDefault(name, Map.of()).values().stream();
      return Stream.concat(
              above(name).map(wide -> holders.get(WILDCARD + wide)).filter(Objects::nonNull), below)
          .filter(other -> !other.namespace().equals(claim.namespace()))
          .findFirst()
          .orElse(null);
    }
  }
}
