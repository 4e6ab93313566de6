package dev.weir.proxy.listener;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;

/// How many connections each client has to a listener, while there is a limit of them. A client is
/// an IPv4 address or the first 64 bits of an IPv6 one, which is what one customer gets. Thread:
/// any.
final class ClientConnections {
  private final ConcurrentHashMap<Long, Integer> open = new ConcurrentHashMap<>();

  /// Which client an address belongs to.
  static Long client(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address instanceof Inet4Address
        ? 0xffff_ffff_0000_0000L | Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt())
        : ByteBuffer.wrap(bytes).getLong();
  }

  /// Counts a connection of the client, unless it has so many already.
  boolean enter(Long client, int limit) {
    boolean[] entered = new boolean[1];
    open.compute(
        client,
        (who, before) -> {
          int now = before == null ? 0 : before;
          entered[0] = now < limit;
          return entered[0] ? Integer.valueOf(now + 1) : before;
        });
    return entered[0];
  }

  /// A connection that was counted is closed.
  void leave(Long client) {
    open.computeIfPresent(client, (who, now) -> now == 1 ? null : now - 1);
  }
}
