package dev.weir.config.manifest;

import dev.weir.config.render.AddressFamily;
import dev.weir.config.render.ConfigMapView;
import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.FileView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References;
import dev.weir.config.render.SecretView;
import dev.weir.config.render.ServiceView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The Services, EndpointSlices, Secrets and ConfigMaps of manifests, and the files they name. Of
/// their many fields only those with a meaning here are read and checked.
final class ManifestReferences implements References {
  private static final String SERVICE_LABEL = "kubernetes.io/service-name";

  private final ReadFiles files = new ReadFiles();
  private final Map<ObjectName, SecretView> secrets = new HashMap<>();
  private final Map<ObjectName, ConfigMapView> configMaps = new HashMap<>();
  private final Map<ObjectName, ServiceView> services = new HashMap<>();
  private final Map<ObjectName, List<EndpointSliceView>> slices = new HashMap<>();

  @Override
  public @Nullable ServiceView service(ObjectName name) {
    return services.get(name);
  }

  @Override
  public List<EndpointSliceView> endpointSlices(ObjectName service) {
    return slices.getOrDefault(service, List.of());
  }

  @Override
  public @Nullable SecretView secret(ObjectName name) {
    return secrets.get(name);
  }

  @Override
  public @Nullable ConfigMapView configMap(ObjectName name) {
    return configMaps.get(name);
  }

  /// Whoever writes the files has everything in one hand.
  @Override
  public boolean granted(String namespace, ReferentKind kind, ObjectName to) {
    return true;
  }

  @Override
  public FileView file(String path) {
    return files.file(path);
  }

  @Override
  public @Nullable List<String> directory(String path) {
    return files.directory(path);
  }

  ReadFiles files() {
    return files;
  }

  void secret(Tree.Mapping document, @Nullable ObjectName name, Findings file) {
    int before = file.errors();
    var root = new Fields(document, "", file);
    var data = root.object("data");
    var values = new HashMap<String, String>();
    for (var key : data.keys()) {
      var text = data.text(key);
      if (text != null) {
        try {
          values.put(key, new String(Base64.getMimeDecoder().decode(text), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
          data.error(key, "NotBase64", "must be base64; stringData takes plain text");
        }
      }
    }
    values.putAll(texts(root.object("stringData")));
    if (name != null && file.errors() == before) {
      secrets.put(name, new SecretView(name, values));
    }
  }

  void configMap(Tree.Mapping document, @Nullable ObjectName name, Findings file) {
    int before = file.errors();
    var values = texts(new Fields(document, "", file).object("data"));
    if (name != null && file.errors() == before) {
      configMaps.put(name, new ConfigMapView(name, values));
    }
  }

  private static Map<String, String> texts(Fields data) {
    var values = new HashMap<String, String>();
    for (var key : data.keys()) {
      var text = data.text(key);
      if (text != null) {
        values.put(key, text);
      }
    }
    return values;
  }

  void service(Tree.Mapping document, @Nullable ObjectName name, Findings file) {
    int before = file.errors();
    var spec = new Fields(document, "", file).object("spec");
    var ports = new ArrayList<ServiceView.Port>();
    for (var port : spec.objects("ports")) {
      var number = port.required("port");
      ports.add(
          new ServiceView.Port(
              port.text("name"), number == null ? 0 : number, isTcp(port.text("protocol"))));
    }
    var families = new ArrayList<AddressFamily>();
    for (var family : spec.texts("ipFamilies")) {
      var known = family(family);
      if (known != null) {
        families.add(known);
      }
    }
    boolean external = "ExternalName".equals(spec.text("type"));
    var externalName = spec.text("externalName");
    if (external && externalName == null) {
      spec.error("externalName", "Required", "is required");
    }
    if (name != null && file.errors() == before) {
      services.put(name, new ServiceView(name, ports, families, external ? externalName : null));
    }
  }

  void endpointSlice(Tree.Mapping document, @Nullable ObjectName name, Findings file) {
    int before = file.errors();
    var root = new Fields(document, "", file);
    var service = root.object("metadata").object("labels").text(SERVICE_LABEL);
    if (service == null) {
      file.notice(
          document.line(),
          "metadata.labels",
          "Ignored",
          "has no label " + SERVICE_LABEL + " and belongs to no Service");
    }
    var type = root.text("addressType");
    var family = type == null ? null : family(type);
    if (family == null) {
      root.error("addressType", "NotSupported", "must be one of IPv4, IPv6, FQDN");
    }
    var ports = new ArrayList<EndpointSliceView.Port>();
    for (var port : root.objects("ports")) {
      ports.add(
          new EndpointSliceView.Port(
              port.text("name"), port.integer("port"), isTcp(port.text("protocol"))));
    }
    var endpoints = new ArrayList<EndpointSliceView.Endpoint>();
    for (var endpoint : root.objects("endpoints")) {
      var addresses = endpoint.texts("addresses");
      if (addresses.isEmpty()) {
        endpoint.error("addresses", "Required", "is required");
        continue;
      }
      var conditions = endpoint.object("conditions");
      endpoints.add(
          new EndpointSliceView.Endpoint(
              addresses.getFirst(),
              conditions.bool("ready"),
              conditions.bool("serving"),
              conditions.bool("terminating"),
              endpoint.text("zone"),
              endpoint.object("hints").objects("forZones").stream()
                  .map(zone -> zone.text("name"))
                  .filter(Objects::nonNull)
                  .toList()));
    }
    if (name != null && service != null && family != null && file.errors() == before) {
      var owner = name.sibling(service);
      slices
          .computeIfAbsent(owner, key -> new ArrayList<>())
          .add(new EndpointSliceView(owner, family, ports, endpoints));
    }
  }

  private static boolean isTcp(@Nullable String protocol) {
    return protocol == null || protocol.equals("TCP");
  }

  private static @Nullable AddressFamily family(String name) {
    return switch (name) {
      case "IPv4" -> AddressFamily.IPv4;
      case "IPv6" -> AddressFamily.IPv6;
      case "FQDN" -> AddressFamily.FQDN;
      default -> null;
    };
  }
}
