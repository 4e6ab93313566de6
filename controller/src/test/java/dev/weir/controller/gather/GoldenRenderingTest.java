package dev.weir.controller.gather;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.weir.config.ConfigJson;
import dev.weir.config.render.ConfigMapView;
import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.config.render.SecretView;
import dev.weir.config.render.ServiceView;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The controller renders the examples, read as Kubernetes objects, to the same bytes as the
/// standalone proxy does: those of the golden files.
class GoldenRenderingTest {
  private static final Path GOLDEN = Path.of("../config/src/test/resources/golden");

  private record Objects(
      List<GenericKubernetesResource> loadBalancers,
      List<ServiceView> services,
      List<EndpointSliceView> slices,
      List<SecretView> secrets,
      List<ConfigMapView> configMaps)
      implements References {

    @Override
    public @Nullable SecretView secret(ObjectName name) {
      return secrets.stream().filter(s -> s.name().equals(name)).findFirst().orElse(null);
    }

    @Override
    public @Nullable ConfigMapView configMap(ObjectName name) {
      return configMaps.stream().filter(c -> c.name().equals(name)).findFirst().orElse(null);
    }

    @Override
    public @Nullable ServiceView service(ObjectName name) {
      return services.stream().filter(s -> s.name().equals(name)).findFirst().orElse(null);
    }

    @Override
    public List<EndpointSliceView> endpointSlices(ObjectName service) {
      return slices.stream().filter(s -> s.service().equals(service)).toList();
    }
  }

  static Stream<Path> files() throws IOException {
    try (var listed = Files.list(Path.of("../examples"))) {
      return listed.filter(f -> f.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void anExampleRendersToItsGoldenBytes(Path file) throws Exception {
    var objects = read(Files.readString(file));
    // The golden files are those of a process of its own, where local addresses are good.
    var renderer = new Renderer(RenderOptions.kubernetes(true));
    var text = new StringBuilder();
    objects.loadBalancers().stream()
        .map(object -> LoadBalancerReader.read(object).resource())
        .sorted(Comparator.comparing(resource -> resource.name()))
        .map(resource -> renderer.render(resource, objects))
        .forEach(
            rendered -> {
              var config = rendered.config();
              assertNotNull(config, () -> rendered.problems().toString());
              line(text, "LoadBalancer " + rendered.name(), config);
              rendered.endpoints().forEach(e -> line(text, "Endpoints " + e.pool(), e));
            });
    assertEquals(Files.readString(GOLDEN.resolve(file.getFileName() + ".golden")), text.toString());
  }

  private static Objects read(String text) {
    var objects =
        new Objects(
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    for (var document : text.split("(?m)^---$", -1)) {
      HasMetadata object =
          document.contains("kind: LoadBalancer")
              ? Serialization.unmarshal(document, GenericKubernetesResource.class)
              : Serialization.unmarshal(document);
      if (object.getMetadata().getNamespace() == null) {
        object.getMetadata().setNamespace("default");
      }
      switch (object) {
        case GenericKubernetesResource loadBalancer -> objects.loadBalancers().add(loadBalancer);
        case Service service -> objects.services().add(Views.service(service));
        case EndpointSlice slice -> {
          var view = Views.slice(slice);
          assertNotNull(view);
          objects.slices().add(view);
        }
        case Secret secret -> objects.secrets().add(Views.secret(stored(secret)));
        case ConfigMap configMap -> objects.configMaps().add(Views.configMap(configMap));
        default -> throw new IllegalArgumentException(object.getKind());
      }
    }
    return objects;
  }

  /// As the API server keeps it: without `stringData`.
  private static Secret stored(Secret secret) {
    if (secret.getStringData() != null) {
      var data = new HashMap<String, String>();
      secret
          .getStringData()
          .forEach(
              (key, value) ->
                  data.put(
                      key,
                      Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
      secret.setData(data);
    }
    return secret;
  }

  private static void line(StringBuilder text, String key, Object body) {
    text.append(key).append('\n');
    text.append(new String(ConfigJson.write(body), StandardCharsets.UTF_8)).append('\n');
  }
}
