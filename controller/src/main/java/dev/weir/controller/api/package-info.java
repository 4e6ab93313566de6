/// The LoadBalancer as a Kubernetes object: spec and status of [dev.weir.api.v1alpha1] in the
/// clothes of the client.
@NullMarked
package dev.weir.controller.api;

import org.jspecify.annotations.NullMarked;
