package dev.weir.controller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.controller.api.LoadBalancer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;

/// fabric8's mock API server in CRUD mode, taught what the controller needs of a real one:
/// server-side apply of objects that are not there yet, and TokenReview. Applying to an object that
/// is there merges maps and replaces lists.
final class MockCluster implements TestCluster {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// It writes a line for each request.
  private static final Logger REQUESTS = Logger.getLogger("io.fabric8.mockwebserver");

  static {
    REQUESTS.setLevel(Level.WARNING);
  }

  private final KubernetesMockServer server;
  private final KubernetesClient client;
  private final Api api;
  private final AtomicLong tokens = new AtomicLong();

  MockCluster() {
    var context = CustomResourceDefinitionContext.fromCustomResourceType(LoadBalancer.class);
    api = new Api(context);
    server =
        new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), api, false);
    server.init();
    client = server.createClient();
  }

  @Override
  public KubernetesClient client() {
    return client;
  }

  /// The mock knows every kind.
  @Override
  public void install(String resource, String version, String kind) {}

  @Override
  public void namespace(String name) {}

  @Override
  public InetSocketAddress apiServer() {
    return new InetSocketAddress(server.getHostName(), server.getPort());
  }

  @Override
  public void stopApiServer() {}

  /// Whoever is at the latest version lists anew, too: what changes next is not sent to it.
  @Override
  public void forget() {
    api.forgetful = true;
  }

  @Override
  public void startApiServer() {
    api.oldest = api.requestResourceVersion() + 1;
  }

  @Override
  public String token(String namespace, String serviceAccount, String audience) {
    return String.join(":", "token", namespace, serviceAccount, audience);
  }

  @Override
  public String podToken(
      String namespace, String serviceAccount, String audience, String pod, String zone) {
    client().resource(node("node-of-" + pod, zone)).createOr(present -> present.update());
    return String.join(
        ":",
        token(namespace, serviceAccount, audience),
        pod,
        "node-of-" + pod,
        Long.toString(tokens.incrementAndGet()));
  }

  @Override
  public void end(String podToken) {
    api.ended.add(podToken);
  }

  @Override
  public String kubeconfig() {
    return """
    apiVersion: v1
    kind: Config
    clusters: [{name: mock, cluster: {server: "%s"}}]
    users: [{name: mock, user: {token: none}}]
    contexts: [{name: mock, context: {cluster: mock, user: mock}}]
    current-context: mock
    """
        .formatted(client.getMasterUrl());
  }

  @Override
  public void close() {
    client.close();
    try {
      server.destroy();
    } catch (IllegalStateException late) {
      REQUESTS.log(Level.WARNING, "the mock server did not end in time", late);
    }
  }

  /// What a real one sends when it does not know any more what happened since then.
  private static final class Expired extends WebSocketListener {
    @Override
    public void onOpen(WebSocket socket, Response response) {
      socket.send(
          """
          {"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure",\
          "reason":"Expired","code":410,"message":"too old resource version"}}""");
    }
  }

  private static final class Api extends KubernetesCrudDispatcher {
    private static final Pattern FROM = Pattern.compile("[?&]resourceVersion=(\\d+)");
    private final Set<String> ended = ConcurrentHashMap.newKeySet();
    private volatile long oldest;
    private volatile boolean forgetful;

    Api(CustomResourceDefinitionContext context) {
      super(List.of(context));
    }

    /// Does not send what happened since the version that is asked for: [#startApiServer] makes up
    /// for that.
    @Override
    public MockResponse handleWatch(String path) {
      var from = FROM.matcher(path);
      if (from.find() && Long.parseLong(from.group(1)) < oldest()) {
        return new MockResponse().withWebSocketUpgrade(new Expired());
      }
      return super.handleWatch(path);
    }

    /// The next version is taken to learn what the latest was.
    private long oldest() {
      return forgetful ? requestResourceVersion() - 1 : oldest;
    }

    @Override
    public MockResponse handleCreate(RecordedRequest request) {
      return request.getPath().startsWith("/apis/authentication.k8s.io/v1/tokenreviews")
          ? review(request.getBody().readUtf8())
          : super.handleCreate(request);
    }

    @Override
    public MockResponse handlePatch(RecordedRequest request) {
      if (!String.valueOf(request.getHeader("Content-Type")).contains("apply-patch")) {
        return super.handlePatch(request);
      }
      String path = request.getPath().replaceFirst("\\?.*", "");
      String body = request.getBody().readUtf8();
      MockResponse present = handleGet(path.replaceFirst("/status$", ""));
      if (present.code() == 200) {
        return super.handleUpdate(
            copy(HttpMethod.PUT, path, merged(present.getBody().readUtf8(), body)));
      }
      if (path.endsWith("/status")) {
        return new MockResponse().setResponseCode(404);
      }
      String collection = path.substring(0, path.lastIndexOf('/'));
      return super.handleCreate(copy(HttpMethod.POST, collection, body));
    }

    private static String merged(String present, String applied) {
      try {
        return merge(JSON.readTree(present), JSON.readTree(applied)).toString();
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException(e);
      }
    }

    private static JsonNode merge(JsonNode present, JsonNode applied) {
      if (!present.isObject() || !applied.isObject()) {
        return applied;
      }
      ObjectNode result = present.deepCopy();
      applied
          .properties()
          .forEach(
              field ->
                  result.set(field.getKey(), merge(result.path(field.getKey()), field.getValue())));
      return result;
    }

    private static RecordedRequest copy(HttpMethod method, String path, String body) {
      return new RecordedRequest(
          "HTTP/1.1",
          method,
          path,
          Headers.builder().add("Content-Type", "application/json").build(),
          new Buffer(body.getBytes(StandardCharsets.UTF_8)));
    }

    /// Tokens are `token:namespace:serviceAccount:audience`, with `:pod:node:number` where they are
    /// bound.
    private MockResponse review(String body) {
      try {
        ObjectNode review = (ObjectNode) JSON.readTree(body);
        JsonNode spec = review.path("spec");
        String token = spec.path("token").asText();
        String[] parts = token.split(":", -1);
        boolean good =
            !ended.contains(token)
                && (parts.length == 4 || parts.length == 7)
                && parts[0].equals("token")
                && spec.path("audiences").path(0).asText().equals(parts[3]);
        ObjectNode status = review.putObject("status").put("authenticated", good);
        if (good) {
          status.putArray("audiences").add(parts[3]);
          ObjectNode user =
              status
                  .putObject("user")
                  .put("username", "system:serviceaccount:" + parts[1] + ":" + parts[2]);
          if (parts.length == 7) {
            ObjectNode extra = user.putObject("extra");
            extra.putArray("authentication.kubernetes.io/pod-name").add(parts[4]);
            extra.putArray("authentication.kubernetes.io/node-name").add(parts[5]);
          }
        }
        return new MockResponse()
            .setResponseCode(201)
            .addHeader("Content-Type", "application/json")
            .setBody(review.toString());
      } catch (JsonProcessingException e) {
        return new MockResponse().setResponseCode(400);
      }
    }
  }
}
