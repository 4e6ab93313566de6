package dev.weir.proxy.tls;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The certificates of a listener, found by the name that a client asks for: the whole name, then
/// `*.` for its first label, then the first certificate of all unless others than known names are
/// refused. Of two for the same name one may be for clients that take elliptic curves, the other
/// for those that do not; otherwise the earlier one counts. Immutable.
final class ServerCertificates {
  private final List<ServerContext> all;
  private final boolean knownNamesOnly;
  private final Map<String, Kinds> byName = new HashMap<>();
  private final @Nullable Kinds usual;

  /// One name's certificates by the kind of their keys.
  private record Kinds(@Nullable ServerContext curve, @Nullable ServerContext rsa) {

    Kinds with(ServerContext context) {
      return context.ecdsa()
          ? curve == null ? new Kinds(context, rsa) : this
          : rsa == null ? new Kinds(curve, context) : this;
    }

    @Nullable ServerContext choose(ClientHello hello) {
      return curve != null && (hello.ecdsa() || rsa == null) ? curve : rsa;
    }
  }

  /// @param knownNamesOnly whether clients that ask for another name, or none, get nothing
  ServerCertificates(Collection<ServerContext> contexts, boolean knownNamesOnly) {
    this.all = List.copyOf(contexts);
    this.knownNamesOnly = knownNamesOnly;
    for (ServerContext context : all) {
      for (String host : context.hosts()) {
        byName.merge(host, kinds(context), (known, added) -> known.with(context));
      }
    }
    usual = all.isEmpty() ? null : usual(all.getFirst());
  }

  private Kinds usual(ServerContext first) {
    Kinds named = first.hosts().isEmpty() ? null : byName.get(first.hosts().getFirst());
    return named == null ? kinds(first) : named;
  }

  private static Kinds kinds(ServerContext context) {
    return new Kinds(null, null).with(context);
  }

  /// All of them.
  List<ServerContext> all() {
    return all;
  }

  boolean knownNamesOnly() {
    return knownNamesOnly;
  }

  /// The one for a client; null when there is none at all, or none for the name.
  @Nullable ServerContext choose(ClientHello hello) {
    Kinds found = named(hello.name());
    if (found == null && !knownNamesOnly) {
      found = usual;
    }
    return found == null ? null : found.choose(hello);
  }

  /// Whether a client gets nothing because of the name that it asks for.
  boolean refuses(ClientHello hello) {
    return knownNamesOnly && usual != null && named(hello.name()) == null;
  }

  private @Nullable Kinds named(@Nullable String name) {
    if (name == null) {
      return null;
    }
    Kinds whole = byName.get(name);
    int dot = name.indexOf('.');
    return whole == null && dot > 0 ? byName.get("*" + name.substring(dot)) : whole;
  }
}
