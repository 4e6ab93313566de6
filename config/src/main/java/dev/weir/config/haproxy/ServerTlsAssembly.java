package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.AuthoritiesSpec;
import dev.weir.api.v1alpha1.CertificateSpec;
import dev.weir.api.v1alpha1.PoolProxyProtocolSpec;
import dev.weir.api.v1alpha1.PoolTlsSpec;
import dev.weir.api.v1alpha1.TlsSpec;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes what a pool says of TLS and of the PROXY protocol out of its servers' options. Used by one
/// thread and thrown away.
final class ServerTlsAssembly {
  private static final String SYSTEM = "@system-ca";
  private static final String NOTHING = "";

  private final ReportDraft report;
  private final Places places;
  private final GlobalDraft global;
  private final Uniform uniform;

  ServerTlsAssembly(ReportDraft report, Places places, GlobalDraft global, Uniform uniform) {
    this.report = report;
    this.places = places;
    this.global = global;
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
        uniform.value(
            proxy.servers,
            proxy,
            "verify",
            o -> o.verify == null ? global.verify : o.verify,
            true,
            path + ".verify");
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
            : new CertificateSpec(
                null,
                new CertificateSpec.CertificateFile(
                    global.based(global.certificatesBase, certificate, places), null)),
        verified ? null : Boolean.FALSE,
        uniform.value(
            proxy.servers,
            proxy,
            "ssl-min-ver",
            o -> o.speech.over(global.serverTls).minVersion,
            TlsSpec.Version.TLS12,
            path + ".minVersion"),
        uniform.value(
            proxy.servers,
            proxy,
            "ciphers",
            o -> o.speech.over(global.serverTls).ciphers,
            List.of(),
            path + ".ciphers"));
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
    var name = sni != null ? sni : host;
    var checked =
        uniform.value(proxy.servers, proxy, "check-sni", o -> o.checkedName, NOTHING, path);
    if (checked != null && name != null && !checked.equals(name)) {
      report.refused(
          server.line(),
          proxy.where(),
          Refusal.unsupported(
              "checks ask for '%s' and traffic for '%s': a pool asks for one name"
                  .formatted(checked, name)));
    }
    if (checked != null && name == null) {
      report.notice(
          server.line(), proxy.where(), "Differs", "servers are asked for the name of check-sni");
    }
    return name == null ? checked : name;
  }

  private @Nullable AuthoritiesSpec authorities(ProxyDraft proxy, boolean verified, String path) {
    var file = uniform.value(proxy.servers, proxy, "ca-file", o -> o.authorities, NOTHING, path);
    var lists =
        uniform.value(proxy.servers, proxy, "crl-file", o -> o.revocations, NOTHING, path + ".crl");
    if (!verified || file == null || file.equals(SYSTEM)) {
      return null;
    }
    return new AuthoritiesSpec(
        null,
        null,
        new AuthoritiesSpec.AuthoritiesFile(
            global.based(global.authoritiesBase, file, places),
            lists == null ? null : global.based(global.authoritiesBase, lists, places)));
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
