package dev.weir.proxy.tls;

import dev.weir.config.CertificateConfig;
import dev.weir.config.ListenerConfig.TlsVersion;
import dev.weir.config.pem.Authorities;
import dev.weir.config.pem.CertifiedKey;
import dev.weir.config.pem.InvalidPemException;
import dev.weir.config.pem.ServerTrust;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// One certificate of one listener, ready for handshakes. What the library holds for it is freed
/// when nobody knows the context any more; connections keep it alive. Thread: any.
final class ServerContext {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final long SESSIONS = 2048;

  /// Netty puts the key into a store and takes it out again; the usual kind of store would derive a
  /// key from the empty password with ten thousand rounds, twice.
  static final String PLAIN_STORE = "JKS";

  /// Where no client is asked for a certificate. Without it every context would have the
  /// authorities of the system.
  private static final X509ExtendedTrustManager NOBODY = new Nobody();

  private static final List<String> TLS13_SUITES =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private final CertificateConfig config;
  private final TlsSettings settings;
  private final CertifiedKey certificate;
  private final SslContext library;
  private final @Nullable String demand;

  private ServerContext(
      CertificateConfig config,
      TlsSettings settings,
      CertifiedKey certificate,
      SslContext library) {
    this.config = config;
    this.settings = settings;
    this.certificate = certificate;
    this.library = library;
    this.demand = settings.demand();
    CLEANER.register(this, () -> ReferenceCountUtil.release(library));
  }

  /// Builds a context.
  ///
  /// @throws InvalidPemException when the certificate, its key or the clients' authorities are no
  ///   good
  /// @throws SSLException when the library refuses them
  static ServerContext build(CertificateConfig config, TlsSettings settings, TicketKeys tickets)
      throws InvalidPemException, SSLException {
    CertifiedKey pair = CertifiedKey.read(config);
    var suites = new ArrayList<>(TLS13_SUITES);
    suites.addAll(settings.ciphers());
    SslContextBuilder builder =
        SslContextBuilder.forServer(pair.key(), pair.chain().toArray(X509Certificate[]::new))
            .sslProvider(TlsLibrary.present().provider())
            .keyStoreType(PLAIN_STORE)
            .protocols(
                settings.minVersion() == TlsVersion.TLS13
                    ? List.of("TLSv1.3")
                    : List.of("TLSv1.3", "TLSv1.2"))
            .ciphers(suites, SupportedCipherSuiteFilter.INSTANCE)
            .sessionCacheSize(SESSIONS)
            .sessionTimeout(TicketKeys.LIFETIME.toSeconds())
            .applicationProtocolConfig(
                settings.protocols().isEmpty()
                    ? ApplicationProtocolConfig.DISABLED
                    : new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        settings.protocols()));
    if (TlsLibrary.present() == TlsLibrary.BORINGSSL) {
      builder.option(OpenSslContextOption.USE_TASKS, false);
    }
    TlsSettings.Clients clients = settings.clients();
    if (clients == null) {
      builder.trustManager(NOBODY);
    } else {
      builder
          .clientAuth(clients.required() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL)
          .trustManager(trust(Authorities.read(clients.trust())));
    }
    SslContext library = builder.build();
    if (library.sessionContext() instanceof OpenSslServerSessionContext sessions) {
      sessions.setSessionIdContext(settings.sessionContext(config.name()));
      sessions.setSessionCacheEnabled(true);
      tickets.use(sessions);
    }
    return new ServerContext(config, settings, pair, library);
  }

  private static TrustManagerFactory trust(Authorities authorities) throws SSLException {
    try {
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(ChainRules.of(authorities));
      return factory;
    } catch (GeneralSecurityException | IOException e) {
      throw new SSLException("the authorities cannot be used: " + e.getMessage(), e);
    }
  }

  /// Whether it was built from these.
  boolean isOf(CertificateConfig wanted, TlsSettings with) {
    return config.equals(wanted) && settings.equals(with);
  }

  /// What it was built from.
  CertificateConfig config() {
    return config;
  }

  /// The name of the certificate's resource.
  String name() {
    return config.name();
  }

  /// The hosts that the certificate is for.
  List<String> hosts() {
    return certificate.hosts();
  }

  /// Whether the key is on an elliptic curve, which not every client takes.
  boolean ecdsa() {
    return !certificate.algorithm().equals("RSA");
  }

  /// When the certificate stops being valid.
  Instant expiry() {
    return certificate.expiry();
  }

  /// What is demanded of clients; null for nothing.
  @Nullable String demand() {
    return demand;
  }

  /// The handler of a connection.
  SslHandler handler(ByteBufAllocator allocator) {
    SslHandler handler = library.newHandler(allocator);
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }

  /// Trusts nobody.
  private static final class Nobody extends ServerTrust {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("no server is spoken with here");
    }
  }
}
