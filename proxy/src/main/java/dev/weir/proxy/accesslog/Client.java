package dev.weir.proxy.accesslog;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.net.SocketAddresses;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// Who a client is. Its text is made once, when it is first asked for, and belongs to its
/// connection as long as that lasts. Thread: one event loop.
public final class Client {
  private static final byte[] NO_ADDRESS = Ascii.bytes("unix");

  private final @Nullable SocketAddress address;
  private byte @Nullable [] text;

  /// @param address null as long as nobody said it
  public Client(@Nullable SocketAddress address) {
    this.address = address;
  }

  /// Its address; null when that is unknown.
  public @Nullable SocketAddress address() {
    return address;
  }

  /// Its IP address as text, `unix` without one. Never to be written to.
  public byte[] text() {
    byte[] known = text;
    if (known == null) {
      known =
          address instanceof InetSocketAddress ip
              ? Ascii.bytes(SocketAddresses.host(ip))
              : NO_ADDRESS;
      text = known;
    }
    return known;
  }

  /// Its port, 0 without an IP address.
  public int port() {
    return address instanceof InetSocketAddress ip ? ip.getPort() : 0;
  }
}
