package dev.weir.proxy;

import dev.weir.config.stream.ProxyGroup;
import dev.weir.proxy.net.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a proxy process runs. `docs/reference/proxy.md` describes every option.
///
/// @param config files and directories to run from; empty with a controller
/// @param controller where the configuration comes from instead; null without one
/// @param loops data loops; null for one per core
/// @param maxConnections client connections; null for what the limit of file descriptors allows
/// @param log where the access log goes; null for standard output
/// @param stateDirectory where the last known good configuration is kept; null for nowhere
/// @param ticketSecretsFile secrets of session tickets that other proxies have too; null for own
///   ones
/// @param bundleDirectory where a bundle is mounted; null for nowhere
/// @param health where `/ready`, `/live` and `/metrics` are
/// @param adminSocket the unix socket of `/state`; null for none
/// @param admin the same over TCP; null for none
/// @param adminTokenFile what clients of `admin` must present
/// @param drainDelay how long SIGTERM leaves everything but readiness as it is
/// @param drainTimeout how long connections may live on after that
/// @param proxyId what the controller calls this proxy
/// @param zone where this proxy runs; null for what the controller says
/// @param transport how sockets are used
public record ProxyOptions(
    List<Path> config,
    @Nullable Controller controller,
    @Nullable Integer loops,
    @Nullable Integer maxConnections,
    @Nullable String log,
    @Nullable Path stateDirectory,
    @Nullable Path ticketSecretsFile,
    @Nullable Path bundleDirectory,
    HostPort health,
    @Nullable Path adminSocket,
    @Nullable HostPort admin,
    @Nullable Path adminTokenFile,
    Duration drainDelay,
    Duration drainTimeout,
    String proxyId,
    @Nullable String zone,
    Transport transport) {

  public ProxyOptions {
    config = List.copyOf(config);
  }

  /// @param group what to ask for
  /// @param identityFile what proves who this proxy is: a token, or a certificate and its key in
  ///   PEM; null for nothing
  /// @param caFile whom to trust
  public record Controller(
      HostPort address, ProxyGroup group, @Nullable Path identityFile, Path caFile) {}
}
