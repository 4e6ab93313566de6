package dev.weir.controller.gather;

import dev.weir.config.render.AddressFamily;
import dev.weir.config.render.ConfigMapView;
import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References.ReferentKind;
import dev.weir.config.render.SecretView;
import dev.weir.config.render.ServiceView;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.ForZone;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns the client's objects into compact records. Pure.
final class Views {
  private static final String SERVICE_NAME = "kubernetes.io/service-name";

  private Views() {}

  static ObjectName name(HasMetadata object) {
    return new ObjectName(object.getMetadata().getNamespace(), object.getMetadata().getName());
  }

  static ServiceView service(Service object) {
    List<ServiceView.Port> ports =
        list(object.getSpec().getPorts()).stream().map(Views::servicePort).toList();
    List<AddressFamily> families =
        list(object.getSpec().getIpFamilies()).stream().map(Views::family).toList();
    return new ServiceView(
        name(object),
        ports,
        families,
        "ExternalName".equals(object.getSpec().getType())
            ? object.getSpec().getExternalName()
            : null);
  }

  /// Values that are no UTF-8 text are left out.
  static SecretView secret(Secret object) {
    Map<String, String> data = new HashMap<>();
    map(object.getData())
        .forEach(
            (key, value) -> {
              String text = text(value);
              if (text != null) {
                data.put(key, text);
              }
            });
    return new SecretView(name(object), data);
  }

  private static @Nullable String text(String base64) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(Base64.getMimeDecoder().decode(base64)))
          .toString();
    } catch (CharacterCodingException | IllegalArgumentException e) {
      return null;
    }
  }

  static ConfigMapView configMap(ConfigMap object) {
    return new ConfigMapView(name(object), map(object.getData()));
  }

  /// Null for one that has nothing to do with LoadBalancers, or that cannot be read.
  static @Nullable GrantView grant(GenericKubernetesResource object) {
    Set<String> namespaces = new HashSet<>();
    for (Map<?, ?> from : objects(object.get("spec", "from"))) {
      if ("weir.dev".equals(from.get("group"))
          && "LoadBalancer".equals(from.get("kind"))
          && from.get("namespace") instanceof String namespace) {
        namespaces.add(namespace);
      }
    }
    List<GrantView.To> to = new ArrayList<>();
    for (Map<?, ?> target : objects(object.get("spec", "to"))) {
      ReferentKind kind = "".equals(target.get("group")) ? kind(target.get("kind")) : null;
      if (kind != null) {
        to.add(new GrantView.To(kind, target.get("name") instanceof String name ? name : null));
      }
    }
    return namespaces.isEmpty() || to.isEmpty()
        ? null
        : new GrantView(name(object), namespaces, to);
  }

  private static @Nullable ReferentKind kind(@Nullable Object name) {
    for (ReferentKind kind : ReferentKind.values()) {
      if (kind.name().equals(name)) {
        return kind;
      }
    }
    return null;
  }

  private static List<Map<?, ?>> objects(@Nullable Object value) {
    List<Map<?, ?>> found = new ArrayList<>();
    if (value instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof Map<?, ?> map) {
          found.add(map);
        }
      }
    }
    return found;
  }

  private static Map<String, String> map(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  private static ServiceView.Port servicePort(ServicePort port) {
    return new ServiceView.Port(port.getName(), port.getPort(), tcp(port.getProtocol()));
  }

  /// Null for a slice that belongs to no Service, or whose addresses are names.
  static @Nullable EndpointSliceView slice(EndpointSlice object) {
    ObjectName service = service(object);
    if (service == null || "FQDN".equals(object.getAddressType())) {
      return null;
    }
    return new EndpointSliceView(
        service,
        family(object.getAddressType()),
        list(object.getPorts()).stream().map(Views::slicePort).toList(),
        list(object.getEndpoints()).stream()
            .filter(e -> !list(e.getAddresses()).isEmpty())
            .map(Views::endpoint)
            .toList());
  }

  static @Nullable ObjectName service(EndpointSlice object) {
    var labels = object.getMetadata().getLabels();
    String service = labels == null ? null : labels.get(SERVICE_NAME);
    return service == null ? null : new ObjectName(object.getMetadata().getNamespace(), service);
  }

  private static EndpointSliceView.Port slicePort(EndpointPort port) {
    return new EndpointSliceView.Port(port.getName(), port.getPort(), tcp(port.getProtocol()));
  }

  private static EndpointSliceView.Endpoint endpoint(Endpoint endpoint) {
    var conditions = endpoint.getConditions();
    return new EndpointSliceView.Endpoint(
        endpoint.getAddresses().getFirst(),
        conditions == null ? null : conditions.getReady(),
        conditions == null ? null : conditions.getServing(),
        conditions == null ? null : conditions.getTerminating(),
        endpoint.getZone() == null ? null : endpoint.getZone().intern(),
        hints(endpoint));
  }

  /// The same few zones come again and again: each is kept once.
  private static List<String> hints(Endpoint endpoint) {
    var hints = endpoint.getHints();
    return hints == null
        ? List.of()
        : list(hints.getForZones()).stream()
            .map(ForZone::getName)
            .filter(Objects::nonNull)
            .map(String::intern)
            .toList();
  }

  private static boolean tcp(@Nullable String protocol) {
    return protocol == null || protocol.equals("TCP");
  }

  private static AddressFamily family(String family) {
    return AddressFamily.valueOf(family);
  }

  private static <T> List<T> list(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
