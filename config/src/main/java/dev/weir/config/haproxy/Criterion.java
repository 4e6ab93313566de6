package dev.weir.config.haproxy;

import dev.weir.config.haproxy.Area.Hosts;
import dev.weir.config.haproxy.Area.Paths;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A condition on host and path, or on the name and the protocol that a client of TLS asks for: a
/// name is compared as a host, a protocol as an exact path.
sealed interface Criterion {

  /// The same for all requests.
  record Always(boolean value) implements Criterion {}

  /// `hdr(host)`.
  ///
  /// @param name in lower case, without a port
  record HostIs(String name) implements Criterion {}

  /// `hdr_end(host)`.
  ///
  /// @param domain in lower case, without the dot in front
  record HostEnds(String domain) implements Criterion {}

  /// `req.ssl_hello_type 1`: holds for whatever routes are asked for, since what is not TLS goes to
  /// the default backend.
  record Hello() implements Criterion {}

  /// `path`, `req.ssl_alpn`.
  record PathIs(String path) implements Criterion {}

  /// `path_beg`: by characters, not by elements.
  record PathBegins(String text) implements Criterion {}

  /// `ssl_fc`: the client speaks TLS.
  record Tls() implements Criterion {}

  /// `!`.
  record Not(Criterion of) implements Criterion {}

  /// One after the other.
  record All(List<Criterion> of) implements Criterion {
    public All {
      of = List.copyOf(of);
    }
  }

  /// `or`, and several values or lines of one name.
  record Any(List<Criterion> of) implements Criterion {
    public Any {
      of = List.copyOf(of);
    }
  }

  /// A name, whose lines are collected up to the end of the section.
  record Named(Acl acl) implements Criterion {}

  /// Whether it holds for all requests of an area whose borders include those of this criterion.
  ///
  /// @param tls whether their clients speak TLS
  default boolean holds(Hosts hosts, Paths paths, boolean tls) {
    return switch (this) {
      case Always always -> always.value();
      case Hello _ -> true;
      case Tls _ -> tls;
      case HostIs is -> !hosts.wild() && is.name().equals(hosts.name());
      case HostEnds ends ->
          hosts.name().endsWith("." + ends.domain())
              || hosts.wild() && hosts.name().equals(ends.domain());
      case PathIs is -> !paths.prefix() && is.path().equals(paths.path());
      case PathBegins begins -> begins(begins.text(), paths);
      case Not not -> !not.of().holds(hosts, paths, tls);
      case All all -> all.of().stream().allMatch(one -> one.holds(hosts, paths, tls));
      case Any any -> any.of().stream().anyMatch(one -> one.holds(hosts, paths, tls));
      case Named named ->
          named.acl().criteria().stream().anyMatch(one -> one.holds(hosts, paths, tls));
    };
  }

  /// An area of a prefix has the prefix itself only when no exact path is a border.
  private static boolean begins(String text, Paths paths) {
    return (paths.prefix() ? paths.path() + "/" : paths.path()).startsWith(text);
  }

  /// The borders that it draws between hosts and between paths.
  default void borders(Consumer<Hosts> hosts, Consumer<Paths> paths) {
    switch (this) {
      case Always _, Hello _, Tls _ -> {}
      case HostIs is -> hosts.accept(new Hosts(is.name(), false));
      case HostEnds ends -> hosts.accept(new Hosts(ends.domain(), true));
      case PathIs is -> paths.accept(new Paths(is.path(), false));
      case PathBegins begins -> borders(begins.text(), paths);
      case Not not -> not.of().borders(hosts, paths);
      case All all -> all.of().forEach(one -> one.borders(hosts, paths));
      case Any any -> any.of().forEach(one -> one.borders(hosts, paths));
      case Named named -> named.acl().criteria().forEach(one -> one.borders(hosts, paths));
    }
  }

  private static void borders(String text, Consumer<Paths> paths) {
    if (!text.endsWith("/")) {
      paths.accept(new Paths(text, true));
    } else if (text.length() > 1) {
      var element = text.substring(0, text.length() - 1);
      paths.accept(new Paths(element, true));
      paths.accept(new Paths(element, false));
    }
  }

  /// Whether [Hello] is in it.
  default boolean asksForHello() {
    return parts().anyMatch(Hello.class::isInstance);
  }

  /// Whether [Tls] is in it.
  default boolean asksForTls() {
    return parts().anyMatch(Tls.class::isInstance);
  }

  /// Whether requests over the same connection may differ in it.
  default boolean tellsRequestsApart() {
    return !parts().allMatch(part -> part instanceof Always || part instanceof Tls);
  }

  /// What it is made of.
  private Stream<Criterion> parts() {
    return switch (this) {
      case Not not -> not.of().parts();
      case All all -> all.of().stream().flatMap(Criterion::parts);
      case Any any -> any.of().stream().flatMap(Criterion::parts);
      case Named named -> named.acl().criteria().stream().flatMap(Criterion::parts);
      case Always _, Hello _, Tls _, HostIs _, HostEnds _, PathIs _, PathBegins _ ->
          Stream.of(this);
    };
  }

  /// The names in it.
  default Stream<Acl> names() {
    return switch (this) {
      case Named named -> Stream.of(named.acl());
      case Not not -> not.of().names();
      case All all -> all.of().stream().flatMap(Criterion::names);
      case Any any -> any.of().stream().flatMap(Criterion::names);
      case Always _, Hello _, Tls _, HostIs _, HostEnds _, PathIs _, PathBegins _ -> Stream.empty();
    };
  }
}
