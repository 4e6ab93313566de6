package dev.weir.proxy.message;

import java.nio.charset.StandardCharsets;

/// The head of a request: method, target, authority, fields, and how its body is framed.
public final class RequestHead extends MessageHead {
  /// The body's length is not known in advance.
  public static final long CHUNKED = -1;

  private int methodStart;
  private int methodEnd;
  private int targetStart;
  private int targetEnd;
  private int pathStart;
  private int pathEnd;
  private int authorityStart;
  private int authorityEnd;
  private int minorVersion;
  private long bodyLength;
  private boolean keepAlive;
  private boolean expectsContinue;
  private boolean upgrade;
  private boolean acceptsTrailers;
  private boolean connect;

  @Override
  public void clear() {
    super.clear();
    methodStart = methodEnd = targetStart = targetEnd = pathStart = pathEnd = 0;
    authorityStart = authorityEnd = minorVersion = 0;
    bodyLength = 0;
    keepAlive = expectsContinue = upgrade = acceptsTrailers = connect = false;
  }

  /// Sets where method and target stand and the minor version of HTTP/1.
  public void startLine(int from, int methodTo, int targetFrom, int targetTo, int minor) {
    methodStart = from;
    methodEnd = methodTo;
    targetStart = targetFrom;
    targetEnd = targetTo;
    pathStart = targetFrom;
    pathEnd = targetTo;
    minorVersion = minor;
  }

  /// Sets where path and query stand; empty for an absolute target without a path.
  public void path(int from, int to) {
    pathStart = from;
    pathEnd = to;
  }

  /// Sets where the authority (host and port) stands.
  public void authority(int from, int to) {
    authorityStart = from;
    authorityEnd = to;
  }

  /// Sets how the body is framed: a length, 0 for none, or [#CHUNKED].
  public void body(long length) {
    bodyLength = length;
  }

  /// Sets what the client said about its connection.
  public void connection(
      boolean keep, boolean wantsContinue, boolean wantsUpgrade, boolean trailers) {
    keepAlive = keep;
    expectsContinue = wantsContinue;
    upgrade = wantsUpgrade;
    acceptsTrailers = trailers;
  }

  /// The request is a CONNECT that is served: it asks for a tunnel, and its path is its authority.
  public void connect() {
    connect = true;
    connection(true, false, true, false);
  }

  /// Where the method starts.
  public int methodStart() {
    return methodStart;
  }

  /// Where the method ends.
  public int methodEnd() {
    return methodEnd;
  }

  /// Where the target starts, as it was sent.
  public int targetStart() {
    return targetStart;
  }

  /// Where the target ends, as it was sent.
  public int targetEnd() {
    return targetEnd;
  }

  /// Where path and query start.
  public int pathStart() {
    return pathStart;
  }

  /// Where path and query end.
  public int pathEnd() {
    return pathEnd;
  }

  /// Where host and port start.
  public int authorityStart() {
    return authorityStart;
  }

  /// Where host and port end; equal to the start when there is no authority.
  public int authorityEnd() {
    return authorityEnd;
  }

  /// Where the host ends and `:port` starts, if there is one. Only of a valid authority, in which a
  /// colon outside of brackets starts the port.
  public int hostEnd() {
    byte[] bytes = bytes();
    int i = authorityEnd;
    while (i > authorityStart && bytes[i - 1] >= '0' && bytes[i - 1] <= '9') {
      i--;
    }
    return i > authorityStart && bytes[i - 1] == ':' ? i - 1 : authorityEnd;
  }

  /// Where the path ends and the query starts, with its question mark, if there is one.
  public int queryStart() {
    byte[] bytes = bytes();
    int i = pathStart;
    while (i < pathEnd && bytes[i] != '?') {
      i++;
    }
    return i;
  }

  /// 0 for HTTP/1.0, 1 for everything later.
  public int minorVersion() {
    return minorVersion;
  }

  /// The body's length in bytes, 0 for none, [#CHUNKED] for unknown.
  public long bodyLength() {
    return bodyLength;
  }

  /// Whether the client wants to send more requests on its connection.
  public boolean keepAlive() {
    return keepAlive;
  }

  /// Whether the client waits for `100 Continue` before its body.
  public boolean expectsContinue() {
    return expectsContinue;
  }

  /// Whether the client asks for a tunnel: by WebSocket, or by CONNECT.
  public boolean upgrade() {
    return upgrade;
  }

  /// Whether it asks by CONNECT.
  public boolean isConnect() {
    return connect;
  }

  /// Whether such a response opens the tunnel that is asked for (RFC 9110 section 9.3.6).
  public boolean tunnels(ResponseHead response) {
    return connect && response.status() / 100 == 2;
  }

  /// Whether the client said that it reads trailers.
  public boolean acceptsTrailers() {
    return acceptsTrailers;
  }

  /// Whether the method is this one.
  public boolean isMethod(byte[] method) {
    return Ascii.equals(bytes(), methodStart, methodEnd, method);
  }

  /// Whether doing it twice is as good as doing it once (RFC 9110 section 9.2.2).
  public boolean idempotent() {
    for (byte[] method : Methods.IDEMPOTENT) {
      if (isMethod(method)) {
        return true;
      }
    }
    return false;
  }

  /// Whether it may be sent a second time when nothing came back for the first (RFC 9110 section
  /// 9.2.2): it is idempotent, has no body that would be gone, and changes no protocol.
  public boolean repeatable() {
    return bodyLength() == 0 && idempotent() && !upgrade();
  }

  /// The method as text, for logs and tests.
  public String method() {
    return text(methodStart, methodEnd);
  }

  /// The target as text, for logs and tests.
  public String target() {
    return text(targetStart, targetEnd);
  }

  /// The authority as text, for logs and tests.
  public String authority() {
    return text(authorityStart, authorityEnd);
  }

  private String text(int start, int end) {
    return new String(bytes(), start, end - start, StandardCharsets.ISO_8859_1);
  }
}
