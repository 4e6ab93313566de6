package dev.weir.api.v1alpha1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A real API server takes the CRD (the cost of its CEL rules included), every example, and refuses
/// what examples/invalid says.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfEnvironmentVariable(
    named = "WEIR_TEST_KUBECONFIG",
    matches = ".+",
    disabledReason = "WEIR_TEST_KUBECONFIG names no API server")
class ApiServerTest {
  private static final Path EXAMPLES = Path.of("../examples");
  private final String namespace = "weir-crds-" + Long.toString(System.nanoTime(), 36);
  private KubernetesClient client;

  @BeforeAll
  void connect() throws Exception {
    var kubeconfig = Path.of(Objects.requireNonNull(System.getenv("WEIR_TEST_KUBECONFIG")));
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(Files.readString(kubeconfig)))
            .build();
    var crd =
        Serialization.unmarshal(
            Files.readString(Path.of("loadbalancers.weir.dev.yaml")),
            CustomResourceDefinition.class);
    var crds = client.apiextensions().v1().customResourceDefinitions();
    crds.resource(crd).forceConflicts().serverSideApply();
    crds.withName("loadbalancers.weir.dev")
        .waitUntilCondition(ApiServerTest::established, 30, TimeUnit.SECONDS);
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
  }

  private static boolean established(CustomResourceDefinition crd) {
    return crd != null
        && crd.getStatus() != null
        && crd.getStatus().getConditions() != null
        && crd.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True"));
  }

  @AfterAll
  void disconnect() {
    if (client != null) {
      client.namespaces().withName(namespace).delete();
      client.close();
    }
  }

  static Stream<Path> invalid() throws IOException {
    return yaml(EXAMPLES.resolve("invalid"));
  }

  static Stream<Path> good() throws IOException {
    return yaml(EXAMPLES);
  }

  private static Stream<Path> yaml(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  /// The API server's complaint about any LoadBalancer of the file; empty when it takes them all.
  private String create(Path file) throws IOException {
    var said = new StringBuilder();
    for (var document : Files.readString(file).split("(?m)^---$", -1)) {
      if (!document.contains("kind: LoadBalancer")) {
        continue;
      }
      var resource = Serialization.unmarshal(document, GenericKubernetesResource.class);
      resource.getMetadata().setNamespace(namespace);
      try {
        var created =
            client
                .resource(resource)
                .inNamespace(namespace)
                .fieldValidation(FieldValidateable.Validation.STRICT)
                .create();
        client.resource(created).delete();
      } catch (KubernetesClientException e) {
        said.append(e.getMessage());
      }
    }
    return said.toString();
  }

  @ParameterizedTest
  @MethodSource("good")
  void examplesAreAccepted(Path file) throws Exception {
    assertEquals("", create(file));
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void invalidOnesGetWhatTheirHeadSays(Path file) throws Exception {
    var expected =
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("# api: "))
            .map(line -> line.substring("# api: ".length()))
            .toList();
    var said = create(file);
    if (expected.equals(List.of("accepts"))) {
      assertEquals("", said);
      return;
    }
    var missing = new ArrayList<>(expected);
    missing.removeIf(said::contains);
    assertTrue(
        !expected.isEmpty() && missing.isEmpty(), "not said: " + missing + "\nsaid: " + said);
  }

  @Test
  void absentAndEmptyBlocksSurviveTheApiServer() {
    var resource = new LoadBalancer();
    resource.getMetadata().setName("round-trip");
    resource.getMetadata().setNamespace(namespace);
    var listener =
        new ListenerSpec(
            "http",
            80,
            null,
            null,
            null,
            null,
            null,
            new HttpSpec(
                null, null, null, null, null, null, new RedirectToHttpsSpec(null, null), null),
            new HeaderEditsSpec(null, null, null),
            null,
            null,
            null,
            null,
            null);
    var pool =
        new PoolSpec(
            "web",
            new ServiceRef("web", IntOrString.of(80), null),
            null,
            null,
            new PoolTlsSpec(null, null, null, null, null, null),
            null,
            null,
            null,
            new HeaderEditsSpec(List.of(), null, List.of()),
            new HealthSpec(null, null, new HealthSpec.Tcp(), null, null, null, null, null),
            null,
            null,
            null,
            null);
    resource.setSpec(
        new LoadBalancerSpec(null, null, List.of(listener), null, null, List.of(pool)));
    var created = client.resource(resource).create();
    assertEquals(resource.getSpec(), created.getSpec());
    assertNotNull(client.resource(created).get());
    assertThrows(KubernetesClientException.class, () -> client.resource(resource).create());
    client.resource(created).delete();
  }
}
