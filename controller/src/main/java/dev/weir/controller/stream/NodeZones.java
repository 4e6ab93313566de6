package dev.weir.controller.stream;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The zone that a Node's label `topology.kubernetes.io/zone` names. Gets single nodes, by name,
/// and remembers answers for ten minutes; that the API server could not say, for ten seconds. Safe
/// for use by any thread.
public final class NodeZones implements Zones {
  /// Where nodes say what zone they are in.
  public static final String LABEL = "topology.kubernetes.io/zone";

  private static final Logger LOG = LoggerFactory.getLogger(NodeZones.class);
  private static final Duration KNOWN = Duration.ofMinutes(10);
  private static final Duration UNKNOWN_FOR = Duration.ofSeconds(10);
  private static final int MAX_REMEMBERED = 10_000;

  private final KubernetesClient client;
  private final InstantSource clock;
  private final Map<String, Remembered> nodes =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };
  private volatile String told = "";

  private record Remembered(@Nullable String zone, Instant until) {}

  /// @param client may get nodes; stays the caller's to close
  public NodeZones(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  @Override
  public @Nullable String of(String node) {
    Instant now = clock.instant();
    synchronized (nodes) {
      Remembered known = nodes.get(node);
      if (known != null && now.isBefore(known.until)) {
        return known.zone;
      }
    }
    Remembered asked = ask(node, now);
    synchronized (nodes) {
      nodes.put(node, asked);
    }
    return asked.zone;
  }

  private Remembered ask(String name, Instant now) {
    try {
      Node node = client.nodes().withName(name).get();
      Map<String, String> labels = node == null ? null : node.getMetadata().getLabels();
      String zone = labels == null ? null : labels.get(LABEL);
      told = "";
      return new Remembered(zone == null || zone.isEmpty() ? null : zone, now.plus(KNOWN));
    } catch (KubernetesClientException e) {
      String problem =
          e.getCode() == 403
              ? "the controller may not get nodes: apply its ClusterRole (deploy/rbac.yaml)"
              : "cannot get nodes: " + (e.getCode() == 0 ? e.getMessage() : "HTTP " + e.getCode());
      if (!problem.equals(told)) {
        told = problem;
        LOG.warn("proxies do not learn their zone: {}", problem);
      }
      return new Remembered(null, now.plus(UNKNOWN_FOR));
    }
  }
}
