package dev.weir.config.haproxy;

import java.util.Comparator;

/// Requests that no condition of a section tells apart: those whose most specific host among all
/// hosts of the conditions is one, and whose most specific path is one.
final class Area {
  private Area() {}

  /// Hosts.
  ///
  /// @param name in lower case; empty and wild for those that are no other's
  /// @param wild whether it is all hosts with one or more labels in front of the name
  record Hosts(String name, boolean wild) {
    /// The hosts that are no other's.
    static final Hosts ELSE = new Hosts("", true);

    /// Less specific ones first.
    static final Comparator<Hosts> ORDER =
        Comparator.comparing(Hosts::wild)
            .reversed()
            .thenComparing(hosts -> hosts.name().length())
            .thenComparing(Hosts::name);

    boolean includes(Hosts other) {
      return equals(other)
          || wild
              && (name.isEmpty()
                  || other.name.endsWith("." + name)
                  || other.wild && other.name.equals(name));
    }
  }

  /// Paths.
  ///
  /// @param path empty and a prefix for those that are no other's
  /// @param prefix whether it is all paths that start with these elements
  record Paths(String path, boolean prefix) {
    /// The paths that are no other's.
    static final Paths ELSE = new Paths("", true);

    /// Less specific ones first.
    static final Comparator<Paths> ORDER =
        Comparator.comparing(Paths::prefix)
            .reversed()
            .thenComparing(paths -> paths.path().length())
            .thenComparing(Paths::path);

    boolean includes(Paths other) {
      return equals(other)
          || prefix && (other.path.startsWith(path + "/") || other.path.equals(path));
    }
  }
}
