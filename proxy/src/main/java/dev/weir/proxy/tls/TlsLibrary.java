package dev.weir.proxy.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What does the cryptography. Thread: any.
public enum TlsLibrary {
  /// BoringSSL, inside the process.
  BORINGSSL(SslProvider.OPENSSL_REFCNT),
  /// The JDK's own, everywhere else: slower, and its session tickets are not shared.
  JDK(SslProvider.JDK);

  private static final Logger LOG = LoggerFactory.getLogger(TlsLibrary.class);

  private final SslProvider provider;

  TlsLibrary(SslProvider provider) {
    this.provider = provider;
  }

  /// BoringSSL where its native library loads.
  public static TlsLibrary detect() {
    if (OpenSsl.isAvailable()) {
      return BORINGSSL;
    }
    LOG.warn(
        "BoringSSL cannot be used, the JDK's TLS is: {}",
        String.valueOf(OpenSsl.unavailabilityCause()));
    // A client must not make the server agree on keys again and again (CVE-2011-1473).
    System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    return JDK;
  }

  /// Netty's name of it.
  SslProvider provider() {
    return provider;
  }
}
