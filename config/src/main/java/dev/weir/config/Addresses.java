package dev.weir.config;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Addresses as texts: IP literals, networks, DNS names, unix sockets. Never asks a resolver.
public final class Addresses {
  private static final Pattern IPV4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final Pattern LABEL =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");
  private static final int MAX_NAME = 253;
  private static final String UNIX = "unix:";
  private static final Pattern SOCKET = Pattern.compile("/[!-~]+");

  /// What `sockaddr_un` of Linux has room for, without its final zero.
  private static final int MAX_SOCKET = 107;

  /// Where clouds tell machines their credentials under addresses that are not link-local: AWS and
  /// Google over IPv6, Azure.
  private static final Set<InetAddress> METADATA =
      Set.of(
          InetAddress.ofLiteral("fd00:ec2::254"),
          InetAddress.ofLiteral("fd20:ce::254"),
          InetAddress.ofLiteral("168.63.129.16"));

  private Addresses() {}

  /// The address that an IPv4 or IPv6 literal says (dotted quad or RFC 4291; no brackets, no zone);
  /// null for anything else.
  public static @Nullable InetAddress literal(String text) {
    if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /// The address as a literal, IPv6 in the short form of RFC 5952: `10.0.0.1`, `fd00::1`.
  public static String text(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return address.getHostAddress();
    }
    var groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    int start = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        start = i;
        length = end - i;
      }
    }
    var text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
      } else {
        boolean first = text.isEmpty() || text.charAt(text.length() - 1) == ':';
        text.append(first ? "" : ":").append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  /// Whether the text can be a host name. What looks like a mistyped IPv4 address, such as
  /// `10.0.0.300`, is none.
  public static boolean isDnsName(String text) {
    var name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    if (name.isEmpty() || name.length() > MAX_NAME) {
      return false;
    }
    var labels = name.split("\\.", -1);
    for (var label : labels) {
      if (!LABEL.matcher(label).matches()) {
        return false;
      }
    }
    return !DIGITS.matcher(labels[labels.length - 1]).matches();
  }

  /// Whether the name is one that every machine resolves to itself: `localhost` and names under it.
  public static boolean isLocalName(String text) {
    var name = text.toLowerCase(Locale.ROOT);
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    return name.equals("localhost") || name.endsWith(".localhost");
  }

  /// Whether the address belongs to the machine or its link: loopback, link-local, unspecified (all
  /// of 0.0.0.0/8), multicast, broadcast, a cloud's metadata service. From Kubernetes no endpoint
  /// may have one.
  public static boolean isLocal(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean ipv4 = bytes.length == 4;
    return address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isAnyLocalAddress()
        || address.isMulticastAddress()
        || METADATA.contains(address)
        || (ipv4 && (bytes[0] == 0 || address.getHostAddress().equals("255.255.255.255")));
  }

  /// Where connections go or come in: `address:port`, an IPv6 literal in brackets; a unix socket,
  /// which has no port, as it is.
  public static String authority(String address, int port) {
    if (isUnix(address)) {
      return address;
    }
    return address.indexOf(':') >= 0 ? "[" + address + "]:" + port : address + ":" + port;
  }

  /// Whether the text means a unix socket, if perhaps a wrong one: it starts with `unix:`.
  public static boolean isUnix(String text) {
    return text.startsWith(UNIX);
  }

  /// The path of a unix socket: `/run/app.sock` for `unix:/run/app.sock`. Only for what [#isUnix].
  public static String socketPath(String text) {
    return text.substring(UNIX.length());
  }

  /// What is wrong with the path of a unix socket, as the end of a sentence; null when nothing is.
  /// Only for what [#isUnix].
  public static @Nullable String socketProblem(String text) {
    var path = socketPath(text);
    if (!path.startsWith("/")) {
      return "has no absolute path, as in unix:/run/app.sock";
    }
    if (path.length() > MAX_SOCKET) {
      return "has a path of %d characters, and the system takes %d"
          .formatted(path.length(), MAX_SOCKET);
    }
    if (!SOCKET.matcher(path).matches()) {
      return "has a path with spaces or characters that are not ASCII";
    }
    return Path.of(path).normalize().toString().equals(path)
        ? null
        : "has a path with a superfluous slash, or with . or .. in it";
  }

  /// Whether the text is a network in CIDR notation: an IP literal, a slash, a prefix length.
  public static boolean isNetwork(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return false;
    }
    var address = literal(text.substring(0, slash));
    var length = text.substring(slash + 1);
    if (address == null || length.length() > 3 || !DIGITS.matcher(length).matches()) {
      return false;
    }
    return Integer.parseInt(length) <= (text.indexOf(':') >= 0 ? 128 : 32);
  }
}
