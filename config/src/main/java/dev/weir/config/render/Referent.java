package dev.weir.config.render;

import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.config.render.References.ReferentKind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// An object that a LoadBalancer refers to.
public record Referent(ReferentKind kind, ObjectName name) {

  /// Everything that the renderer may ask for when it renders the LoadBalancer, whether it is there
  /// or not. Pure.
  public static Set<Referent> of(LoadBalancerResource resource) {
    var found = new LinkedHashSet<Referent>();
    for (PoolSpec pool : Objects.requireNonNullElse(resource.spec().pools(), List.<PoolSpec>of())) {
      var service = pool.serviceRef();
      if (service != null) {
        found.add(
            new Referent(
                ReferentKind.Service,
                resource.name().referred(service.namespace(), service.name())));
      }
    }
    return found;
  }
}
