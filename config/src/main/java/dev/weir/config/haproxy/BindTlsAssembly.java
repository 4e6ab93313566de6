package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.AuthoritiesSpec;
import dev.weir.api.v1alpha1.CertificateSpec;
import dev.weir.api.v1alpha1.ClientAuthSpec;
import dev.weir.api.v1alpha1.TlsSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes what a listener says of TLS out of the options of its bind. Used by one thread and thrown
/// away.
final class BindTlsAssembly {
  private final ReportDraft report;
  private final Places places;
  private final GlobalDraft global;

  BindTlsAssembly(ReportDraft report, Places places, GlobalDraft global) {
    this.report = report;
    this.places = places;
    this.global = global;
  }

  /// Null without TLS.
  ///
  /// @param path of the listener
  @Nullable TlsSpec tls(ProxyDraft proxy, Bind bind, String path) {
    var options = bind.options();
    if (!options.tls) {
      if (options.aboutTls != null) {
        report.notice(
            bind.line(),
            proxy.where(),
            "Differs",
            "'%s' has no effect without 'ssl', in HAProxy neither"
                .formatted(options.aboutTls.value()));
      }
      return null;
    }
    if (options.certificates.isEmpty()) {
      refuse(proxy, bind, "'ssl' needs a certificate: write 'crt' and a file");
      return null;
    }
    places.put(path + ".tls", bind.line());
    var speech = options.speech.over(global.bindTls);
    return new TlsSpec(
        null,
        options.certificates.stream().map(this::certificate).distinct().toList(),
        places.use(speech.minVersion, path + ".tls.minVersion"),
        places.use(speech.ciphers, path + ".tls.ciphers"),
        clients(proxy, bind, path + ".tls.clientAuth"),
        Boolean.TRUE.equals(places.use(speech.strictSni, path + ".tls.knownNamesOnly"))
            ? true
            : null);
  }

  private CertificateSpec certificate(Setting<String> file) {
    return new CertificateSpec(
        null,
        new CertificateSpec.CertificateFile(
            global.based(global.certificatesBase, file.value(), places), null));
  }

  private @Nullable ClientAuthSpec clients(ProxyDraft proxy, Bind bind, String path) {
    var options = bind.options();
    var verify = places.use(options.verify, path + ".mode");
    var file = places.use(options.authorities, path + ".ca");
    var lists = places.use(options.revocations, path + ".ca");
    if (verify == null || verify == BindOptions.Verify.None) {
      if (file != null || lists != null) {
        report.notice(
            bind.line(),
            proxy.where(),
            "Differs",
            "clients are asked for no certificate, as in HAProxy without 'verify'");
      }
      return null;
    }
    if (file == null) {
      refuse(proxy, bind, "'verify' needs the authorities: write 'ca-file' and a file");
      return null;
    }
    return new ClientAuthSpec(
        verify == BindOptions.Verify.Required
            ? ClientAuthSpec.Mode.Required
            : ClientAuthSpec.Mode.Optional,
        new AuthoritiesSpec(
            null,
            null,
            new AuthoritiesSpec.AuthoritiesFile(
                global.based(global.authoritiesBase, file, places),
                lists == null ? null : global.based(global.authoritiesBase, lists, places))));
  }

  /// What each of them is like; equal where listeners may be merged.
  List<Object> likeness(Bind bind) {
    var options = bind.options();
    return List.of(
        options.proxied,
        options.tls,
        options.certificates.stream().map(Setting::value).toList(),
        String.valueOf(value(options.verify)),
        String.valueOf(value(options.authorities)),
        String.valueOf(value(options.revocations)),
        String.valueOf(value(options.versions)),
        String.valueOf(value(options.speech.strictSni)),
        String.valueOf(value(options.speech.minVersion)),
        String.valueOf(value(options.speech.ciphers)));
  }

  private static @Nullable Object value(@Nullable Setting<?> setting) {
    return setting == null ? null : setting.value();
  }

  private void refuse(ProxyDraft proxy, Bind bind, String message) {
    report.refused(bind.line(), proxy.where(), Refusal.value(message));
  }
}
