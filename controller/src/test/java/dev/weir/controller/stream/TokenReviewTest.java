package dev.weir.controller.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenReviewTest {
  private HttpServer apiServer;
  private KubernetesClient client;
  private volatile String status = "{}";
  private volatile int code = 201;
  private volatile String asked = "";

  @BeforeEach
  void open() throws IOException {
    apiServer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    apiServer.createContext(
        "/apis/authentication.k8s.io/v1/tokenreviews",
        exchange -> {
          asked = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          byte[] body =
              ("{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\",\"status\":"
                      + status
                      + "}")
                  .getBytes(UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(code, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    apiServer.start();
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("http://127.0.0.1:" + apiServer.getAddress().getPort())
            .withRequestRetryBackoffLimit(0)
            .withRequestTimeout(5_000)
            .build();
    client = new KubernetesClientBuilder().withConfig(config).build();
  }

  @AfterEach
  void close() {
    client.close();
    apiServer.stop(0);
  }

  private Authenticator.Answer authenticate() {
    return new TokenReviewAuthenticator(client).authenticate("the-token");
  }

  @Test
  void aServiceAccountWithOurAudienceIsKnown() {
    status =
        "{\"authenticated\":true,\"audiences\":[\"weir-controller\"],"
            + "\"user\":{\"username\":\"system:serviceaccount:web:shop-weir\"}}";
    assertEquals(
        new Authenticator.Answer.Known(new ProxyIdentity("web", "shop-weir")), authenticate());
    assertTrue(asked.contains("\"audiences\":[\"weir-controller\"]"), asked);
    assertTrue(asked.contains("\"token\":\"the-token\""), asked);
  }

  @Test
  void aTokenOfAPodNamesItsPodAndItsNode() {
    status =
        "{\"authenticated\":true,\"audiences\":[\"weir-controller\"],"
            + "\"user\":{\"username\":\"system:serviceaccount:web:shop-weir\",\"extra\":{"
            + "\"authentication.kubernetes.io/pod-name\":[\"shop-1\"],"
            + "\"authentication.kubernetes.io/node-name\":[\"node-7\"]}}}";
    assertEquals(
        new Authenticator.Answer.Known(new ProxyIdentity("web", "shop-weir", "shop-1", "node-7")),
        authenticate());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"authenticated\":false,\"error\":\"expired\"}",
        "{\"authenticated\":true,\"user\":{\"username\":\"system:serviceaccount:web:shop-weir\"}}",
        "{\"authenticated\":true,\"audiences\":[\"https://kubernetes.default.svc\"],"
            + "\"user\":{\"username\":\"system:serviceaccount:web:shop-weir\"}}",
        "{\"authenticated\":true,\"audiences\":[\"weir-controller\"]}",
        "{\"authenticated\":true,\"audiences\":[\"weir-controller\"],"
            + "\"user\":{\"username\":\"alice\"}}"
      })
  void everybodyElseIsRefused(String answer) {
    status = answer;
    assertInstanceOf(Authenticator.Answer.Refused.class, authenticate());
  }

  @Test
  void anApiServerThatFailsOrForbidsIsAnOutageNotARefusal() {
    code = 403;
    assertInstanceOf(Authenticator.Answer.Unavailable.class, authenticate());
    code = 400;
    assertInstanceOf(Authenticator.Answer.Unavailable.class, authenticate());
    apiServer.stop(0);
    assertInstanceOf(Authenticator.Answer.Unavailable.class, authenticate());
  }
}
