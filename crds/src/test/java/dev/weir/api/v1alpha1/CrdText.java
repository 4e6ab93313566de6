package dev.weir.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/// The CRD as text: what the generator makes of the records, plus what annotations cannot say.
final class CrdText {
  private static final Set<String> SIZES = Set.of("maxHeadSize", "maxBodySize", "minBodyRate");
  private static final Map<String, List<String>> MAP_LISTS =
      Map.of(
          "spec.listeners", List.of("name"),
          "pools", List.of("name"),
          "spec.routes", List.of("name"),
          "routes.backends", List.of("pool"),
          "spec.pools.endpoints", List.of("address", "port"),
          "requestHeaders.set", List.of("name"),
          "responseHeaders.set", List.of("name"),
          "status.conditions", List.of("type"));
  private static final List<String> SETS =
      List.of("trust", "expect.status", "retry.conditions", "routes.hosts", "routes.listeners");
  private static final List<String> TIMES = List.of("lastTransitionTime", "since");
  private static final String HEADER =
      """
      # Generated from the records in crds/src/main/java; `make crds` rewrites it.
      """;

  private CrdText() {}

  /// The CRD as YAML.
  static String generate() {
    var settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setWidth(100)
            .setIndicatorIndent(2)
            .setIndentWithIndicator(true)
            .setSplitLines(true)
            .build();
    return HEADER + new Dump(settings).dumpToString(clean(crd()));
  }

  /// The schema in it.
  static Map<String, Object> schema() {
    return map(map(version(map(clean(crd()))).get("schema")).get("openAPIV3Schema"));
  }

  private static Map<String, Object> crd() {
    var found = new AtomicReference<HasMetadata>();
    new CRDGenerator()
        .withOutput(new Discard())
        .withPostProcessor(
            new CRDPostProcessor() {
              @Override
              public HasMetadata process(HasMetadata crd, String version) {
                found.set(crd);
                return crd;
              }
            })
        .customResourceClasses(LoadBalancer.class)
        .detailedGenerate();
    var crd = map(new KubernetesSerialization().convertValue(found.get(), Map.class));
    var version = version(crd);
    version.put("additionalPrinterColumns", columns());
    var root = map(map(version.get("schema")).get("openAPIV3Schema"));
    root.put("required", List.of("spec"));
    root.put(
        "description",
        "A LoadBalancer: ports that accept traffic, and the groups of endpoints that it goes to.");
    var properties = map(root.get("properties"));
    describe(
        properties,
        "spec",
        "What is wanted: where it runs, what it listens on, where traffic goes.");
    describe(
        properties,
        "status",
        "What is true now, as the proxies report it. Written by the controller.");
    refine(root, "");
    return crd;
  }

  /// In the order of the annotations; the generator sorts them by path.
  private static List<Object> columns() {
    var columns = new ArrayList<>();
    for (var column : LoadBalancer.class.getAnnotationsByType(AdditionalPrinterColumn.class)) {
      var entry = new LinkedHashMap<String, Object>();
      entry.put("name", column.name());
      entry.put("type", column.type().getValue());
      entry.put("jsonPath", column.jsonPath());
      columns.add(entry);
    }
    return columns;
  }

  private static void describe(Map<String, Object> properties, String name, String text) {
    var described = new LinkedHashMap<String, Object>();
    described.put("description", text);
    described.putAll(map(properties.get(name)));
    properties.put(name, described);
  }

  private static void refine(Map<String, Object> schema, String path) {
    schema.computeIfPresent(
        "x-kubernetes-validations",
        (k, rules) -> List.copyOf(new LinkedHashSet<>((List<?>) rules)));
    if (TIMES.contains(path.substring(path.lastIndexOf('.') + 1))) {
      schema.put("format", "date-time");
    }
    if (path.endsWith("serviceRef.port")) {
      replace(schema, intOrString(1, 65535, 63, Patterns.NAME));
    }
    if (SIZES.contains(path.substring(path.lastIndexOf('.') + 1))) {
      replace(schema, intOrString(0, Integer.MAX_VALUE, 24, Patterns.SIZE));
    }
    if ("array".equals(schema.get("type"))) {
      refineList(schema, path);
    }
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      map(properties).forEach((name, child) -> refine(map(child), dotted(path, name)));
    }
    if (schema.get("items") instanceof Map<?, ?> items) {
      refine(map(items), path);
    }
    if (schema.get("additionalProperties") instanceof Map<?, ?> values
        && path.contains(".resources.")) {
      replace(map(values), intOrString(0, Integer.MAX_VALUE, 32, Patterns.QUANTITY));
    }
  }

  private static void refineList(Map<String, Object> schema, String path) {
    MAP_LISTS.forEach(
        (name, keys) -> {
          if (path.endsWith("." + name) || path.equals(name)) {
            schema.put("x-kubernetes-list-type", "map");
            schema.put("x-kubernetes-list-map-keys", keys);
          }
        });
    if (SETS.stream().anyMatch(name -> path.endsWith("." + name))) {
      schema.put("x-kubernetes-list-type", "set");
    }
    schema.putIfAbsent("x-kubernetes-list-type", "atomic");
  }

  private static String dotted(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static Map<String, Object> intOrString(
      int minimum, int maximum, int length, String pattern) {
    var schema = new LinkedHashMap<String, Object>();
    schema.put("anyOf", List.of(Map.of("type", "integer"), Map.of("type", "string")));
    schema.put("minimum", minimum);
    schema.put("maximum", maximum);
    schema.put("maxLength", length);
    schema.put("pattern", pattern);
    schema.put("x-kubernetes-int-or-string", true);
    return schema;
  }

  private static void replace(Map<String, Object> schema, Map<String, Object> by) {
    var description = schema.get("description");
    schema.clear();
    if (description != null) {
      schema.put("description", description);
    }
    schema.putAll(by);
  }

  private static Object clean(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<String, Object>();
        map.forEach((key, child) -> copy.put((String) key, clean(child)));
        yield copy;
      }
      case List<?> list -> {
        var copy = new ArrayList<>();
        list.forEach(child -> copy.add(clean(child)));
        yield copy;
      }
      case Double number when number == Math.rint(number) -> number.longValue();
      default -> value;
    };
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(@Nullable Object value) {
    return (Map<String, Object>) Objects.requireNonNull(value);
  }

  private static Map<String, Object> version(Map<String, Object> crd) {
    return map(((List<?>) Objects.requireNonNull(map(crd.get("spec")).get("versions"))).getFirst());
  }

  private static final class Discard implements CRDGenerator.CRDOutput<ByteArrayOutputStream> {
    @Override
    public ByteArrayOutputStream outputFor(String crdName) {
      return new ByteArrayOutputStream();
    }

    @Override
    public void close() {}
  }
}
