package dev.weir.controller.tools;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.weir.controller.tools.CommandLine.UsageException;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What running controllers say of themselves: through the API server's port forwarding, which asks
/// for the right to forward to their pods, or directly on this machine.
final class Controllers {
  /// The options that say where controllers are.
  static final List<String> OPTIONS = List.of("--server", "--controller-namespace");

  /// What the options mean, for help texts.
  static final String HELP =
      """
        --controller-namespace NAME
                              where the controllers' pods are [weir-system]
        --server HOST:PORT    the health address of a controller on this machine, instead
                              of pods; can be given several times
      """;

  private static final int PORT = 9902;
  private static final String LABEL = "app.kubernetes.io/name";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final CommandLine line;

  /// What one controller answered.
  ///
  /// @param name the pod, or its address
  record Answer<T>(String name, T state) {}

  /// Nobody answered.
  static final class UnavailableException extends Exception {
    private static final long serialVersionUID = 1;

    UnavailableException(String problem) {
      super(problem);
    }
  }

  Controllers(CommandLine line) {
    this.line = line;
  }

  /// Asks every controller for a page.
  ///
  /// @param missing whether a controller may not know the page's subject; it is left out then
  /// @throws UnavailableException when there is none, or one does not answer
  <T> List<Answer<T>> ask(String path, Class<T> type, boolean missing)
      throws UnavailableException, UsageException {
    List<Answer<T>> answers = new ArrayList<>();
    if (line.has("--server")) {
      for (String server : line.values("--server")) {
        add(answers, server, get(URI.create("http://" + server + path), missing), type);
      }
      return answers;
    }
    String namespace = line.value("--controller-namespace");
    String where = namespace == null ? "weir-system" : namespace;
    try (var client = Access.client(line)) {
      List<Pod> pods = pods(client, where);
      if (pods.isEmpty()) {
        throw new UnavailableException(
            "no pod with the label %s=weir-controller runs in namespace %s (--controller-namespace,"
                    .formatted(LABEL, where)
                + " or --server for one on this machine)");
      }
      for (Pod pod : pods) {
        add(answers, pod.getMetadata().getName(), forwarded(client, pod, path, missing), type);
      }
    } catch (KubernetesClientException e) {
      throw new UnavailableException(Access.explain(e));
    }
    return answers;
  }

  private static List<Pod> pods(KubernetesClient client, String namespace) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel(LABEL, "weir-controller")
        .list()
        .getItems()
        .stream()
        .filter(pod -> "Running".equals(pod.getStatus().getPhase()))
        .toList();
  }

  private static String forwarded(KubernetesClient client, Pod pod, String path, boolean missing)
      throws UnavailableException {
    try (LocalPortForward forward =
        client.pods().resource(pod).portForward(PORT, InetAddress.getLoopbackAddress(), 0)) {
      return get(URI.create("http://127.0.0.1:" + forward.getLocalPort() + path), missing);
    } catch (IOException e) {
      throw new UnavailableException(
          "no port forwarding to pod " + pod.getMetadata().getName() + ": " + e.getMessage());
    }
  }

  private static <T> void add(List<Answer<T>> to, String name, String body, Class<T> type)
      throws UnavailableException {
    if (body.isEmpty()) {
      return;
    }
    try {
      to.add(new Answer<>(name, Json.read(body, type)));
    } catch (JsonProcessingException e) {
      throw new UnavailableException(
          "controller " + name + " says what is not understood here: " + e.getOriginalMessage());
    }
  }

  /// The page; empty for one that is not there and may be missing.
  private static String get(URI uri, boolean missing) throws UnavailableException {
    try (var http = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      var response =
          http.send(
              HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() == 200) {
        return response.body();
      }
      if (response.statusCode() == 404 && missing) {
        return "";
      }
      throw new UnavailableException(
          "%s answers HTTP %d: %s".formatted(uri, response.statusCode(), response.body().strip()));
    } catch (IOException e) {
      throw new UnavailableException("%s does not answer: %s".formatted(uri, e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted");
    }
  }
}
