package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.AuthoritiesSpec;
import dev.weir.api.v1alpha1.CertificateSpec;
import dev.weir.api.v1alpha1.PoolProxyProtocolSpec;
import dev.weir.api.v1alpha1.PoolTlsSpec;
import dev.weir.api.v1alpha1.TlsSpec;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes what a pool says of TLS and of the PROXY protocol out of its servers' options. Used by one
/// thread and thrown away.
final class ServerTlsAssembly {
  private static final String SYSTEM = "@system-ca";
  private static final String NOTHING = "";

  private final ReportDraft report;
  private final Uniform uniform;

  ServerTlsAssembly(ReportDraft report, Uniform uniform) {
    this.report = report;
    this.uniform = uniform;
  }

  /// Null when servers do not speak TLS.
  @Nullable PoolTlsSpec tls(ProxyDraft proxy, String path) {
    if (proxy.servers.isEmpty()
        || !Boolean.TRUE.equals(
            uniform.value(proxy.servers, proxy, "ssl", o -> o.tls, false, path))) {
      return null;
    }
    var verify =
        uniform.value(proxy.servers, proxy, "verify", o -> o.verify, true, path + ".verify");
    boolean verified = !Boolean.FALSE.equals(verify);
    var serverName = serverName(proxy, verified, path + ".serverName");
    var ca = authorities(proxy, verified, path + ".ca");
    var certificate =
        uniform.value(
            proxy.servers, proxy, "crt", o -> o.certificate, NOTHING, path + ".certificate");
    return new PoolTlsSpec(
        serverName,
        ca,
        certificate == null
            ? null
            : new CertificateSpec(null, new CertificateSpec.CertificateFile(certificate, null)),
        verified ? null : Boolean.FALSE,
        uniform.value(
            proxy.servers,
            proxy,
            "ssl-min-ver",
            o -> o.minVersion,
            TlsSpec.Version.TLS12,
            path + ".minVersion"),
        null);
  }

  /// HAProxy looks at the name that `sni` asks for, without it at that of `verifyhost`, and without
  /// both at none.
  private @Nullable String serverName(ProxyDraft proxy, boolean verified, String path) {
    var sni = uniform.value(proxy.servers, proxy, "sni", o -> o.serverName, NOTHING, path);
    var host = uniform.value(proxy.servers, proxy, "verifyhost", o -> o.verifyHost, NOTHING, path);
    var server = proxy.servers.getFirst();
    if (sni == null && host == null && verified) {
      report.notice(
          server.line(),
          proxy.where(),
          "Differs",
          "certificates must be for the addresses of their servers; HAProxy without sni and"
              + " verifyhost looks at no name");
    }
    if (sni == null && host != null) {
      report.notice(
          server.line(), proxy.where(), "Differs", "servers are asked for the name of verifyhost");
    }
    return sni != null ? sni : host;
  }

  private @Nullable AuthoritiesSpec authorities(ProxyDraft proxy, boolean verified, String path) {
    var file = uniform.value(proxy.servers, proxy, "ca-file", o -> o.authorities, NOTHING, path);
    var lists =
        uniform.value(proxy.servers, proxy, "crl-file", o -> o.revocations, NOTHING, path + ".crl");
    if (!verified || file == null || file.equals(SYSTEM)) {
      return null;
    }
    return new AuthoritiesSpec(null, null, new AuthoritiesSpec.AuthoritiesFile(file, lists));
  }

  /// Null when servers are not told who the client is.
  @Nullable PoolProxyProtocolSpec proxyProtocol(ProxyDraft proxy, String path) {
    if (proxy.servers.isEmpty()) {
      return null;
    }
    var version =
        uniform.value(proxy.servers, proxy, "send-proxy", o -> o.sendProxy, NOTHING, path);
    var checked =
        proxy.servers.stream().map(Server::options).filter(ServerOptions::checked).toList();
    if (version == null || version.isEmpty()) {
      return null;
    }
    if (checked.stream().map(o -> o.port).anyMatch(Objects::nonNull)) {
      report.notice(
          proxy.servers.getFirst().line(),
          proxy.where(),
          "Differs",
          "checks of another port start with a PROXY header too, and HAProxy's do with"
              + " check-send-proxy only");
    }
    return new PoolProxyProtocolSpec(PoolProxyProtocolSpec.Version.valueOf(version));
  }
}
