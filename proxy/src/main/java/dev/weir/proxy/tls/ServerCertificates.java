package dev.weir.proxy.tls;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The certificates of a listener, found by the name that a client asks for: the whole name, then
/// `*.` for its first label, then the first certificate of all. Of two for the same name one may be
/// for clients that take elliptic curves, the other for those that do not; otherwise the earlier
/// one counts. Immutable.
final class ServerCertificates {
  private final List<ServerContext> all;
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

  ServerCertificates(Collection<ServerContext> contexts) {
    all = List.copyOf(contexts);
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

  /// The one for a client; null when there is none at all.
  @Nullable ServerContext choose(ClientHello hello) {
    Kinds found = usual;
    String name = hello.name();
    if (name != null) {
      Kinds named = byName.get(name);
      int dot = name.indexOf('.');
      if (named == null && dot > 0) {
        named = byName.get("*" + name.substring(dot));
      }
      found = named == null ? found : named;
    }
    return found == null ? null : found.choose(hello);
  }
}
