package dev.weir.controller.gather;

import dev.weir.config.render.AddressFamily;
import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.ServiceView;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
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
        name(object), ports, families, "ExternalName".equals(object.getSpec().getType()));
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
    return conditions == null
        ? new EndpointSliceView.Endpoint(endpoint.getAddresses().getFirst(), null, null, null)
        : new EndpointSliceView.Endpoint(
            endpoint.getAddresses().getFirst(),
            conditions.getReady(),
            conditions.getServing(),
            conditions.getTerminating());
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
