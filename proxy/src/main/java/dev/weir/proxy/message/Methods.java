package dev.weir.proxy.message;

/// The methods that a proxy has to know.
public final class Methods {
  public static final byte[] GET = Ascii.bytes("GET");
  public static final byte[] HEAD = Ascii.bytes("HEAD");
  public static final byte[] DELETE = Ascii.bytes("DELETE");
  public static final byte[] OPTIONS = Ascii.bytes("OPTIONS");
  public static final byte[] CONNECT = Ascii.bytes("CONNECT");
  public static final byte[] TRACE = Ascii.bytes("TRACE");
  static final byte[][] IDEMPOTENT = {GET, HEAD, OPTIONS, Ascii.bytes("PUT"), DELETE, TRACE};

  private Methods() {}
}
