package dev.weir.proxy.tls;

import dev.weir.config.Addresses;
import dev.weir.config.CertificateConfig;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.ListenerConfig.TlsVersion;
import dev.weir.config.PoolConfig;
import dev.weir.config.TrustConfig;
import dev.weir.config.pem.Authorities;
import dev.weir.config.pem.CertifiedKey;
import dev.weir.config.pem.InvalidPemException;
import dev.weir.proxy.message.Failure;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.lang.ref.Cleaner;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/// How TLS is spoken with the endpoints of a pool. Immutable; two are equal only when they are the
/// same. What the library holds for it is freed when nobody knows it any more; connections keep it
/// alive. Thread: any.
///
/// Sessions are resumed with the same endpoint for [#SESSION_SECONDS], which is how long a
/// certificate may outlive its end; checks never resume, and so see it at once.
public final class OriginTls {
  /// How long a session may be resumed.
  public static final int SESSION_SECONDS = 300;

  private static final Cleaner CLEANER = Cleaner.create();
  private static final int SESSIONS = 10_000;
  private static final String NOBODY = "localhost";
  private static final ApplicationProtocolConfig HTTP2 =
      new ApplicationProtocolConfig(
          ApplicationProtocolConfig.Protocol.ALPN,
          SelectorFailureBehavior.NO_ADVERTISE,
          SelectedListenerFailureBehavior.ACCEPT,
          ApplicationProtocolNames.HTTP_2);
  private static final List<String> VERSIONS_FROM_12 = List.of("TLSv1.3", "TLSv1.2");
  private static final List<String> VERSIONS_FROM_13 = List.of("TLSv1.3");
  private static final List<String> SUITES_OF_13 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /// Everything that it is made of: equal settings give TLS that can go on as it is.
  ///
  /// @param protocol what endpoints speak
  /// @param trust null when there is none, wanted or not
  /// @param certificate null when there is none, wanted or not
  public record Settings(
      PoolConfig.Tls config,
      PoolConfig.Protocol protocol,
      @Nullable TrustConfig trust,
      @Nullable CertificateConfig certificate) {}

  private final Settings settings;
  private final @Nullable String problem;
  private final Map<PoolConfig.Protocol, SslContext> traffic;
  private final @Nullable SslContext checks;

  private OriginTls(
      Settings settings,
      @Nullable String problem,
      Map<PoolConfig.Protocol, SslContext> traffic,
      @Nullable SslContext checks) {
    this.settings = settings;
    this.problem = problem;
    this.traffic = traffic;
    this.checks = checks;
    CLEANER.register(
        this,
        () -> {
          traffic.values().forEach(ReferenceCountUtil::release);
          ReferenceCountUtil.release(checks);
        });
  }

  /// Makes contexts out of settings. Never throws for what they say: then there is a [#problem].
  public static OriginTls of(Settings settings) {
    PoolConfig.Tls config = settings.config();
    if (config.trust() != null && settings.trust() == null) {
      return unusable(settings, "the authorities to verify endpoints with are missing");
    }
    if (config.certificate() != null && settings.certificate() == null) {
      return unusable(settings, "the certificate to show to endpoints is missing");
    }
    try {
      var traffic = new EnumMap<PoolConfig.Protocol, SslContext>(PoolConfig.Protocol.class);
      // Upgrades are asked for over HTTP/1 whatever the pool speaks.
      for (PoolConfig.Protocol each : EnumSet.of(PoolConfig.Protocol.HTTP1, settings.protocol())) {
        traffic.put(each, context(settings, each, false));
      }
      SslContext checks = context(settings, settings.protocol(), true);
      return new OriginTls(settings, null, traffic, checks);
    } catch (InvalidPemException | SSLException e) {
      return unusable(settings, String.valueOf(e.getMessage()));
    }
  }

  private static OriginTls unusable(Settings settings, String problem) {
    return new OriginTls(settings, problem, Map.of(), null);
  }

