package dev.weir.proxy.accesslog;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.net.SocketAddresses;
import dev.weir.proxy.net.TlsFacts;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// Who a client is. Its text is made once, when it is first asked for, and belongs to its
/// connection as long as that lasts. Thread: one event loop.
public final class Client {
  private static final byte[] NO_ADDRESS = Ascii.bytes("unix");

  private final @Nullable SocketAddress address;
  private final @Nullable TlsFacts tls;
  private byte @Nullable [] text;

  /// A client without TLS.
  ///
  /// @param address null as long as nobody said it
  public Client(@Nullable SocketAddress address) {
    this(address, null);
  }

  /// @param address null when it is unknown
  /// @param tls null without TLS
  public Client(@Nullable SocketAddress address, @Nullable TlsFacts tls) {
    this.address = address;
    this.tls = tls;
  }

  /// Its address; null when that is unknown.
  public @Nullable SocketAddress address() {
    return address;
  }

  /// What TLS agreed on with it; null without TLS.
  public @Nullable TlsFacts tls() {
    return tls;
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
