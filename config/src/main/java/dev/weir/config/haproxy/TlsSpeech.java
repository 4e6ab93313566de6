package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.TlsSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How TLS is spoken, by a bind, a server, or those that do not say it. Used by one thread.
final class TlsSpeech {
  @Nullable Setting<TlsSpec.Version> minVersion;

  /// Whether names without a certificate are refused; binds alone say it.
  @Nullable Setting<Boolean> strictSni;

  /// Never empty.
  @Nullable Setting<List<String>> ciphers;

  TlsSpeech copy() {
    var copy = new TlsSpeech();
    copy.minVersion = minVersion;
    copy.strictSni = strictSni;
    copy.ciphers = ciphers;
    return copy;
  }

  /// The same, with what others say where it says nothing.
  TlsSpeech over(TlsSpeech others) {
    var both = copy();
    both.minVersion = minVersion == null ? others.minVersion : minVersion;
    both.strictSni = strictSni == null ? others.strictSni : strictSni;
    both.ciphers = ciphers == null ? others.ciphers : ciphers;
    return both;
  }
}
