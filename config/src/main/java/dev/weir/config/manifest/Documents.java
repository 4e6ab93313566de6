package dev.weir.config.manifest;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.LoadBalancerSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.ObjectName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Sorts documents by kind and keeps what they say. Used by one thread for one set of files.
final class Documents {
  static final String API_VERSION = "weir.dev/v1alpha1";
  private static final String DEFAULT_NAMESPACE = "default";
  private static final Pattern NAME =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Set<String> METADATA =
      Set.of(
          "name",
          "namespace",
          "labels",
          "annotations",
          "uid",
          "resourceVersion",
          "generation",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "ownerReferences",
          "finalizers",
          "managedFields");

  private final List<LoadBalancerResource> loadBalancers = new ArrayList<>();
  private final Map<ObjectName, Source> sources = new HashMap<>();
  private final Map<String, Source> known = new HashMap<>();
  private final ManifestReferences found = new ManifestReferences();
  private final List<Findings> findings = new ArrayList<>();

  private record Source(String file, Tree tree) {}

  /// Reads one text.
  void add(Findings file, String text) {
    findings.add(file);
    for (var tree : TreeReader.read(file, text)) {
      document(tree, file);
    }
  }

  Manifests finish() {
    var all = new ArrayList<Finding>();
    findings.forEach(file -> all.addAll(file.all()));
    return new Manifests(
        loadBalancers,
        found,
        found.files(),
        all,
        (name, path) -> {
          var source = sources.get(name);
          return source == null
              ? Locator.Location.NOWHERE
              : new Locator.Location(source.file(), Tree.locate(source.tree(), path));
        });
  }

  private void document(Tree tree, Findings file) {
    if (!(tree instanceof Tree.Mapping document)) {
      file.error(
          tree.line(), "", "WrongType", "a document must be an object, and is " + tree.kind());
      return;
    }
    var apiVersion = document.text("apiVersion");
    var kind = document.text("kind");
    if (apiVersion == null || kind == null) {
      file.error(
          tree.line(), apiVersion == null ? "apiVersion" : "kind", "Required", "is required");
      return;
    }
    if (kind.equals("List") && document.get("items") instanceof Tree.Sequence items) {
      items.items().forEach(item -> document(item, file));
      return;
    }
    switch (kind) {
      case "LoadBalancer" -> loadBalancer(document, apiVersion, file);
      case "Service" -> {
        if (apiVersion(document, apiVersion, "v1", file)) {
          found.service(document, name(document, "Service", file), file);
        }
      }
      case "EndpointSlice" -> {
        if (apiVersion(document, apiVersion, "discovery.k8s.io/v1", file)) {
          found.endpointSlice(document, name(document, "EndpointSlice", file), file);
        }
      }
      case "Secret" -> {
        if (apiVersion(document, apiVersion, "v1", file)) {
          found.secret(document, name(document, kind, file), file);
        }
      }
      case "ConfigMap" -> {
        if (apiVersion(document, apiVersion, "v1", file)) {
          found.configMap(document, name(document, kind, file), file);
        }
      }
      default ->
          file.notice(
              line(document, "kind"),
              "kind",
              "Ignored",
              kind
                  + " is ignored; these kinds mean something here: LoadBalancer, Service,"
                  + " EndpointSlice, Secret, ConfigMap");
    }
  }

  private static int line(Tree.Mapping mapping, String key) {
    var entry = mapping.entries().get(key);
    return entry == null ? mapping.line() : entry.line();
  }

  private static boolean apiVersion(
      Tree.Mapping document, String apiVersion, String wanted, Findings file) {
    boolean good = apiVersion.equals(wanted);
    if (!good) {
      file.error(
          line(document, "apiVersion"),
          "apiVersion",
          "NotSupported",
          "'%s' is not known for this kind; use %s".formatted(apiVersion, wanted));
    }
    return good;
  }

