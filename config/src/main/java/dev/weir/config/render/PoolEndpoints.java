package dev.weir.config.render;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.EndpointHealthSpec;
import dev.weir.api.v1alpha1.EndpointSpec;
import dev.weir.api.v1alpha1.IntOrString;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.api.v1alpha1.ServiceRef;
import dev.weir.config.Addresses;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.render.References.ReferentKind;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Renders the endpoints of one LoadBalancer's pools. Used by one thread and thrown away.
final class PoolEndpoints {
  private static final int MAX_PORT = 65_535;
  private static final EndpointHealthSpec NO_HEALTH = new EndpointHealthSpec(null, null);

  private final RenderOptions options;
  private final ObjectName loadBalancer;
  private final References references;
  private final Problems problems;

  PoolEndpoints(
      RenderOptions options, ObjectName loadBalancer, References references, Problems problems) {
    this.options = options;
    this.loadBalancer = loadBalancer;
    this.references = references;
    this.problems = problems;
  }

  EndpointsConfig render(PoolSpec pool) {
    var path = "spec.pools[" + pool.name() + "]";
    var endpoints =
        pool.serviceRef() != null
            ? fromService(pool.serviceRef(), preference(pool), path + ".serviceRef")
            : listed(requireNonNullElse(pool.endpoints(), List.of()), path + ".endpoints");
    return new EndpointsConfig(loadBalancer + "/" + pool.name(), endpoints);
  }

  private List<EndpointsConfig.Endpoint> listed(List<EndpointSpec> specs, String path) {
    if (specs.isEmpty()) {
      problems.unresolved(path, "NoEndpoints", "the pool has no endpoint; requests get 503");
    }
    var seen = new HashSet<String>();
    var names = new HashSet<String>();
    var endpoints = new ArrayList<EndpointsConfig.Endpoint>();
    for (var spec : specs) {
      var endpoint = endpoint(spec);
      var at = path + "[" + endpoint.authority() + "]";
      var literal = Addresses.literal(spec.address());
      if (endpoint.unix()) {
        if (!problems.socket(spec.address(), spec.port(), options, at)) {
          continue;
        }
        if (endpoint.checkPort() != null) {
          problems.refuse(
              at + ".health.port",
              "PortOfSocket",
              "a unix socket has no port: it is checked where its traffic goes");
        }
      } else if (literal == null && !Addresses.isDnsName(spec.address())) {
        problems.refuse(
            at + ".address",
            "InvalidAddress",
            "'" + spec.address() + "' is neither an IP address nor a DNS name");
        continue;
      }
      var identity = endpoint.unix() ? spec.address() : identity(spec.address(), literal);
      if (!seen.add(identity + " " + spec.port())) {
        problems.refuse(
            at, "DuplicateEndpoint", "the pool has " + endpoint.authority() + " already");
        continue;
      }
      if (spec.name() != null && !names.add(spec.name())) {
        problems.refuse(
            at + ".name",
            "DuplicateName",
            "the pool has an endpoint '" + spec.name() + "' already");
        continue;
      }
      boolean local =
          literal == null ? Addresses.isLocalName(spec.address()) : Addresses.isLocal(literal);
      if (local && !options.localEndpoints()) {
        notAllowed(at + ".address", spec.address());
        continue;
      }
      endpoints.add(endpoint);
    }
    return endpoints;
  }

  private static String identity(String address, @Nullable InetAddress literal) {
    return literal == null ? address.toLowerCase(Locale.ROOT) : literal.getHostAddress();
  }

  private void notAllowed(String path, String address) {
    problems.unresolved(
        path,
        "AddressNotAllowed",
        "'%s' is a loopback, link-local, unspecified, multicast or cloud metadata address; it gets no traffic"
            .formatted(address));
  }

  private static EndpointsConfig.Endpoint endpoint(EndpointSpec spec) {
    var health = requireNonNullElse(spec.health(), NO_HEALTH);
    var state =
        switch (requireNonNullElse(spec.state(), Defaults.STATE)) {
          case Ready -> EndpointsConfig.State.Ready;
          case Drain -> EndpointsConfig.State.Drain;
          case Maintenance -> EndpointsConfig.State.Maintenance;
        };
    return new EndpointsConfig.Endpoint(
        spec.address(),
        spec.port(),
        requireNonNullElse(spec.weight(), Defaults.WEIGHT),
        requireNonNullElse(spec.tier(), Defaults.TIER),
        state,
        requireNonNullElse(spec.maxConnections(), 0),
        requireNonNullElse(health.enabled(), Defaults.HEALTH_ENABLED),
        health.port(),
        spec.name());
  }

