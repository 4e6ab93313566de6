package dev.weir.proxy.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What does the cryptography. Thread: any.
enum TlsLibrary {
  /// BoringSSL, inside the process.
  BORINGSSL(SslProvider.OPENSSL_REFCNT),
  /// The JDK's own, everywhere else: slower, and its session tickets are not shared.
  JDK(SslProvider.JDK);

  private static final Logger LOG = LoggerFactory.getLogger(TlsLibrary.class);

  private final SslProvider provider;

  TlsLibrary(SslProvider provider) {
    this.provider = provider;
  }

  /// Found when it is asked for first: a proxy without TLS starts without it, which takes a good
  /// tenth of a second.
  private static final class Found {
    static final TlsLibrary LIBRARY = detect();
  }

  /// BoringSSL where its native library loads. Blocks while that is tried, once in a process.
  static TlsLibrary present() {
    return Found.LIBRARY;
  }

  private static TlsLibrary detect() {
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
