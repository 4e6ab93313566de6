package dev.weir.controller.api;

import dev.weir.api.v1alpha1.LoadBalancerSpec;
import dev.weir.api.v1alpha1.LoadBalancerStatus;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/// The custom resource `loadbalancers.weir.dev`.
@Group("weir.dev")
@Version("v1alpha1")
@Kind("LoadBalancer")
@Plural("loadbalancers")
@Singular("loadbalancer")
@ShortNames("lb")
public final class LoadBalancer extends CustomResource<LoadBalancerSpec, LoadBalancerStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1;
}
