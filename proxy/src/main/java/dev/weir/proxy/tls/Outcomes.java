package dev.weir.proxy.tls;

import dev.weir.proxy.message.Handshake;
import dev.weir.proxy.net.TlsFacts;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// Reads what became of a handshake out of the library: its facts, or which of a few reasons made
/// it fail. Pure.
final class Outcomes {
  private static final int MAX_NAME = 1024;
  private static final HexFormat HEX = HexFormat.of();

  private Outcomes() {}

  /// @param resumed whether keys of an earlier connection are used
  record Agreed(TlsFacts facts, boolean resumed) {}

  static Agreed agreed(SslHandler tls, ServerContext context, ClientHello hello) {
    SSLSession session = tls.engine().getSession();
    var facts =
        new TlsFacts(
            session.getProtocol(),
            session.getCipherSuite(),
            hello.name(),
            tls.applicationProtocol(),
            context.demand(),
            context.demand() != null ? client(session) : null);
    boolean resumed =
        tls.engine() instanceof ReferenceCountedOpenSslEngine engine
            && SSL.isSessionReused(engine.sslPointer());
    return new Agreed(facts, resumed);
  }

  private static TlsFacts.@Nullable Certificate client(SSLSession session) {
    try {
      if (!(session.getPeerCertificates()[0] instanceof X509Certificate certificate)) {
        return null;
      }
      byte[] print = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return new TlsFacts.Certificate(
          visible(certificate.getSubjectX500Principal().getName()),
          visible(certificate.getIssuerX500Principal().getName()),
          certificate.getSerialNumber().toString(16),
          HEX.formatHex(print));
    } catch (SSLPeerUnverifiedException e) {
      return null;
    } catch (CertificateException | NoSuchAlgorithmException e) {
      throw new IllegalStateException("a certificate that was verified", e);
    }
  }

  private static String visible(String name) {
    var text = new StringBuilder();
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      if (b >= ' ' && b < 0x7f) {
        text.append((char) b);
      } else {
        text.append('\\').append(HEX.toHexDigits(b));
      }
    }
    return text.substring(0, Math.min(text.length(), MAX_NAME));
  }

  /// Which reason it was. Libraries say it in exceptions and texts; what no rule knows is a fault
  /// of the protocol.
  static Handshake of(Throwable cause) {
    for (Throwable one = cause; one != null; one = one.getCause()) {
      if (one instanceof ClosedChannelException) {
        return Handshake.CLOSED;
      }
      if (one instanceof CertificateException || one instanceof CertPathValidatorException) {
        return Handshake.CLIENT_CERTIFICATE_REFUSED;
      }
    }
    String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).replace('_', ' ');
    if (text.contains("did not return a certificate")
        || text.contains("empty client certificate")) {
      return Handshake.CLIENT_CERTIFICATE_MISSING;
    }
    if (text.contains("certificate verify failed")) {
      return Handshake.CLIENT_CERTIFICATE_REFUSED;
    }
    if (text.contains("unsupported protocol")
        || text.contains("protocol version")
        || text.contains("client requested protocol")) {
      return Handshake.VERSION;
    }
    if (text.contains("no shared cipher")
        || text.contains("no cipher suites in common")
        || text.contains("no common signature")
        || text.contains("no shared group")) {
      return Handshake.CIPHER;
    }
    if (text.contains("alert")) {
      return Handshake.CLIENT_ALERT;
    }
    return Handshake.PROTOCOL;
  }
}
