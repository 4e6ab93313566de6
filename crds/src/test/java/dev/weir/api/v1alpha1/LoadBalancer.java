package dev.weir.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/// What the CRD is generated from: the records with the names and columns that Kubernetes shows.
@Group("weir.dev")
@Version("v1alpha1")
@ShortNames("lb")
@Categories("weir")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Address", jsonPath = ".status.addresses[0].value")
@AdditionalPrinterColumn(name = "Proxies", jsonPath = ".status.proxies.summary")
@AdditionalPrinterColumn(name = "Endpoints", jsonPath = ".status.endpoints.summary")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
final class LoadBalancer extends CustomResource<LoadBalancerSpec, LoadBalancerStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1;
}
