package dev.weir.config.stream;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One message on the stream. Field names here are the names on the wire.
public sealed interface Frame {
  /// The version of the protocol that these frames are.
  int PROTOCOL = 1;

  /// What a proxy may send.
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "frame")
  @JsonSubTypes({
    @JsonSubTypes.Type(Hello.class),
    @JsonSubTypes.Type(Have.class),
    @JsonSubTypes.Type(Ack.class),
    @JsonSubTypes.Type(Health.class),
    @JsonSubTypes.Type(Traffic.class),
    @JsonSubTypes.Type(Pong.class),
    @JsonSubTypes.Type(Refused.class)
  })
  sealed interface FromProxy extends Frame {}

  /// What a controller may send.
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "frame")
  @JsonSubTypes({
    @JsonSubTypes.Type(Welcome.class),
    @JsonSubTypes.Type(Begin.class),
    @JsonSubTypes.Type(Remove.class),
    @JsonSubTypes.Type(Commit.class),
    @JsonSubTypes.Type(Observe.class),
    @JsonSubTypes.Type(Tickets.class),
    @JsonSubTypes.Type(Ping.class),
    @JsonSubTypes.Type(Refused.class)
  })
  sealed interface FromController extends Frame {}

  /// The proxy's first frame.
  ///
  /// @param proxyId unique among the group's proxies, and kept over reconnects: the pod's or the
  ///   host's name
  /// @param build the proxy's build: a controller does not send one build twice what it rejected
  /// @param protocol [#PROTOCOL]
  /// @param stale true while the proxy runs from its last known good
  /// @param version of what the proxy has; null when it has nothing
  /// @param digest of what the proxy has
  /// @param have `Type:name` to hash; what does not fit follows in `have` frames
  /// @param more how many `have` frames follow
  @JsonTypeName("hello")
  record Hello(
      String proxyId,
      String build,
      int protocol,
      boolean stale,
      @Nullable Version version,
      Digest digest,
      SortedMap<String, String> have,
      int more)
      implements FromProxy {
    public Hello {
      have = Collections.unmodifiableSortedMap(new TreeMap<>(have));
    }
  }

  /// More of what the proxy has, directly after `hello`.
  @JsonTypeName("have")
  record Have(SortedMap<String, String> resources) implements FromProxy {
    public Have {
      resources = Collections.unmodifiableSortedMap(new TreeMap<>(resources));
    }
  }

  /// How an apply ended.
  enum Result {
    /// Everything runs.
    Applied,
    /// At least one LoadBalancer was rejected; the others run.
    Partial
  }

  /// The answer to `commit`, sent when every loop runs the result; sent again when that changes
  /// later which has no socket.
  ///
  /// @param version of the commit that it answers
  /// @param digest of what is live
  /// @param rejected every LoadBalancer of the commit that does not run as sent
  /// @param unbound the listeners that have no socket; null when that is as in the last ack on this
  ///   connection
  /// @param applyMicros how long validation, build and swap took
  @JsonTypeName("ack")
  record Ack(
      Version version,
      Digest digest,
      Result result,
      List<Rejection> rejected,
      @Nullable List<UnboundListener> unbound,
      long applyMicros)
      implements FromProxy {
    public Ack {
      rejected = List.copyOf(rejected);
      unbound = unbound == null ? null : List.copyOf(unbound);
    }

    /// The ack of what an apply gave, with texts cut to what a frame may carry. Above a thousand
    /// problems only the first of each LoadBalancer is told.
    ///
    /// @param unboundBefore what the last ack on this connection said; null when there was none
    public static Ack of(
        Version version, ApplyResult result, @Nullable List<UnboundListener> unboundBefore) {
      boolean many = result.rejected().size() > 1000;
      var told = new HashSet<String>();
      var rejected = new ArrayList<Rejection>();
      List<Rejection> wholeFirst =
          result.rejected().stream()
              .sorted(Comparator.comparing((Rejection r) -> r.part() != null))
              .toList();
      for (Rejection r : wholeFirst) {
        if (told.add(r.loadBalancer()) || !many) {
          rejected.add(
              new Rejection(
                  r.loadBalancer(),
                  r.rule(),
                  FrameCodec.clip(r.path(), many ? 100 : FrameCodec.MAX_TEXT),
                  FrameCodec.clip(r.message(), many ? 100 : FrameCodec.MAX_TEXT),
                  r.part()));
        }
      }
      return new Ack(
          version,
          result.live().digest(),
          rejected.isEmpty() ? Result.Applied : Result.Partial,
          rejected,
          result.unbound().equals(unboundBefore) ? null : clipped(result.unbound()),
          result.applyMicros());
    }

    private static List<UnboundListener> clipped(List<UnboundListener> listeners) {
      return listeners.stream()
          .map(
              l ->
                  new UnboundListener(
                      l.loadBalancer(),
                      l.listener(),
                      l.address(),
                      l.port(),
                      FrameCodec.clip(l.error(), 200)))
          .toList();
    }
  }

  /// Health of endpoints.
  ///
  /// @param full true: these are all, forget what was said before; false: these changed
  @JsonTypeName("health")
  record Health(boolean full, List<EndpointHealth> changes) implements FromProxy {
    public Health {
      changes = List.copyOf(changes);
    }
  }

  /// What was counted for the LoadBalancers that the last `observe` names, as far as they run: once
  /// a second.
  @JsonTypeName("traffic")
  record Traffic(List<LoadBalancerTraffic> loadBalancers) implements FromProxy {
    public Traffic {
      loadBalancers = List.copyOf(loadBalancers);
    }
  }

  /// The answer to `ping`.
  @JsonTypeName("pong")
  record Pong() implements FromProxy {}

  /// The controller's first frame.
  ///
  /// @param protocol [#PROTOCOL]
  /// @param controller which replica this is
  /// @param pingInterval how often it pings; a proxy that hears nothing for three of them
  ///   reconnects
  /// @param zone the topology zone of the proxy's node; null when it is not known
  @JsonTypeName("welcome")
  record Welcome(int protocol, String controller, Duration pingInterval, @Nullable String zone)
      implements FromController {}

  /// Opens a delta.
  ///
  /// @param upserts how many `upsert` frames follow
  /// @param removes how many `remove` frames follow
  @JsonTypeName("begin")
  record Begin(Version version, int upserts, int removes, SnapshotDelta.Lane lane)
      implements FromController {}

  /// A resource that is new or changed: a header of type, name and hash, and the body's bytes as a
  /// second line.
  record Upsert(Resource resource) implements FromController {}

  /// A resource that is gone.
  @JsonTypeName("remove")
  record Remove(ResourceType type, String name) implements FromController {}

  /// Closes a delta: the proxy applies it as one.
  ///
  /// @param digest of the whole set after the delta
  @JsonTypeName("commit")
  record Commit(Version version, Digest digest) implements FromController {}

  /// Asks for `traffic`, until the next one.
  ///
  /// @param loadBalancers `namespace/name` of what is to be told of; empty for nothing
  @JsonTypeName("observe")
  record Observe(List<String> loadBalancers) implements FromController {
    public Observe {
      loadBalancers = List.copyOf(loadBalancers);
    }
  }

  /// The secrets that TLS session tickets are made with, the same for all proxies of the group:
  /// after `welcome`, and whenever they change. Kept in memory alone; part of no version.
  ///
  /// @param secrets base64 of 32 to 128 bytes each: the first makes tickets, the others are those
  ///   of tickets from before and of what other proxies are told earlier
  @JsonTypeName("tickets")
  record Tickets(List<String> secrets) implements FromController {
    public Tickets {
      secrets = List.copyOf(secrets);
    }

    /// Without the secrets.
    @Override
    public String toString() {
      return "Tickets[" + secrets.size() + "]";
    }
  }

  /// Asks for `pong`.
  @JsonTypeName("ping")
  record Ping() implements FromController {}

  /// The last frame before the sender closes.
  @JsonTypeName("refused")
  record Refused(String reason) implements FromProxy, FromController {}
}