  private static EndpointSlices.Preference preference(PoolSpec pool) {
    var zones = pool.balance() == null ? null : pool.balance().zones();
    if (zones == null) {
      return EndpointSlices.Preference.Hinted;
    }
    return switch (requireNonNullElse(zones.prefer(), Defaults.ZONES)) {
      case Local -> EndpointSlices.Preference.Local;
      case Any -> EndpointSlices.Preference.Any;
    };
  }

  private List<EndpointsConfig.Endpoint> fromService(
      ServiceRef ref, EndpointSlices.Preference preference, String path) {
    var name = loadBalancer.referred(ref.namespace(), ref.name());
    if (!references.permitted(loadBalancer, ReferentKind.Service, name)) {
      problems.unresolved(
          path + ".namespace",
          Rendered.NOT_PERMITTED,
          "no ReferenceGrant in namespace %s lets LoadBalancers of namespace %s refer to Service %s; requests get 503"
              .formatted(name.namespace(), loadBalancer.namespace(), name.name()));
      return List.of();
    }
    var service = references.service(name);
    if (service == null) {
      problems.unresolved(
          path + ".name", "ServiceNotFound", "there is no Service " + name + "; requests get 503");
      return List.of();
    }
    if (service.externalName() != null) {
      return external(service.externalName(), service, ref, path);
    }
    var port = port(service, ref);
    if (port == null) {
      problems.unresolved(
          path + ".port",
          "PortNotFound",
          "Service %s has no TCP port '%s'; %s".formatted(name, ref.port(), ports(service)));
      return List.of();
    }
    var endpoints = new ArrayList<EndpointsConfig.Endpoint>();
    var targets =
        EndpointSlices.preferred(service, port, references.endpointSlices(name), preference);
    for (var entry : targets.entrySet()) {
      var target = entry.getKey();
      var address = Addresses.text(target.address());
      if (Addresses.isLocal(target.address()) && !options.localEndpoints()) {
        notAllowed(path, address);
      } else {
        endpoints.add(ready(address, target.port(), entry.getValue()));
      }
    }
    if (endpoints.isEmpty()) {
      problems.unready(
          path,
          "NoEndpoints",
          "Service %s has no ready endpoint for port %s; requests get 503"
              .formatted(name, ref.port()));
    }
    return endpoints;
  }

  /// What a Service of type ExternalName stands for; it needs no ports of its own.
  private List<EndpointsConfig.Endpoint> external(
      String target, ServiceView service, ServiceRef ref, String path) {
    var known = port(service, ref);
    int port =
        known != null ? known.port() : ref.port() instanceof IntOrString.Int i ? i.value() : 0;
    if (port < 1 || port > MAX_PORT) {
      problems.unresolved(
          path + ".port",
          "PortNotFound",
          "Service %s has no TCP port '%s'; %s"
              .formatted(service.name(), ref.port(), ports(service)));
      return List.of();
    }
    var literal = Addresses.literal(target);
    if (literal == null && !Addresses.isDnsName(target)) {
      problems.unresolved(
          path + ".name",
          "InvalidAddress",
          "the externalName '%s' of Service %s is not a DNS name"
              .formatted(target, service.name()));
      return List.of();
    }
    boolean local = literal == null ? Addresses.isLocalName(target) : Addresses.isLocal(literal);
    if (local && !options.localEndpoints()) {
      notAllowed(path, target);
      return List.of();
    }
    return List.of(ready(target, port, Set.of()));
  }

  private static EndpointsConfig.Endpoint ready(String address, int port, Set<String> zones) {
    return new EndpointsConfig.Endpoint(
        address,
        port,
        Defaults.WEIGHT,
        Defaults.TIER,
        EndpointsConfig.State.Ready,
        0,
        true,
        null,
        null,
        zones.isEmpty() ? null : List.copyOf(zones));
  }

  private static ServiceView.@Nullable Port port(ServiceView service, ServiceRef ref) {
    var wanted = ref.port().toString();
    return service.ports().stream()
        .filter(ServiceView.Port::tcp)
        .filter(p -> wanted.equals(p.name()) || wanted.equals(Integer.toString(p.port())))
        .findFirst()
        .orElse(null);
  }

  private static String ports(ServiceView service) {
    var known =
        service.ports().stream()
            .filter(ServiceView.Port::tcp)
            .map(p -> p.name() == null ? "" + p.port() : p.name() + " (" + p.port() + ")")
            .toList();
    return known.isEmpty() ? "it has none" : "it has " + String.join(", ", known);
  }
}
