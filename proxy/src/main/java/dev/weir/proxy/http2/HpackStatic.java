package dev.weir.proxy.http2;

import dev.weir.proxy.message.Ascii;

/// The fields that both sides know from the start (RFC 7541 appendix A), and how a name finds its
/// place among them. Pure.
final class HpackStatic {
  /// How many there are; indexes start at 1.
  static final int SIZE = 61;

  /// What stands for a name that is not there.
  static final int NONE = 0;

  static final int AUTHORITY = 1;
  static final int METHOD_GET = 2;
  static final int METHOD_POST = 3;
  static final int PATH = 4;
  static final int SCHEME_HTTP = 6;
  static final int SCHEME_HTTPS = 7;
  static final int STATUS = 8;
  static final int CONTENT_LENGTH = 28;
  static final int CONTENT_TYPE = 31;
  static final int USER_AGENT = 58;

  private static final String TABLE =
      """
      :authority
      :method GET
      :method POST
      :path /
      :path /index.html
      :scheme http
      :scheme https
      :status 200
      :status 204
      :status 206
      :status 304
      :status 400
      :status 404
      :status 500
      accept-charset
      accept-encoding gzip, deflate
      accept-language
      accept-ranges
      accept
      access-control-allow-origin
      age
      allow
      authorization
      cache-control
      content-disposition
      content-encoding
      content-language
      content-length
      content-location
      content-range
      content-type
      cookie
      date
      etag
      expect
      expires
      from
      host
      if-match
      if-modified-since
      if-none-match
      if-range
      if-unmodified-since
      last-modified
      link
      location
      max-forwards
      proxy-authenticate
      proxy-authorization
      range
      referer
      refresh
      retry-after
      server
      set-cookie
      strict-transport-security
      transfer-encoding
      user-agent
      vary
      via
      www-authenticate
      """;

  private static final byte[][] NAMES = new byte[SIZE + 1][];
  private static final byte[][] VALUES = new byte[SIZE + 1][];
  private static final int[][] BY_LENGTH = new int[28][];

  static {
    int index = 1;
    for (String line : TABLE.lines().toList()) {
      int space = line.indexOf(' ');
      NAMES[index] = Ascii.bytes(space < 0 ? line : line.substring(0, space));
      VALUES[index] = Ascii.bytes(space < 0 ? "" : line.substring(space + 1));
      index++;
    }
    for (int length = 0; length < BY_LENGTH.length; length++) {
      int wanted = length;
      BY_LENGTH[length] =
          java.util.stream.IntStream.rangeClosed(1, SIZE)
              .filter(i -> NAMES[i].length == wanted && NAMES[i][0] != ':')
              .toArray();
    }
  }

  private HpackStatic() {}

  /// The name at an index. Shared: never write to it.
  static byte[] name(int index) {
    return NAMES[index];
  }

  /// The value at an index. Shared: never write to it.
  static byte[] value(int index) {
    return VALUES[index];
  }

  /// The index of a field's name in lower case, or [#NONE].
  static int find(byte[] bytes, int start, int end) {
    int length = end - start;
    if (length >= BY_LENGTH.length) {
      return NONE;
    }
    for (int index : BY_LENGTH[length]) {
      byte[] name = NAMES[index];
      int i = length - 1;
      while (i >= 0 && name[i] == bytes[start + i]) {
        i--;
      }
      if (i < 0) {
        return index;
      }
    }
    return NONE;
  }
}
