package dev.weir.controller.stream;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// A WebSocket client that is not ours, to say anything to the server, or to stop reading.
final class RawPeer implements WebSocket.Listener {
  static final String HELLO =
      "{\"frame\":\"hello\",\"proxyId\":\"raw\",\"build\":\"b\",\"protocol\":1,\"stale\":false,"
          + "\"digest\":\""
          + "0".repeat(64)
          + "\",\"have\":{},\"more\":0}";

  final List<String> heard = new CopyOnWriteArrayList<>();
  volatile boolean closed;
  volatile boolean deaf;
  final WebSocket socket;
  private final StringBuilder partial = new StringBuilder();

  private RawPeer(HttpClient client, @Nullable String authorization, URI uri) {
    var builder = client.newWebSocketBuilder();
    if (authorization != null) {
      builder.header("Authorization", authorization);
    }
    socket = builder.buildAsync(uri, this).join();
  }

  static RawPeer connect(Path directory, int port, @Nullable String authorization, String path)
      throws IOException, GeneralSecurityException {
    return connect(directory, port, authorization, path, null);
  }

  /// @param identity a certificate and its key in PEM, as controllers issue them; null for none
  static RawPeer connect(
      Path directory,
      int port,
      @Nullable String authorization,
      String path,
      @Nullable String identity)
      throws IOException, GeneralSecurityException {
    var keys = KeyStore.getInstance(KeyStore.getDefaultType());
    keys.load(null, null);
    keys.setCertificateEntry(
        "ca",
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(
                    Files.readString(directory.resolve("ca.crt"))
                        .getBytes(StandardCharsets.US_ASCII))));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    var tls = SSLContext.getInstance("TLS");
    tls.init(identity == null ? null : keys(identity), trust.getTrustManagers(), null);
    HttpClient client = HttpClient.newBuilder().sslContext(tls).build();
    return new RawPeer(client, authorization, URI.create("wss://127.0.0.1:" + port + path));
  }

  private static KeyManager[] keys(String identity) throws IOException, GeneralSecurityException {
    byte[] pem = identity.getBytes(StandardCharsets.US_ASCII);
    var certificate =
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
    String key = identity.substring(identity.indexOf("-----BEGIN PRIVATE KEY"));
    byte[] der = Base64.getMimeDecoder().decode(key.replaceAll("-----[A-Z ]+-----", ""));
    var own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    own.setKeyEntry(
        "own",
        KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der)),
        new char[0],
        new Certificate[] {certificate});
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(own, new char[0]);
    return managers.getKeyManagers();
  }

  void send(String text) {
    socket.sendText(text, true).join();
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      heard.add(partial.toString());
      partial.setLength(0);
    }
    if (!deaf) {
      from.request(1);
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    closed = true;
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed = true;
  }
}
