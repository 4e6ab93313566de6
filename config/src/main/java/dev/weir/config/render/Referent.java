package dev.weir.config.render;

import dev.weir.api.v1alpha1.AuthoritiesSpec;
import dev.weir.api.v1alpha1.CertificateSpec;
import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.ObjectRef;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.config.render.References.ReferentKind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
      var tls = pool.tls();
      if (tls != null && tls.ca() != null) {
        add(resource.name(), tls.ca(), found);
      }
      if (tls != null && tls.certificate() != null) {
        add(resource.name(), ReferentKind.Secret, tls.certificate().secretRef(), found);
      }
    }
    for (ListenerSpec listener :
        Objects.requireNonNullElse(resource.spec().listeners(), List.<ListenerSpec>of())) {
      var tls = listener.tls();
      if (tls != null) {
        Objects.requireNonNullElse(tls.certificates(), List.<CertificateSpec>of())
            .forEach(one -> add(resource.name(), ReferentKind.Secret, one.secretRef(), found));
        if (tls.clientAuth() != null) {
          add(resource.name(), tls.clientAuth().ca(), found);
        }
      }
    }
    return found;
  }

  private static void add(ObjectName owner, AuthoritiesSpec authorities, Set<Referent> found) {
    add(owner, ReferentKind.ConfigMap, authorities.configMapRef(), found);
    add(owner, ReferentKind.Secret, authorities.secretRef(), found);
  }

  private static void add(
      ObjectName owner, ReferentKind kind, @Nullable ObjectRef ref, Set<Referent> found) {
    if (ref != null) {
      found.add(new Referent(kind, owner.referred(ref.namespace(), ref.name())));
    }
  }
}