  private void loadBalancer(Tree.Mapping document, String apiVersion, Findings file) {
    int before = file.errors();
    if (!apiVersion(document, apiVersion, API_VERSION, file)) {
      return;
    }
    var name = name(document, "LoadBalancer", file);
    var schema = Schema.loadBalancer();
    for (var entry : document.entries().entrySet()) {
      if (!Set.of("apiVersion", "kind", "metadata", "spec", "status").contains(entry.getKey())) {
        file.error(entry.getValue().line(), entry.getKey(), "UnknownField", "unknown field");
      }
    }
    var spec = document.get("spec");
    var specSchema = schema.properties().get("spec");
    if (spec == null || specSchema == null) {
      file.error(document.line(), "spec", "Required", "is required");
      return;
    }
    new SchemaCheck(file).check(spec, specSchema, "spec", line(document, "spec"));
    if (name == null || file.errors() > before) {
      return;
    }
    ignored(document, spec, file);
    var plain = spec.plain();
    UnixSockets.addPorts(plain);
    FileFields.resolve(plain, file.file());
    var value = RecordReader.read(plain, LoadBalancerSpec.class);
    loadBalancers.add(new LoadBalancerResource(name, null, value));
    sources.put(name, new Source(file.file(), document));
    unverified(document, value, file);
  }

  private static void unverified(Tree.Mapping document, LoadBalancerSpec spec, Findings file) {
    for (var pool : requireNonNullElse(spec.pools(), List.<PoolSpec>of())) {
      if (pool.tls() != null && Boolean.FALSE.equals(pool.tls().verify())) {
        var path = "spec.pools[" + pool.name() + "].tls.verify";
        file.notice(
            Tree.locate(document, path),
            path,
            "NotVerified",
            "the certificates of endpoints are not verified: anybody on the way can be one");
      }
    }
  }

  private static void ignored(Tree.Mapping document, Tree spec, Findings file) {
    for (var field : List.of("proxy", "fleetRef")) {
      if (spec instanceof Tree.Mapping fields && fields.get(field) != null) {
        var path = "spec." + field;
        file.notice(
            Tree.locate(document, path), path, "Ignored", "means something in Kubernetes only");
      }
    }
  }

  /// The document's name; null when it has none that is valid, or another document of its kind has
  /// it.
  private @Nullable ObjectName name(Tree.Mapping document, String kind, Findings file) {
    if (!(document.get("metadata") instanceof Tree.Mapping metadata)) {
      file.error(line(document, "metadata"), "metadata.name", "Required", "is required");
      return null;
    }
    metadata
        .entries()
        .forEach(
            (key, entry) -> {
              if (!METADATA.contains(key)) {
                file.error(entry.line(), "metadata." + key, "UnknownField", "unknown field");
              }
            });
    var name = string(metadata, "name", file);
    var namespace =
        metadata.get("namespace") == null ? DEFAULT_NAMESPACE : string(metadata, "namespace", file);
    if (name == null || namespace == null) {
      return null;
    }
    if (name.length() > 253 || !NAME.matcher(name).matches()) {
      file.error(
          line(metadata, "name"), "metadata.name", "Pattern", "'" + name + "' is not a DNS name");
      return null;
    }
    if (!NAMESPACE.matcher(namespace).matches()) {
      file.error(
          line(metadata, "namespace"),
          "metadata.namespace",
          "Pattern",
          "'" + namespace + "' is not a DNS label");
      return null;
    }
    var earlier =
        known.putIfAbsent(kind + " " + namespace + "/" + name, new Source(file.file(), document));
    if (earlier != null) {
      file.error(
          line(metadata, "name"),
          "metadata.name",
          "Duplicate",
          "there is another %s %s/%s: %s:%d"
              .formatted(kind, namespace, name, earlier.file(), earlier.tree().line()));
      return null;
    }
    return new ObjectName(namespace, name);
  }

  private static @Nullable String string(Tree.Mapping metadata, String key, Findings file) {
    var value = metadata.get(key);
    if (value instanceof Tree.Scalar(String text, _, _)) {
      return text;
    }
    var path = "metadata." + key;
    if (value == null) {
      file.error(metadata.line(), path, "Required", "is required");
    } else {
      file.error(
          line(metadata, key),
          path,
          "WrongType",
          "must be a string, and is " + value.kind() + "; write it in quotes");
    }
    return null;
  }
}
