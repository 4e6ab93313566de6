package dev.weir.controller.apiserver;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.net.http.HttpClient;
import java.time.Duration;

/// A client of the API server that does not go on waiting for one that is gone.
///
/// A network that loses everything ends no connection: a watch on it hears nothing, and nothing is
/// wrong. The library replaces watches after five to ten minutes; here each asks the server whether
/// it is there ([Pings]), and one without answers goes on over a new connection from the last
/// version that it saw, so that nothing is lost and nothing is listed anew. Other requests have
/// deadlines and connections of HTTP/1.1, which end with the deadline: one of HTTP/2 would be used
/// again for the next. Safe for any thread.
public final class ApiServer implements AutoCloseable {
  /// How often a watch asks unless it is said otherwise: within 40 s it has noticed.
  public static final Duration PING = Duration.ofSeconds(10);

  /// The first pause before a watch is tried again. The library doubles it five times, so that
  /// watches are back 3.2 s after an API server that was away, however long that was.
  private static final int RECONNECT_MILLIS = 100;

  private final Pings pings;
  private final KubernetesClient client;

  /// @param config where it is, and who we are
  /// @param ping how often a watch asks; after three questions without an answer it is lost
  public ApiServer(Config config, Duration ping) {
    pings = new Pings(ping);
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(config)
                    .withHttp2Disable(true)
                    .withWatchReconnectInterval(RECONNECT_MILLIS)
                    .build())
            .withHttpClientFactory(new Clients(pings))
            .build();
  }

  /// The client; closed with this.
  public KubernetesClient client() {
    return client;
  }

  /// How many watches have been lost without a word so far.
  public long lostWatches() {
    return pings.lost();
  }

  @Override
  public void close() {
    client.close();
    pings.close();
  }

  private static final class Clients extends JdkHttpClientFactory {
    private final Pings pings;

    Clients(Pings pings) {
      this.pings = pings;
    }

    @Override
    protected HttpClient.Builder createNewHttpClientBuilder() {
      return new PingingClient.Builder(super.createNewHttpClientBuilder(), pings);
    }
  }
}
