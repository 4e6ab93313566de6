package dev.weir.proxy.message;

/// The head of a response: status, fields, and how its body is framed.
public final class ResponseHead extends MessageHead {
  /// The body's length is not known in advance: chunked.
  public static final long CHUNKED = -1;

  /// The body ends with the connection.
  public static final long UNTIL_CLOSE = -2;

  private int minorVersion;
  private int status;
  private int reasonStart;
  private int reasonEnd;
  private long bodyLength;
  private boolean keepAlive;

  @Override
  public void clear() {
    super.clear();
    minorVersion = status = reasonStart = reasonEnd = 0;
    bodyLength = 0;
    keepAlive = false;
  }

  /// Sets the status line.
  public void startLine(int minor, int code, int reasonFrom, int reasonTo) {
    minorVersion = minor;
    status = code;
    reasonStart = reasonFrom;
    reasonEnd = reasonTo;
  }

  /// Sets how the body is framed and whether the connection can be used again.
  public void body(long length, boolean keep) {
    bodyLength = length;
    keepAlive = keep;
  }

  /// 0 for HTTP/1.0, 1 for everything later.
  public int minorVersion() {
    return minorVersion;
  }

  /// The status code, 100 to 599.
  public int status() {
    return status;
  }

  /// Where the reason phrase starts.
  public int reasonStart() {
    return reasonStart;
  }

  /// Where the reason phrase ends.
  public int reasonEnd() {
    return reasonEnd;
  }

  /// The body's length in bytes, 0 for none, [#CHUNKED] or [#UNTIL_CLOSE].
  public long bodyLength() {
    return bodyLength;
  }

  /// Whether the origin keeps its connection open.
  public boolean keepAlive() {
    return keepAlive;
  }

  /// Whether more heads follow this one: any 1xx but 101.
  public boolean informational() {
    return status < 200 && status != 101;
  }
}
