package dev.weir.controller.reconcile;

import dev.weir.config.ConfigJson;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.render.Problem;
import dev.weir.config.render.Problem.Condition;
import dev.weir.config.render.Rendered;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceKey;
import dev.weir.config.stream.ResourceType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A rendering as it goes over the stream, where a resource has to fit into one frame. Pure.
///
/// @param rendered without a config, and with a fatal problem, when a part of it is too large
/// @param resources its config, endpoints and credentials; empty without a config
record Sized(Rendered rendered, List<Resource> resources) {
  private static final String REASON = "TooLarge";

  Sized {
    resources = List.copyOf(resources);
  }

  static Sized of(Rendered rendered) {
    LoadBalancerConfig config = rendered.config();
    if (config == null) {
      return new Sized(rendered, List.of());
    }
    List<Resource> resources = new ArrayList<>();
    List<Problem> problems = new ArrayList<>(rendered.problems());
    byte[] body = ConfigJson.write(config);
    if (body.length > Resource.MAX_BODY) {
      problems.add(
          tooLarge(Condition.Accepted, "spec", "its configuration without endpoints", body.length));
    } else {
      resources.add(Resource.of(new ResourceKey(ResourceType.LoadBalancer, config.name()), body));
    }
    for (EndpointsConfig endpoints : rendered.endpoints()) {
      byte[] list = ConfigJson.write(endpoints);
      if (list.length > Resource.MAX_BODY) {
        String pool = endpoints.pool().substring(endpoints.pool().lastIndexOf('/') + 1);
        String what = "the list of its %d endpoints".formatted(endpoints.endpoints().size());
        problems.add(
            tooLarge(Condition.ResolvedRefs, "spec.pools[" + pool + "]", what, list.length));
      } else {
        resources.add(Resource.of(key(endpoints), list));
      }
    }
    if (problems.size() > rendered.problems().size()) {
      return new Sized(Rendered.refused(rendered.name(), problems), List.of());
    }
    // Of one Secret or ConfigMap each, which the API server holds to 1 MiB.
    rendered.credentials().certificates().forEach(c -> resources.add(Resource.of(c)));
    rendered.credentials().trusts().forEach(t -> resources.add(Resource.of(t)));
    return new Sized(rendered, resources);
  }

  /// The resource of a pool's endpoints; null when no frame can carry it.
  static @Nullable Resource resource(EndpointsConfig endpoints) {
    byte[] body = ConfigJson.write(endpoints);
    return body.length > Resource.MAX_BODY ? null : Resource.of(key(endpoints), body);
  }

  private static ResourceKey key(EndpointsConfig endpoints) {
    return new ResourceKey(ResourceType.Endpoints, endpoints.pool());
  }

  private static Problem tooLarge(Condition condition, String path, String what, int size) {
    return new Problem(
        condition,
        REASON,
        path,
        "%s takes %d bytes, more than the limit of %d that proxies are sent in one piece"
            .formatted(what, size, Resource.MAX_BODY),
        true);
  }
}
