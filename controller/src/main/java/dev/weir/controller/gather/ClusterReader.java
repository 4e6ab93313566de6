package dev.weir.controller.gather;

import dev.weir.config.render.ObjectName;
import dev.weir.controller.api.LoadBalancer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a cluster once, for commands that look and go: the same records as a controller keeps.
public final class ClusterReader {
  private static final ResourceDefinitionContext LOAD_BALANCERS =
      ResourceDefinitionContext.fromResourceType(LoadBalancer.class);
  private static final Changes NOBODY =
      new Changes() {
        @Override
        public void loadBalancer(ObjectName name) {}

        @Override
        public void endpoints(ObjectName loadBalancer) {}

        @Override
        public void owned(ObjectName loadBalancer) {}
      };

  private ClusterReader() {}

  /// The LoadBalancers, in any order.
  ///
  /// @param namespace null for all
  /// @throws KubernetesClientException when they cannot be listed
  public static List<Observed> loadBalancers(KubernetesClient client, @Nullable String namespace) {
    var resources = client.genericKubernetesResources(LOAD_BALANCERS);
    var list =
        namespace == null
            ? resources.inAnyNamespace().list()
            : resources.inNamespace(namespace).list();
    return list.getItems().stream().map(LoadBalancerReader::read).toList();
  }

  /// LoadBalancers, Services, EndpointSlices and ReferenceGrants.
  ///
  /// @param namespace null for all
  /// @throws KubernetesClientException when something cannot be listed
  public static Cluster read(KubernetesClient client, @Nullable String namespace) {
    var cluster = new Cluster(NOBODY);
    var services =
        namespace == null
            ? client.services().inAnyNamespace().list()
            : client.services().inNamespace(namespace).list();
    services.getItems().forEach(service -> cluster.put(Views.service(service)));
    var slices = client.discovery().v1().endpointSlices();
    var listed =
        namespace == null ? slices.inAnyNamespace().list() : slices.inNamespace(namespace).list();
    for (var slice : listed.getItems()) {
      var view = Views.slice(slice);
      if (view != null) {
        cluster.put(slice.getMetadata().getUid(), view);
      }
    }
    grants(client, namespace, cluster);
    loadBalancers(client, namespace).forEach(cluster::put);
    return cluster;
  }

  /// Without the Gateway API, or the right to list its grants, there are none.
  private static void grants(KubernetesClient client, @Nullable String namespace, Cluster cluster) {
    var resources = client.genericKubernetesResources(Watches.REFERENCE_GRANTS);
    try {
      var listed =
          namespace == null
              ? resources.inAnyNamespace().list()
              : resources.inNamespace(namespace).list();
      for (var grant : listed.getItems()) {
        var view = Views.grant(grant);
        if (view != null) {
          cluster.put(view);
        }
      }
    } catch (KubernetesClientException e) {
      if (e.getCode() != 404 && e.getCode() != 403) {
        throw e;
      }
    }
  }
}
