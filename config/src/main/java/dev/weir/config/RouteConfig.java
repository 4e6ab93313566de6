package dev.weir.config;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where requests of some listeners go, and which requests. Precedence is Gateway API's: priority,
/// then the longest host without a wildcard, then the longest with one, then an exact path, then
/// the longest prefix, then the name; never the place in the list.
///
/// @param name unique in its LoadBalancer
/// @param listeners the names of the listeners that it belongs to, of protocol HTTP or passing TLS
///   through
/// @param hosts lower case, without a port, each a name or `*.` and a name; empty for every host
/// @param paths empty for every path
/// @param alpn protocols of which a client must offer one, on listeners that pass TLS through;
///   empty for every client
/// @param priority higher first
/// @param backends where requests go, by weight; empty with a redirect
/// @param redirect what is answered instead; null with backends
/// @param requestHeaders edits between those of listener and pool; null for none
/// @param responseHeaders as `requestHeaders`
public record RouteConfig(
    String name,
    List<String> listeners,
    List<String> hosts,
    List<Path> paths,
    List<String> alpn,
    int priority,
    List<Backend> backends,
    @Nullable Redirect redirect,
    @Nullable HeaderEditsConfig requestHeaders,
    @Nullable HeaderEditsConfig responseHeaders) {

  public RouteConfig {
    listeners = List.copyOf(listeners);
    hosts = List.copyOf(hosts);
    paths = List.copyOf(paths);
    alpn = List.copyOf(alpn);
    backends = List.copyOf(backends);
  }

  /// How a path is compared: as the client sent it, without its query, byte by byte.
  public enum PathMatch {
    /// All of it.
    Exact,
    /// Element by element from the front: `/api` takes `/api` and `/api/x`, not `/apix`.
    Prefix
  }

  /// Which paths.
  ///
  /// @param value starts with `/`
  public record Path(PathMatch match, String value) {
    /// The value without a slash at its end: what a prefix compares, empty for every path.
    public String elements() {
      return elements(value);
    }

    /// A path without a slash at its end.
    public static String elements(String path) {
      return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
  }

  /// A pool and its share.
  ///
  /// @param weight its part of the sum of all; 0 gets nothing
  public record Backend(String pool, int weight) {}

  /// An answer that sends the client elsewhere.
  ///
  /// @param status 301, 302, 303, 307 or 308
  /// @param scheme null for the request's own
  /// @param host null for the request's own
  /// @param port null for the one that belongs to the scheme when that is given, else the request's
  /// @param path replaces the request's path; null to keep it
  /// @param prefix replaces what a [PathMatch#Prefix] matched; null to keep it
  public record Redirect(
      int status,
      @Nullable String scheme,
      @Nullable String host,
      @Nullable Integer port,
      @Nullable String path,
      @Nullable String prefix) {
    /// What a status may be.
    public static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);
  }
}
