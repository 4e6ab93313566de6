package dev.weir.controller.stream;

import dev.weir.config.stream.Digest;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Resources;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// What each proxy rejected, kept over its reconnects, so that one build of a proxy is not sent the
/// same thing twice. Bounded: the proxies that were away longest are forgotten first. Safe for use
/// by any thread.
final class RejectionMemory {
  private static final int MAX_PROXIES = 20_000;

  /// @param content the digest of the LoadBalancer's resources that were rejected
  /// @param all the digest of everything that was wanted then
  record Rejected(Digest content, Digest all, List<Rejection> reasons) {
    Rejected {
      reasons = List.copyOf(reasons);
    }

    /// What the proxy would reject again: the same content and, when others were the reason,
    /// nothing else changed either.
    boolean stands(String loadBalancer, Resources wanted) {
      return content.equals(wanted.digestOf(loadBalancer))
          && (all.equals(wanted.digest())
              || reasons.stream().noneMatch(r -> r.rule().equals(Rejection.PORT_CONFLICT)));
    }
  }

  private record Proxy(ProxyGroup group, String proxyId) {}

  private record Memory(String build, ConcurrentMap<String, Rejected> byLoadBalancer) {}

  private final Map<Proxy, Memory> memories =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Proxy, Memory> eldest) {
          return size() > MAX_PROXIES;
        }
      };

  /// What the proxy rejected, by `namespace/name`; empty when another build of it is remembered.
  /// Changes to the map are remembered.
  ConcurrentMap<String, Rejected> of(ProxyInfo proxy) {
    synchronized (memories) {
      var key = new Proxy(proxy.group(), proxy.proxyId());
      Memory memory = memories.get(key);
      if (memory == null || !memory.build.equals(proxy.build())) {
        memory = new Memory(proxy.build(), new ConcurrentHashMap<>());
        memories.put(key, memory);
      }
      return memory.byLoadBalancer;
    }
  }
}
