package dev.weir.controller.relay;

import dev.weir.config.pem.ServerTrust;
import dev.weir.config.stream.FrameCodec;
import dev.weir.config.stream.InvalidFrameException;
import dev.weir.controller.canary.Stage;
import dev.weir.controller.stream.PeerIdentity;
import dev.weir.controller.stream.StreamServer;
import dev.weir.controller.stream.TlsIdentity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// One connection to the leader: a WebSocket over TLS on which both ends prove that they are
/// controllers of the same CA. For one thread.
final class LeaderLink implements AutoCloseable, WebSocket.Listener {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final long SEND_SECONDS = 10;
  private static final long SILENCE = TimeUnit.MILLISECONDS.toNanos(3 * RelayFrame.PING_MILLIS);
  private static final char[] NO_PASSWORD = {};

  private final HttpClient client;
  private final BiConsumer<String, Stage> staged;
  private final StringBuilder text = new StringBuilder();
  private @Nullable WebSocket socket;
  private volatile long lastHeard = System.nanoTime();
  private volatile @Nullable String ended;

  private LeaderLink(HttpClient client, BiConsumer<String, Stage> staged) {
    this.client = client;
    this.staged = staged;
  }

  /// @param address `host:port`
  /// @param staged hears what the leader says of stages, on a thread of the client
  /// @throws IOException when it cannot be reached, or is not a replica that leads
  static LeaderLink dial(
      String address, TlsIdentity.Current credentials, BiConsumer<String, Stage> staged)
      throws IOException, InterruptedException {
    HttpClient client =
        HttpClient.newBuilder().connectTimeout(CONNECT).sslContext(tls(credentials)).build();
    var link = new LeaderLink(client, staged);
    try {
      link.socket =
          done(
              client.newWebSocketBuilder().connectTimeout(CONNECT).buildAsync(uri(address), link),
              2 * CONNECT.toSeconds());
      return link;
    } catch (IOException | InterruptedException e) {
      link.close();
      throw e;
    }
  }

  private static URI uri(String address) {
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, colon);
    String bracketed = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return URI.create("wss://" + bracketed + address.substring(colon) + StreamServer.REPLICA_PATH);
  }

  private static SSLContext tls(TlsIdentity.Current credentials) throws IOException {
    try {
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, null);
      own.setKeyEntry(
          "own", credentials.key(), NO_PASSWORD, credentials.chain().toArray(Certificate[]::new));
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, NO_PASSWORD);
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      for (int i = 0; i < credentials.trustedReplicas().size(); i++) {
        trusted.setCertificateEntry("ca" + i, credentials.trustedReplicas().get(i));
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), new TrustManager[] {new ReplicaTrust(trust)}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("no TLS: " + e.getMessage(), e);
    }
  }

  /// Sends one frame; returns when it is on its way.
  void send(RelayFrame frame) throws IOException, InterruptedException {
    String text = new String(RelayFrame.encode(frame), StandardCharsets.UTF_8);
    done(requireOpen().sendText(text, true), SEND_SECONDS);
  }

  /// @throws IOException when the connection is over
  WebSocket requireOpen() throws IOException {
    String reason = ended;
    WebSocket open = socket;
    if (reason != null || open == null) {
      throw new IOException(reason == null ? "not connected" : reason);
    }
    if (System.nanoTime() - lastHeard > SILENCE) {
      throw new IOException("the leader is silent");
    }
    return open;
  }

  private static <T> T done(CompletableFuture<T> future, long seconds)
      throws IOException, InterruptedException {
    try {
      return future.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no answer within " + seconds + " s", e);
    } catch (ExecutionException e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      throw new IOException(
          root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage(), e);
    }
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    lastHeard = System.nanoTime();
    text.append(data);
    if (text.length() > FrameCodec.MAX_FRAME) {
      ended = "the leader sends too much";
    } else if (last) {
      heard(text.toString());
      text.setLength(0);
    }
    from.request(1);
    return null;
  }

  private void heard(String frame) {
    try {
      if (RelayFrame.decode(frame.getBytes(StandardCharsets.UTF_8))
          instanceof RelayFrame.Staged(var stages)) {
        stages.forEach(s -> staged.accept(s.loadBalancer(), s.stage()));
      }
    } catch (InvalidFrameException e) {
      ended = "the leader is not understood: " + e.getMessage();
    }
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    ended = "the leader closed the connection";
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    ended = "connection lost: " + error.getMessage();
  }

  @Override
  public void close() {
    WebSocket open = socket;
    if (open != null) {
      open.abort();
    }
    client.shutdownNow();
  }

  /// Trusts certificates of the controller's CA that say that they are a controller's, at whatever
  /// address: replicas have no names.
  private static final class ReplicaTrust extends ServerTrust {
    private final X509ExtendedTrustManager chain;

    ReplicaTrust(TrustManagerFactory factory) {
      chain = (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    }

    @Override
    public void checkServerTrusted(X509Certificate[] certificates, String kind, SSLEngine engine)
        throws CertificateException {
      chain.checkServerTrusted(certificates, kind);
      if (!(PeerIdentity.of(certificates[0]) instanceof PeerIdentity.Replica)) {
        throw new CertificateException("the certificate is not one of a controller");
      }
    }
  }
}