  private static SslContext context(Settings settings, PoolConfig.Protocol protocol, boolean checks)
      throws InvalidPemException, SSLException {
    PoolConfig.Tls config = settings.config();
    var suites = new ArrayList<>(SUITES_OF_13);
    suites.addAll(config.ciphers());
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(TlsLibrary.present().provider())
            .protocols(
                config.minVersion() == TlsVersion.TLS13 ? VERSIONS_FROM_13 : VERSIONS_FROM_12)
            .ciphers(suites, SupportedCipherSuiteFilter.INSTANCE)
            .endpointIdentificationAlgorithm(null) // OriginTrust looks at the name
            .sessionCacheSize(SESSIONS)
            .sessionTimeout(checks ? 1 : SESSION_SECONDS);
    if (config.verified()) {
      TrustConfig trust = settings.trust();
      builder.trustManager(OriginTrust.in(trust == null ? null : Authorities.read(trust)));
    } else {
      builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
    }
    CertificateConfig certificate = settings.certificate();
    if (certificate != null) {
      CertifiedKey key = CertifiedKey.read(certificate);
      builder
          .keyStoreType(ServerContext.PLAIN_STORE)
          .keyManager(key.key(), key.chain().toArray(X509Certificate[]::new));
    }
    if (protocol == PoolConfig.Protocol.HTTP2) {
      builder.applicationProtocolConfig(HTTP2);
    }
    SslContext context = builder.build();
    if (checks && context.sessionContext() instanceof OpenSslSessionContext sessions) {
      sessions.setSessionCacheEnabled(false);
    }
    return context;
  }

  /// What it was made of.
  public Settings settings() {
    return settings;
  }

  /// Why no connection can be made, one sentence without a full stop; null when they can.
  public @Nullable String problem() {
    return problem;
  }

  /// A handler that starts a handshake as soon as it is in the pipeline of an open channel.
  ///
  /// @param protocol what will be spoken: the pool's, or HTTP/1
  /// @param session who takes part in resuming sessions: a number of the endpoint's own
  /// @throws IllegalStateException when there is a [#problem]
  public SslHandler handler(
      ByteBufAllocator allocator,
      EndpointsConfig.Endpoint endpoint,
      PoolConfig.Protocol protocol,
      int session) {
    return handler(traffic.get(protocol), allocator, endpoint, session);
  }

  /// Whether a handshake that is done agreed on the protocol: HTTP/2 only where the endpoint chose
  /// it (RFC 9113 section 3.2).
  public static boolean agreed(SslHandler handler, PoolConfig.Protocol protocol) {
    return switch (protocol) {
      case HTTP1 -> true;
      case HTTP2 -> ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol());
    };
  }

  /// As [#handler], with a whole handshake every time.
  public SslHandler check(ByteBufAllocator allocator, EndpointsConfig.Endpoint endpoint) {
    return handler(checks, allocator, endpoint, 0);
  }

  private SslHandler handler(
      @Nullable SslContext context,
      ByteBufAllocator allocator,
      EndpointsConfig.Endpoint endpoint,
      int session) {
    if (context == null) {
      throw new IllegalStateException(problem);
    }
    String name = name(endpoint);
    SslHandler handler = context.newHandler(allocator, name, session);
    if (Addresses.literal(name) == null && !(endpoint.unix() && unnamed())) {
      ask(handler.engine(), name);
    }
    return handler;
  }

  private boolean unnamed() {
    return settings.config().serverName() == null;
  }

  /// Whom an endpoint must prove to be.
  private String name(EndpointsConfig.Endpoint endpoint) {
    String configured = settings.config().serverName();
    String name = configured != null ? configured : endpoint.unix() ? NOBODY : endpoint.address();
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static void ask(SSLEngine engine, String name) {
    try {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      engine.setSSLParameters(parameters);
    } catch (IllegalArgumentException e) {
      // A name that SNI cannot say, one with an underscore for example, is not said.
    }
  }

  /// What a failed handshake means.
  public static Failure failure(Throwable cause) {
    RefusedCertificate refused = refused(cause);
    return refused == null ? Failure.ORIGIN_TLS_FAILED : refused.failure();
  }

  /// What went wrong in a handshake, for people.
  public static String reason(Throwable cause) {
    RefusedCertificate refused = refused(cause);
    if (refused != null) {
      return String.valueOf(refused.getMessage());
    }
    String text = String.valueOf(cause.getMessage()).replaceAll("[^ -~]", "?");
    String last = text.substring(text.lastIndexOf(':') + 1).strip();
    return last.replace('_', ' ').toLowerCase(Locale.ROOT);
  }

  private static @Nullable RefusedCertificate refused(Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof RefusedCertificate refused) {
        return refused;
      }
    }
    return null;
  }
}
