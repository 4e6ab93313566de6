package dev.weir.controller.relay;

import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.Frame;
import dev.weir.config.stream.InvalidFrameException;
import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Version;
import dev.weir.controller.canary.Stages;
import dev.weir.controller.reconcile.Served;
import dev.weir.controller.stream.ProxyInfo;
import dev.weir.controller.stream.ProxyReports;
import dev.weir.controller.stream.SessionChannel;
import dev.weir.controller.stream.SessionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is known of proxies that are connected to other replicas. Any thread may ask.
public final class Followers {
  private static final Logger LOG = LoggerFactory.getLogger(Followers.class);
  private static final int STAGES_PER_FRAME = 1000;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long SILENCE = TimeUnit.MILLISECONDS.toNanos(3 * RelayFrame.PING_MILLIS);

  private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
  private final BooleanSupplier leading;
  private final Function<ObjectName, @Nullable Served> served;
  private final ProxyReports reports;
  private final LongSupplier sessionIds;
  private final @Nullable Stages stages;

  /// @param leading whether this replica leads: only then it listens to others
  /// @param served what this replica serves of a LoadBalancer; null when nothing
  /// @param reports hears of their proxies as of its own
  /// @param sessionIds numbers that none of this replica's own sessions has
  /// @param stages what replicas are told of; null for nothing
  public Followers(
      BooleanSupplier leading,
      Function<ObjectName, @Nullable Served> served,
      ProxyReports reports,
      LongSupplier sessionIds,
      @Nullable Stages stages) {
    this.leading = leading;
    this.served = served;
    this.reports = reports;
    this.sessionIds = sessionIds;
    this.stages = stages;
  }

  /// Tells all replicas how far the latest of a LoadBalancer has come.
  public void staged(String loadBalancer) {
    for (Follower follower : followers) {
      follower.untold.add(loadBalancer);
      follower.channel.changed();
    }
  }

  /// How many replicas are connected.
  public int replicas() {
    return followers.size();
  }

  /// How many proxies they have.
  public int proxies() {
    return followers.stream().mapToInt(follower -> follower.sessions.size()).sum();
  }

  /// All proxies of a group, each once, with what they run of one LoadBalancer told in versions of
  /// this replica: a proxy of another one that has the same content counts as having acked it.
  ///
  /// @param own this replica's own proxies
  public List<SessionState> with(
      List<SessionState> own, ProxyGroup group, ObjectName loadBalancer) {
    if (followers.isEmpty()) {
      return own;
    }
    Map<String, SessionState> byName = new LinkedHashMap<>();
    own.forEach(state -> put(byName, state));
    for (Follower follower : followers) {
      for (SessionState state : follower.sessions.values()) {
        if (state.proxy().group().equals(group)) {
          put(byName, follower.translated(state, loadBalancer));
        }
      }
    }
    return List.copyOf(byName.values());
  }

  /// All proxies of a group, each once, as their own replicas see them.
  ///
  /// @param own this replica's own proxies
  public List<SessionState> with(List<SessionState> own, ProxyGroup group) {
    Map<String, SessionState> byName = new LinkedHashMap<>();
    own.forEach(state -> put(byName, state));
    for (Follower follower : followers) {
      follower.sessions.values().stream()
          .filter(state -> state.proxy().group().equals(group))
          .forEach(state -> put(byName, state));
    }
    return List.copyOf(byName.values());
  }

  /// A proxy that went from one replica to another is known to both for a moment.
  private static void put(Map<String, SessionState> byName, SessionState state) {
    byName.merge(
        state.proxy().proxyId(),
        state,
        (a, b) -> a.connectedAt().isBefore(b.connectedAt()) ? b : a);
  }

  /// Listens to a replica until it is gone. Blocks; for a thread of its own.
  public void serve(SessionChannel channel) {
    var follower = new Follower(channel);
    if (!leading.getAsBoolean()) {
      channel.refuse("this replica does not lead");
      return;
    }
    followers.add(follower);
    LOG.info("replica {} passes on what its proxies say", channel.address());
    String reason = "ended";
    try {
      reason = follower.listen();
    } catch (InvalidFrameException e) {
      reason = "not understood: " + e.getMessage();
      channel.refuse(String.valueOf(e.getMessage()));
    } catch (SessionChannel.UnresponsiveException e) {
      reason = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      followers.remove(follower);
      channel.close();
      follower.end(reason);
      LOG.info("replica {} passes on nothing any more: {}", channel.address(), reason);
    }
  }

  private final class Follower {
    private final Map<Long, SessionState> sessions = new ConcurrentHashMap<>();
    private final Map<ObjectName, Served> serving = new ConcurrentHashMap<>();
    private final SessionChannel channel;
    private final Queue<String> untold = new ConcurrentLinkedQueue<>();

    Follower(SessionChannel channel) {
      this.channel = channel;
    }

