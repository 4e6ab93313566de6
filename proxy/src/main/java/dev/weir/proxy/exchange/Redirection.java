package dev.weir.proxy.exchange;

import dev.weir.config.RouteConfig;
import dev.weir.config.RouteConfig.Path;
import dev.weir.config.RouteConfig.PathMatch;
import dev.weir.config.RouteConfig.Redirect;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.RequestHead;
import io.netty.buffer.ByteBuf;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A redirect, and how its Location is made of a request (RFC 9110 section 10.2.2). What the
/// redirect does not say stays as the request has it; the query always stays. It is absolute, so
/// that a path of `//` cannot be read as a host, and made of visible ASCII alone, which is all that
/// a request's target and authority may have. Immutable. Thread: any.
public final class Redirection {
  private static final byte[] SCHEME_END = Ascii.bytes("://");

  private final int status;
  private final byte[] scheme;
  private final boolean otherScheme;
  private final byte @Nullable [] host;
  private final byte @Nullable [] port;
  private final byte @Nullable [] path;
  private final byte @Nullable [] prefix;
  private final List<byte[]> prefixes;

  /// @param own the scheme of the listener's requests
  public Redirection(RouteConfig route, Redirect redirect, String own) {
    status = redirect.status();
    scheme = Ascii.bytes(redirect.scheme() == null ? own : redirect.scheme());
    otherScheme = redirect.scheme() != null;
    host = bytes(redirect.host());
    port = redirect.port() == null ? null : Ascii.bytes(":" + redirect.port());
    path = bytes(redirect.path());
    prefix = redirect.prefix() == null ? null : Ascii.bytes(Path.elements(redirect.prefix()));
    prefixes =
        route.paths().stream()
            .filter(match -> match.match() == PathMatch.Prefix)
            .map(match -> Ascii.bytes(match.elements()))
            .sorted(Comparator.comparingInt(known -> -known.length))
            .toList();
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : Ascii.bytes(text);
  }

  /// 301, 302, 303, 307 or 308.
  public int status() {
    return status;
  }

  /// Whether a Location can be made: without a host in the redirect the request needs one.
  public boolean possible(RequestHead request) {
    return host != null || request.hostEnd() > request.authorityStart();
  }

  /// How long the Location can become at most.
  public int size(RequestHead request) {
    return 512 + request.length() + length(host) + length(path) + length(prefix);
  }

  private static int length(byte @Nullable [] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  /// Appends the Location.
  public void write(RequestHead request, ByteBuf out) {
    byte[] bytes = request.bytes();
    out.writeBytes(scheme).writeBytes(SCHEME_END);
    int hostEnd = request.hostEnd();
    if (host != null) {
      out.writeBytes(host);
    } else {
      out.writeBytes(bytes, request.authorityStart(), hostEnd - request.authorityStart());
    }
    if (port != null) {
      out.writeBytes(port);
    } else if (!otherScheme) {
      out.writeBytes(bytes, hostEnd, request.authorityEnd() - hostEnd);
    }
    int query = request.queryStart();
    if (path != null) {
      out.writeBytes(path);
    } else if (prefix != null) {
      boolean star = query > request.pathStart() && bytes[request.pathStart()] != '/';
      int kept = star ? query : request.pathStart() + matched(bytes, request.pathStart(), query);
      out.writeBytes(prefix);
      if (prefix.length == 0 && (kept == query || bytes[kept] != '/')) {
        out.writeByte('/');
      }
      out.writeBytes(bytes, kept, query - kept);
    } else if (query == request.pathStart() || bytes[request.pathStart()] != '/') {
      out.writeByte('/');
    } else {
      out.writeBytes(bytes, request.pathStart(), query - request.pathStart());
    }
    out.writeBytes(bytes, query, request.pathEnd() - query);
  }

  /// The length of the longest of the route's prefixes that the path has.
  private int matched(byte[] bytes, int from, int to) {
    for (byte[] known : prefixes) {
      int end = from + known.length;
      if (end <= to && Ascii.equals(bytes, from, end, known) && (end == to || bytes[end] == '/')) {
        return known.length;
      }
    }
    return 0;
  }
}
