package dev.weir.config.stream;

import java.util.regex.Pattern;

/// What a proxy runs, and asks for when it dials: the proxies of one group get the same snapshots.
public sealed interface ProxyGroup {

  /// A shared fleet.
  ///
  /// @param name a DNS subdomain name
  record Fleet(String name) implements ProxyGroup {
    /// @throws IllegalArgumentException when the name is not a DNS subdomain name
    public Fleet {
      requireName("fleet", name);
    }

    @Override
    public String path() {
      return PREFIX + "fleets/" + name;
    }

    @Override
    public String toString() {
      return "fleet " + name;
    }
  }

  /// The own proxies of one LoadBalancer.
  record Own(String namespace, String name) implements ProxyGroup {
    /// @throws IllegalArgumentException when a name is not a DNS subdomain name
    public Own {
      requireName("namespace", namespace);
      requireName("LoadBalancer", name);
    }

    /// `namespace/name`.
    public String loadBalancer() {
      return namespace + "/" + name;
    }

    @Override
    public String path() {
      return PREFIX + "loadbalancers/" + namespace + "/" + name;
    }

    @Override
    public String toString() {
      return "LoadBalancer " + loadBalancer();
    }
  }

  /// What the paths of all groups start with; the number is the protocol's.
  String PREFIX = "/stream/v1/";

  /// A DNS subdomain name.
  Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

  /// The path of the stream's URL.
  String path();

  /// Reads what [#path] wrote.
  ///
  /// @throws IllegalArgumentException when it is not the path of a group
  static ProxyGroup parse(String path) {
    String[] parts =
        path.startsWith(PREFIX) ? path.substring(PREFIX.length()).split("/", -1) : new String[0];
    if (parts.length == 2 && parts[0].equals("fleets")) {
      return new Fleet(parts[1]);
    }
    if (parts.length == 3 && parts[0].equals("loadbalancers")) {
      return new Own(parts[1], parts[2]);
    }
    throw new IllegalArgumentException("the path names no fleet and no LoadBalancer");
  }

  private static void requireName(String what, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(what + " is not a DNS subdomain name");
    }
  }
}
