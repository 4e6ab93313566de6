package dev.weir.proxy.exchange;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/// A set of networks in CIDR notation. Immutable; look-ups make no garbage but the address's bytes.
public final class Networks {
  private final List<Network> networks;

  private record Network(byte[] address, int bits) {
    boolean contains(byte[] other) {
      if (other.length != address.length) {
        return false;
      }
      int whole = bits / 8;
      for (int i = 0; i < whole; i++) {
        if (other[i] != address[i]) {
          return false;
        }
      }
      int rest = bits % 8;
      return rest == 0 || ((other[whole] ^ address[whole]) & 0xff) >> 8 - rest == 0;
    }
  }

  /// @param cidrs `address/bits` or an address
  /// @throws IllegalArgumentException for anything else
  public Networks(List<String> cidrs) {
    List<Network> parsed = new ArrayList<>();
    for (String cidr : cidrs) {
      int slash = cidr.indexOf('/');
      try {
        byte[] address =
            InetAddress.ofLiteral(slash < 0 ? cidr : cidr.substring(0, slash)).getAddress();
        int bits = slash < 0 ? address.length * 8 : Integer.parseInt(cidr.substring(slash + 1));
        if (bits < 0 || bits > address.length * 8) {
          throw new IllegalArgumentException("not a network: " + cidr);
        }
        parsed.add(new Network(address, bits));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("not a network: " + cidr, e);
      }
    }
    networks = List.copyOf(parsed);
  }

  /// Whether there is one of all addresses, and so of clients that have none: those of unix
  /// sockets.
  public boolean everyone() {
    return networks.stream().anyMatch(network -> network.bits() == 0);
  }

  /// Whether any of the networks has the address.
  public boolean contains(InetAddress address) {
    if (networks.isEmpty()) {
      return false;
    }
    byte[] bytes = address.getAddress();
    for (Network network : networks) {
      if (network.contains(bytes)) {
        return true;
      }
    }
    return false;
  }
}
