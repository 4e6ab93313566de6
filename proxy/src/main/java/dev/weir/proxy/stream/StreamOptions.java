package dev.weir.proxy.stream;

import dev.weir.config.stream.ProxyGroup;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How the proxy reaches its controller.
///
/// @param host DNS name or IP; with several addresses each attempt takes another
/// @param group what to ask for
/// @param proxyId unique among the group's proxies and kept over restarts: the pod's or the host's
///   name
/// @param build this proxy's build
/// @param identityFile what proves who this proxy is: a bearer token, or a certificate and its key
///   in PEM; read again at each attempt; null shows nothing
/// @param caFile certificates to trust, PEM, read again at each attempt
/// @param stateDirectory where the last known good is kept; null for nowhere
/// @param bundleDirectory where a bundle is mounted, for a start without a controller and a last
///   known good; null for nowhere
/// @param graceBeforeLastKnownGood how long to wait for a controller at the start before running
///   the last known good; a failed first attempt ends the wait
/// @param minBackoff the shortest wait before another attempt
/// @param maxBackoff the longest wait before another attempt
public record StreamOptions(
    String host,
    int port,
    ProxyGroup group,
    String proxyId,
    String build,
    @Nullable Path identityFile,
    Path caFile,
    @Nullable Path stateDirectory,
    @Nullable Path bundleDirectory,
    Duration graceBeforeLastKnownGood,
    Duration minBackoff,
    Duration maxBackoff) {

  /// Grace 2 s, backoff from 0.2 to 10 s.
  public static StreamOptions defaults(
      String host,
      int port,
      ProxyGroup group,
      String proxyId,
      String build,
      @Nullable Path identityFile,
      Path caFile,
      @Nullable Path stateDirectory,
      @Nullable Path bundleDirectory) {
    return new StreamOptions(
        host,
        port,
        group,
        proxyId,
        build,
        identityFile,
        caFile,
        stateDirectory,
        bundleDirectory,
        Duration.ofSeconds(2),
        Duration.ofMillis(200),
        Duration.ofSeconds(10));
  }
}
