package dev.weir.config.haproxy;

import dev.weir.config.Addresses;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Addresses as HAProxy writes them.
final class AddressText {
  private static final String ANY4 = "0.0.0.0";
  private static final String ANY6 = "::";
  private static final Set<String> FAMILIES = Set.of("ipv4", "ipv6");
  private static final String UNIX = "unix@";
  private static final int MAX_RANGE = 64;

  /// A server's address.
  record Target(String host, int port) {}

  /// What stands before the last colon and behind it.
  private record Parts(String family, String host, String port) {}

  private AddressText() {}

  /// The address of a `server`: an IP literal without brackets or a DNS name, and a port; or a unix
  /// socket as a manifest writes it.
  static Target server(String text) throws Refusal {
    var socket = socket(text);
    if (socket != null) {
      return new Target(socket, 0);
    }
    var parts = parts(text);
    var host = parts.host();
    if (parts.port().isEmpty()) {
      throw Refusal.unsupported(
          "'%s' has no port: HAProxy would take the port that the client connected to; write it"
              .formatted(text));
    }
    if (parts.port().startsWith("+") || parts.port().startsWith("-")) {
      throw Refusal.unsupported(
          "'%s' counts from the port that the client connected to; write the port itself"
              .formatted(text));
    }
    if (host.isEmpty() || host.equals("*") || host.equals(ANY4) || host.equals(ANY6)) {
      throw Refusal.unsupported(
          "'%s' is the address that the client wanted to reach, which Weir does not forward to;"
                  .formatted(text)
              + " write the server's own");
    }
    int port = port(parts.port(), text);
    var literal = Addresses.literal(host);
    if (literal == null && !Addresses.isDnsName(host)) {
      throw Refusal.value(
          "'%s' is neither an IP address nor a host name%s"
              .formatted(host, Units.variableHint(host)));
    }
    family(parts, literal == null ? 0 : literal.getAddress().length, text);
    return new Target(host, port);
  }

  /// The addresses of a `bind`: a list with commas, each with a port or a range of ports, or a unix
  /// socket.
  static List<Bind> bind(String text, BindOptions options, int line) throws Refusal {
    var binds = new ArrayList<Bind>();
    for (var one : text.split(",", -1)) {
      var socket = socket(one);
      if (socket != null) {
        binds.add(new Bind(socket, 0, options, line));
        continue;
      }
      var parts = parts(one);
      if (parts.port().isEmpty()) {
        throw Refusal.value("'%s' has no port; write :80, or 192.0.2.1:80".formatted(one));
      }
      var address = listen(parts, one);
      var ends = parts.port().split("-", 2);
      int first = port(ends[0], one);
      int last = ends.length == 1 ? first : port(ends[1], one);
      if (last < first || last - first >= MAX_RANGE) {
        throw Refusal.value(
            "'%s' is not a range of ports that goes up and has at most %d of them"
                .formatted(parts.port(), MAX_RANGE));
      }
      for (int port = first; port <= last; port++) {
        binds.add(new Bind(address, port, options, line));
      }
    }
    return binds;
  }

  /// A unix socket as a manifest writes it, for `unix@/path` and `/path`; null for anything else.
  private static @Nullable String socket(String text) throws Refusal {
    if (text.startsWith("abns")) {
      throw Refusal.unsupported(
          "'%s' is an abstract socket, which Weir does not have; write a path".formatted(text));
    }
    if (!text.startsWith(UNIX) && !text.startsWith("/")) {
      return null;
    }
    var address = "unix:" + (text.startsWith("/") ? text : text.substring(UNIX.length()));
    var problem = Addresses.socketProblem(address);
    if (problem != null) {
      throw Refusal.value("'%s' %s".formatted(text, problem));
    }
    return address;
  }

  private static String listen(Parts parts, String text) throws Refusal {
    var host = parts.host();
    if (host.isEmpty() || host.equals("*")) {
      return parts.family().equals("ipv6") ? ANY6 : ANY4;
    }
    var literal = Addresses.literal(host);
    if (literal == null) {
      throw Refusal.unsupported(
          "'%s' is not an IP address: HAProxy resolves names once, at its start; write the address%s"
              .formatted(host, Units.variableHint(host)));
    }
    if (literal.isMulticastAddress()) {
      throw Refusal.value("'%s' cannot be listened on".formatted(host));
    }
    family(parts, literal.getAddress().length, text);
    return host;
  }

  private static void family(Parts parts, int length, String text) throws Refusal {
    if (parts.family().isEmpty()) {
      return;
    }
    if (length == 0) {
      throw Refusal.unsupported(
          "'%s' resolves a name to one family of addresses, which Weir cannot; remove '%s@'"
              .formatted(text, parts.family()));
    }
    if ((length == 4) != parts.family().equals("ipv4")) {
      throw Refusal.value("'%s' is not an address of that family".formatted(text));
    }
  }

  private static Parts parts(String text) throws Refusal {
    int at = text.indexOf('@');
    var family = at < 0 ? "" : text.substring(0, at);
    var rest = text.substring(at + 1);
    if (at >= 0 && !FAMILIES.contains(family)) {
      throw Refusal.unsupported(
          "'%s' starts with '%s@', which Weir does not know; write address:port"
              .formatted(text, family));
    }
    int colon = rest.lastIndexOf(':');
    boolean bracket = rest.endsWith("]");
    var host = colon < 0 || bracket ? rest : rest.substring(0, colon);
    var port = colon < 0 || bracket ? "" : rest.substring(colon + 1);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return new Parts(family, host, port);
  }

  private static int port(String text, String address) throws Refusal {
    return Units.number("'" + address + "': the port", text, 1, 65_535);
  }
}
