package dev.weir.config.pem;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Judges certificates of servers, all in one place, as the client of an [SSLEngine]. Clients are
/// not asked for any, and none is taken from them. Thread: any.
public abstract class ServerTrust extends X509ExtendedTrustManager {

  /// Judges a server by what it showed.
  ///
  /// @param chain begins with the server's own certificate
  /// @param kind of key exchange, as the JDK names them
  /// @param engine knows whom the client wanted, if it was made for a name
  /// @throws CertificateException when it is not to be trusted: says why
  @Override
  public abstract void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine)
      throws CertificateException;

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String kind, Socket socket)
      throws CertificateException {
    throw new CertificateException("servers are judged by engines alone");
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String kind)
      throws CertificateException {
    throw new CertificateException("servers are judged by engines alone");
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String kind, SSLEngine engine)
      throws CertificateException {
    throw noClients();
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String kind, Socket socket)
      throws CertificateException {
    throw noClients();
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String kind)
      throws CertificateException {
    throw noClients();
  }

  private static CertificateException noClients() {
    return new CertificateException("nobody was asked for a certificate");
  }

  /// None: they are for asking clients.
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
