package dev.weir.proxy.tls;

import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.Passage;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.net.TlsFacts;
import dev.weir.proxy.route.HostTable;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The TLS handshake of a listener's connections, or of those of the listeners that share a bind.
/// Immutable.
public final class TlsStage implements Stage {
  private final @Nullable TlsSettings settings;
  private final ServerCertificates certificates;
  private final @Nullable String demand;
  private final @Nullable HostTable<TlsStage> sharing;

  /// @param settings null when nobody is let in
  TlsStage(@Nullable TlsSettings settings, ServerCertificates certificates) {
    this(settings, certificates, null);
  }

  private TlsStage(
      @Nullable TlsSettings settings,
      ServerCertificates certificates,
      @Nullable HostTable<TlsStage> sharing) {
    this.settings = settings;
    this.certificates = certificates;
    this.demand = settings == null ? null : settings.demand();
    this.sharing = sharing;
  }

  /// The same as the first of several on its bind: the name that a client asks for says whose
  /// certificates and demands are its.
  ///
  /// @param all those of the bind's listeners, by host
  public TlsStage sharing(Map<String, TlsStage> all) {
    return new TlsStage(settings, certificates, HostTable.of(all, this));
  }

  @Nullable TlsSettings settings() {
    return settings;
  }

  /// When certificates stop being valid, by the names of their resources.
  public Map<String, Instant> expiries() {
    var expiries = new TreeMap<String, Instant>();
    certificates.all().forEach(context -> expiries.put(context.name(), context.expiry()));
    return expiries;
  }

  ServerCertificates certificates() {
    return certificates;
  }

  /// The TLS of a plan; null when it has none.
  static @Nullable TlsStage of(ListenerPlan plan) {
    for (Stage stage : plan.stages()) {
      if (stage instanceof TlsStage tls) {
        return tls;
      }
    }
    return null;
  }

  /// Those of the listener that a client means.
  ServerCertificates certificatesFor(ClientHello hello) {
    HostTable<TlsStage> others = sharing;
    String name = hello.name();
    if (others == null || name == null) {
      return certificates;
    }
    byte[] bytes = Ascii.bytes(name);
    return others.find(bytes, 0, bytes.length).certificates;
  }

  @Override
  public Attempt begin(Arrival arrival, Passage passage) {
    var attempt = new TlsAttempt(arrival, passage);
    passage.add(attempt);
    arrival.channel().read();
    return attempt;
  }

  /// Who comes in under another name, or came before something was demanded, must have been asked
  /// for the same.
  @Override
  public boolean admits(@Nullable TlsFacts tls) {
    return demand == null || tls != null && demand.equals(tls.demand());
  }
}
