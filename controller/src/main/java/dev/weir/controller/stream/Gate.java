package dev.weir.controller.stream;

import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Says which proxies may have the latest of a LoadBalancer. Asked by sessions on their own
/// threads; does not block.
public interface Gate {
  /// Everybody may have everything.
  Gate OPEN =
      new Gate() {
        @Override
        public boolean passes(String loadBalancer, Resources wanted, String proxyId) {
          return true;
        }

        @Override
        public @Nullable List<Resource> proven(String loadBalancer) {
          return null;
        }

        @Override
        public Set<String> stopped(ProxyGroup group) {
          return Set.of();
        }

        @Override
        public Set<String> tried(ProxyGroup group) {
          return Set.of();
        }
      };

  /// Whether the proxy may have what is wanted of the LoadBalancer.
  ///
  /// @param loadBalancer `namespace/name`
  boolean passes(String loadBalancer, Resources wanted, String proxyId);

  /// What proxies are to have of it that may not have the latest: its resources as they were when
  /// they had proved good; null where that is not known, and they keep what they have.
  @Nullable List<Resource> proven(String loadBalancer);

  /// LoadBalancers of the group whose latest goes to nobody, and is taken back from who has it.
  Set<String> stopped(ProxyGroup group);

  /// LoadBalancers of the group whose latest one proxy tries: all tell what they count for them.
  /// Empty while they are too many.
  Set<String> tried(ProxyGroup group);
}
