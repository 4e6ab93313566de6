package dev.weir.proxy.runtime;

import dev.weir.config.CertificateConfig;
import dev.weir.config.ConfigJson;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.TrustConfig;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the resources of one LoadBalancer and checks them. Pure: everything wrong is in the
/// result.
final class Decoder {
  private final Set<Integer> ownPorts;

  /// @param ownPorts what no listener may have
  Decoder(Set<Integer> ownPorts) {
    this.ownPorts = Set.copyOf(ownPorts);
  }

  /// @param loadBalancer null when anything is rejected
  record Result(@Nullable DecodedLoadBalancer loadBalancer, List<Rejection> rejections) {}

  /// @param running what runs of it now; null for nothing
  /// @param live the resources that `running` was decoded from
  Result decode(
      String name,
      List<Resource> resources,
      @Nullable DecodedLoadBalancer running,
      Resources live) {
    var rejections = new ArrayList<Rejection>();
    LoadBalancerConfig config = null;
    Map<String, EndpointsConfig> endpoints = new HashMap<>();
    Map<String, CertificateConfig> certificates = new HashMap<>();
    Map<String, TrustConfig> trusts = new HashMap<>();
    for (Resource resource : resources) {
      DecodedLoadBalancer same = resource.equals(live.get(resource.key())) ? running : null;
      try {
        String key = resource.key().name();
        switch (resource.key().type()) {
          case LoadBalancer ->
              config = same != null ? same.config() : resource.read(LoadBalancerConfig.class);
          case Endpoints ->
              endpoints.put(
                  key,
                  read(resource, EndpointsConfig.class, same == null ? null : same.endpoints()));
          case Certificate ->
              certificates.put(
                  key,
                  read(
                      resource,
                      CertificateConfig.class,
                      same == null ? null : same.certificates()));
          case Trust ->
              trusts.put(
                  key, read(resource, TrustConfig.class, same == null ? null : same.trusts()));
        }
      } catch (ConfigJson.InvalidJsonException e) {
        rejections.add(new Rejection(name, "Unreadable", e.path(), e.problem()));
      }
    }
    if (config == null) {
      if (rejections.isEmpty()) {
        rejections.add(
            new Rejection(name, "Incomplete", "", "there are parts but no LoadBalancer"));
      }
      return new Result(null, rejections);
    }
    new Validation(name, ownPorts, rejections).check(config, endpoints);
    return rejections.isEmpty()
        ? new Result(new DecodedLoadBalancer(config, endpoints, certificates, trusts), List.of())
        : new Result(null, rejections);
  }

  private static <T> T read(Resource resource, Class<T> type, @Nullable Map<String, T> running)
      throws ConfigJson.InvalidJsonException {
    T known = running == null ? null : running.get(resource.key().name());
    return known == null ? resource.read(type) : known;
  }
}
