package dev.weir.controller.relay;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.weir.config.ConfigJson;
import dev.weir.config.stream.Digest;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.InvalidFrameException;
import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.UnboundListener;
import dev.weir.config.stream.Version;
import dev.weir.controller.canary.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One message between replicas: a JSON object. Both are of one build, or of two that follow each
/// other; what is not understood ends the connection.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "frame")
@JsonSubTypes({
  @JsonSubTypes.Type(RelayFrame.Serving.class),
  @JsonSubTypes.Type(RelayFrame.Proxy.class),
  @JsonSubTypes.Type(RelayFrame.Health.class),
  @JsonSubTypes.Type(RelayFrame.Gone.class),
  @JsonSubTypes.Type(RelayFrame.Staged.class),
  @JsonSubTypes.Type(RelayFrame.Ping.class)
})
sealed interface RelayFrame {
  /// How often a side that has nothing to say says so. Whoever hears nothing for three of them ends
  /// the connection.
  long PING_MILLIS = 5_000;

  /// What the follower serves of LoadBalancers.
  @JsonTypeName("serving")
  record Serving(List<Entry> loadBalancers) implements RelayFrame {
    public Serving {
      loadBalancers = List.copyOf(loadBalancers);
    }
  }

  /// @param name `namespace/name`
  /// @param since the follower's version with which it last changed; null, as `content`, when it is
  ///   gone
  record Entry(String name, @Nullable Version since, @Nullable Digest content) {}

  /// A proxy of the follower, as it is now.
  ///
  /// @param session the follower's number of it
  /// @param group the path of what it runs
  /// @param rejected null when that is as it was told last on this connection; `unbound` likewise
  /// @param traffic what it counted for LoadBalancers that are being tried
  /// @param waiting LoadBalancers of which it may not have the latest yet
  @JsonTypeName("proxy")
  record Proxy(
      long session,
      String group,
      String proxyId,
      String build,
      String address,
      Instant connectedAt,
      @Nullable Version acked,
      Digest live,
      boolean current,
      boolean lagging,
      @Nullable List<Rejection> rejected,
      @Nullable List<UnboundListener> unbound,
      List<LoadBalancerTraffic> traffic,
      Set<String> waiting)
      implements RelayFrame {
    public Proxy {
      rejected = rejected == null ? null : List.copyOf(rejected);
      unbound = unbound == null ? null : List.copyOf(unbound);
      traffic = List.copyOf(traffic);
      waiting = Set.copyOf(waiting);
    }
  }

  /// Health of endpoints, as that proxy says.
  @JsonTypeName("health")
  record Health(long session, boolean full, List<EndpointHealth> changes) implements RelayFrame {
    public Health {
      changes = List.copyOf(changes);
    }
  }

  /// That proxy is not connected to the follower any more.
  @JsonTypeName("gone")
  record Gone(long session, String reason) implements RelayFrame {}

  /// How far the latest of some LoadBalancers has come: the only frame that the leader sends, but
  /// for pings.
  @JsonTypeName("staged")
  record Staged(List<Staging> stages) implements RelayFrame {
    public Staged {
      stages = List.copyOf(stages);
    }
  }

  /// One of them.
  record Staging(String loadBalancer, Stage stage) {}

  /// Nothing new.
  @JsonTypeName("ping")
  record Ping() implements RelayFrame {}

  /// The frame's bytes.
  static byte[] encode(RelayFrame frame) {
    return ConfigJson.write(frame);
  }

  /// Reads a frame.
  static RelayFrame decode(byte[] bytes) throws InvalidFrameException {
    try {
      return ConfigJson.read(bytes, RelayFrame.class);
    } catch (ConfigJson.InvalidJsonException e) {
      throw new InvalidFrameException(String.valueOf(e.getMessage()));
    }
  }
}