    String listen()
        throws InterruptedException, InvalidFrameException, SessionChannel.UnresponsiveException {
      long nextPing = System.nanoTime();
      if (stages != null) {
        untold.addAll(stages.all().keySet());
      }
      while (leading.getAsBoolean()) {
        long now = System.nanoTime();
        if (now - channel.lastHeard() > SILENCE) {
          return "it is silent";
        }
        if (now - nextPing >= 0) {
          nextPing = now + TimeUnit.MILLISECONDS.toNanos(RelayFrame.PING_MILLIS);
          channel.send(RelayFrame.encode(new RelayFrame.Ping()), PATIENCE);
          channel.flush();
        }
        tell();
        switch (channel.next(TimeUnit.MILLISECONDS.toNanos(500))) {
          case SessionChannel.Event.Received(byte[] bytes) -> received(RelayFrame.decode(bytes));
          case SessionChannel.Event.Changed() -> {}
          case SessionChannel.Event.Nothing() -> {}
          case SessionChannel.Event.Closed(String reason) -> {
            return reason;
          }
        }
      }
      return "this replica does not lead any more";
    }

    private void tell() throws InterruptedException, SessionChannel.UnresponsiveException {
      channel.clearChanged();
      while (stages != null && !untold.isEmpty()) {
        List<RelayFrame.Staging> some = new ArrayList<>();
        String name;
        while (some.size() < STAGES_PER_FRAME && (name = untold.poll()) != null) {
          some.add(new RelayFrame.Staging(name, stages.of(name)));
        }
        channel.send(RelayFrame.encode(new RelayFrame.Staged(some)), PATIENCE);
        channel.flush();
      }
    }

    private void received(RelayFrame frame) throws InvalidFrameException {
      switch (frame) {
        case RelayFrame.Serving(var entries) -> entries.forEach(this::serves);
        case RelayFrame.Proxy proxy -> proxy(proxy);
        case RelayFrame.Health health ->
            reports.health(
                known(health.session()).proxy(), new Frame.Health(health.full(), health.changes()));
        case RelayFrame.Gone(long session, String reason) -> {
          reports.disconnected(known(session).proxy(), reason);
          sessions.remove(session);
        }
        case RelayFrame.Staged ignored ->
            throw new InvalidFrameException("only the leader says how far something has come");
        case RelayFrame.Ping() -> {}
      }
    }

    private SessionState known(long session) throws InvalidFrameException {
      SessionState state = sessions.get(session);
      if (state == null) {
        throw new InvalidFrameException("nothing was told of session " + session);
      }
      return state;
    }

    private void serves(RelayFrame.Entry entry) {
      ObjectName name = ObjectName.parse(entry.name());
      if (entry.since() == null || entry.content() == null) {
        serving.remove(name);
      } else {
        serving.put(name, new Served(entry.since(), entry.content()));
      }
    }

    private void proxy(RelayFrame.Proxy told) throws InvalidFrameException {
      SessionState before = sessions.get(told.session());
      if (before == null && (told.rejected() == null || told.unbound() == null)) {
        throw new InvalidFrameException("not everything was told of session " + told.session());
      }
      ProxyInfo proxy = before == null ? info(told) : before.proxy();
      var state =
          new SessionState(
              proxy,
              told.connectedAt(),
              told.acked(),
              told.live(),
              told.current(),
              told.lagging(),
              told.rejected() == null ? Objects.requireNonNull(before).rejected() : told.rejected(),
              told.unbound() == null ? Objects.requireNonNull(before).unbound() : told.unbound(),
              told.traffic().stream()
                  .collect(
                      Collectors.toMap(LoadBalancerTraffic::loadBalancer, one -> one, (a, b) -> b)),
              told.waiting());
      sessions.put(told.session(), state);
      if (before == null) {
        reports.connected(proxy);
      }
      if (told.lagging() && (before == null || !before.lagging())) {
        reports.lagging(proxy);
      }
      Version acked = told.acked();
      if (acked != null) {
        reports.acked(
            proxy,
            new Frame.Ack(
                acked,
                told.live(),
                state.rejected().isEmpty() ? Frame.Result.Applied : Frame.Result.Partial,
                state.rejected(),
                told.unbound(),
                0));
      }
    }

    private ProxyInfo info(RelayFrame.Proxy told) throws InvalidFrameException {
      try {
        return new ProxyInfo(
            sessionIds.getAsLong(),
            ProxyGroup.parse(told.group()),
            told.proxyId(),
            told.build(),
            told.address(),
            null,
            true);
      } catch (IllegalArgumentException e) {
        throw new InvalidFrameException(String.valueOf(e.getMessage()));
      }
    }

    private SessionState translated(SessionState state, ObjectName loadBalancer) {
      Served here = served.apply(loadBalancer);
      Served there = serving.get(loadBalancer);
      Version acked = state.acked();
      Version told = null;
      if (here != null
          && there != null
          && acked != null
          && !acked.before(there.since())
          && here.content().equals(there.content())) {
        told = here.since();
      }
      return new SessionState(
          state.proxy(),
          state.connectedAt(),
          told,
          state.live(),
          state.current(),
          state.lagging(),
          state.rejected(),
          state.unbound(),
          state.traffic(),
          state.waiting());
    }

    void end(String reason) {
      List<SessionState> left = new ArrayList<>(sessions.values());
      sessions.clear();
      left.forEach(state -> reports.disconnected(state.proxy(), "its replica: " + reason));
    }
  }
}
