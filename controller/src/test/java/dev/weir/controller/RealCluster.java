package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.proxy.testkit.Await;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A real API server, with the project's CRD applied. What a test makes is in namespaces that go
/// with it.
final class RealCluster implements TestCluster {
  private static final Pattern LIST =
      Pattern.compile("(?m)^apiserver_request_total\\{[^}]*verb=\"LIST\"[^}]*} (\\S+)$");

  private final KubernetesClient client;
  private final List<String> namespaces = new ArrayList<>();
  private final List<String> nodes = new ArrayList<>();
  private final Map<String, Pod> pods = new ConcurrentHashMap<>();
  private final String kubeconfig;

  RealCluster(String kubeconfig) throws IOException {
    this.kubeconfig = kubeconfig;
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(new File(kubeconfig)))
            .build();
    var crd =
        Serialization.unmarshal(
            Files.readString(Path.of("../crds/loadbalancers.weir.dev.yaml")),
            CustomResourceDefinition.class);
    client.resource(crd).fieldManager("weir-test").forceConflicts().serverSideApply();
    awaitEstablished(crd);
  }

  @Override
  public KubernetesClient client() {
    return client;
  }

  @Override
  public void install(String resource, String version, String kind) {
    int dot = resource.indexOf('.');
    var crd =
        new CustomResourceDefinitionBuilder()
            .withNewMetadata()
            .withName(resource)
            .addToAnnotations("api-approved.kubernetes.io", "unapproved, for tests")
            .endMetadata()
            .withNewSpec()
            .withGroup(resource.substring(dot + 1))
            .withScope("Namespaced")
            .withNewNames()
            .withPlural(resource.substring(0, dot))
            .withKind(kind)
            .endNames()
            .addNewVersion()
            .withName(version)
            .withServed(true)
            .withStorage(true)
            .withNewSchema()
            .withNewOpenAPIV3Schema()
            .withType("object")
            .withXKubernetesPreserveUnknownFields(true)
            .endOpenAPIV3Schema()
            .endSchema()
            .endVersion()
            .endSpec()
            .build();
    client.resource(crd).fieldManager("weir-test").forceConflicts().serverSideApply();
    awaitEstablished(crd);
  }

  private void awaitEstablished(CustomResourceDefinition crd) {
    Await.until(
        "the CRD is established",
        () ->
            client.resource(crd).get().getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True")));
  }

  @Override
  public void namespace(String name) {
    namespaces.add(name);
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
  }

  @Override
  public InetSocketAddress apiServer() {
    URI uri = URI.create(client.getConfiguration().getMasterUrl());
    return new InetSocketAddress(uri.getHost(), uri.getPort());
  }

  @Override
  public void stopApiServer() throws Exception {
    kube("stop", "kube-apiserver");
  }

  /// A new one begins its memory with what it reads from etcd.
  @Override
  public void startApiServer() throws Exception {
    kube("start", "kube-apiserver");
  }

  /// Sends a signal by its short name to a process of the cluster, such as `etcd`.
  void signal(String process, String signal) throws Exception {
    String pid = Files.readString(Path.of(kubeconfig).resolveSibling(process + ".pid")).strip();
    run(new ProcessBuilder("kill", "-" + signal, pid));
  }

  /// How often a resource has been listed in all namespaces since the API server started. Lists of
  /// one namespace are those of controllers that empty it.
  long lists(String resource) {
    Matcher matcher = LIST.matcher(client.raw("/metrics"));
    long lists = 0;
    while (matcher.find()) {
      if (matcher.group().contains("resource=\"" + resource + "\"")
          && matcher.group().contains("scope=\"cluster\"")) {
        lists += Double.valueOf(matcher.group(1)).longValue();
      }
    }
    return lists;
  }

  private void kube(String verb, String process) throws Exception {
    String directory = Path.of(kubeconfig).getParent().toString();
    run(new ProcessBuilder("../test/kube/kube", verb, directory, process));
  }

  private static void run(ProcessBuilder builder) throws Exception {
    Process process =
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    assertEquals(0, process.waitFor(), () -> String.join(" ", builder.command()));
  }

  @Override
  public String podToken(
      String namespace, String serviceAccount, String audience, String pod, String zone) {
    account(namespace, serviceAccount);
    Node node = node("node-of-" + pod, zone);
    if (client.resource(node).get() == null) {
      client.resource(node).create();
      nodes.add(node.getMetadata().getName());
    }
    Pod bound =
        client
            .resource(
                new PodBuilder()
                    .withNewMetadata()
                    .withName(pod)
                    .withNamespace(namespace)
                    .endMetadata()
                    .withNewSpec()
                    .withServiceAccountName(serviceAccount)
                    .withNodeName(node.getMetadata().getName())
                    .addNewContainer()
                    .withName("proxy")
                    .withImage("none")
                    .endContainer()
                    .endSpec()
                    .build())
            .create();
    String token =
        client
            .serviceAccounts()
            .inNamespace(namespace)
            .withName(serviceAccount)
            .tokenRequest(
                new TokenRequestBuilder()
                    .withNewSpec()
                    .withAudiences(audience)
                    .withNewBoundObjectRef("v1", "Pod", pod, bound.getMetadata().getUid())
                    .endSpec()
                    .build())
            .getStatus()
            .getToken();
    pods.put(token, bound);
    return token;
  }

  @Override
  public void end(String podToken) {
    client.resource(pods.get(podToken)).withGracePeriod(0).delete();
  }

  private void account(String namespace, String serviceAccount) {
    var account =
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withName(serviceAccount)
            .withNamespace(namespace)
            .endMetadata()
            .build();
    if (client.resource(account).get() == null) {
      client.resource(account).create();
    }
  }

  @Override
  public String token(String namespace, String serviceAccount, String audience) {
    account(namespace, serviceAccount);
    return client
        .serviceAccounts()
        .inNamespace(namespace)
        .withName(serviceAccount)
        .tokenRequest(
            new TokenRequestBuilder().withNewSpec().withAudiences(audience).endSpec().build())
        .getStatus()
        .getToken();
  }

  @Override
  public String kubeconfig() throws IOException {
    return Files.readString(Path.of(kubeconfig));
  }

  @Override
  public void close() {
    nodes.forEach(name -> client.nodes().withName(name).delete());
    namespaces.forEach(name -> client.namespaces().withName(name).delete());
    client.close();
  }
}
