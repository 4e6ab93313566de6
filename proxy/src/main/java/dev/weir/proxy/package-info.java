/// The data plane: what runs in a proxy process. Knows [dev.weir.config], never Kubernetes.
@NullMarked
package dev.weir.proxy;

import org.jspecify.annotations.NullMarked;
