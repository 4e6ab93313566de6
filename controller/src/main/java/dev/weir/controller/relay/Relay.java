package dev.weir.controller.relay;

import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.Frame;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.UnboundListener;
import dev.weir.controller.canary.Stage;
import dev.weir.controller.reconcile.Served;
import dev.weir.controller.stream.ProxyInfo;
import dev.weir.controller.stream.ProxyReports;
import dev.weir.controller.stream.SessionState;
import dev.weir.controller.stream.TlsIdentity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Passes on to the leader what this replica serves and what its proxies say, as long as another
/// one leads. Level-triggered: what changed while a frame was under way is told once, as it is
/// then.
///
/// Hears on any thread; sends on one of its own. While nobody listens it remembers nothing: a new
/// connection starts with everything.
public final class Relay implements ProxyReports {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
  private static final long WINDOW_MILLIS = 50;
  private static final long RETRY_MILLIS = 500;
  private static final int PER_FRAME = 5_000;

  private final Sources sources;
  private final Supplier<@Nullable String> leader;
  private final TlsIdentity credentials;
  private final BiConsumer<String, Stage> staged;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changes = lock.newCondition();
  private Pending pending = new Pending();
  private boolean connected;
  private volatile boolean stopped;
  private @Nullable Thread thread;

  /// What there is to tell.
  ///
  /// @param names all LoadBalancers
  /// @param served what this replica serves of one; null when nothing
  /// @param sessions its own proxies
  /// @param health all that a session said of endpoints; null when it said nothing yet
  public record Sources(
      Supplier<Set<ObjectName>> names,
      Function<ObjectName, @Nullable Served> served,
      Supplier<List<SessionState>> sessions,
      Function<Long, @Nullable List<EndpointHealth>> health) {}

  /// What changed since the last look.
  private static final class Pending {
    final Set<ObjectName> names = new HashSet<>();
    final Set<Long> sessions = new HashSet<>();
    final Map<Long, String> gone = new LinkedHashMap<>();
    final Map<Long, Map<String, EndpointHealth>> health = new HashMap<>();
    final Set<Long> forgotten = new HashSet<>();

    boolean isEmpty() {
      return names.isEmpty() && sessions.isEmpty() && gone.isEmpty() && health.isEmpty();
    }
  }

  /// What the leader was told of a session on this connection.
  private record Told(List<Rejection> rejected, List<UnboundListener> unbound) {}

  /// @param leader `host:port` of the replica that leads; null while that is this one, or nobody
  /// @param staged hears what the leader says of stages
  public Relay(
      Sources sources,
      Supplier<@Nullable String> leader,
      TlsIdentity credentials,
      BiConsumer<String, Stage> staged) {
    this.sources = sources;
    this.leader = leader;
    this.credentials = credentials;
    this.staged = staged;
  }

  /// Starts its thread.
  public void start() {
    thread = Thread.ofPlatform().name("weir-relay").daemon().start(this::run);
  }

  /// Ends its thread, and the connection.
  public void stop() throws InterruptedException {
    locked(() -> stopped = true);
    Thread running = thread;
    if (running != null) {
      running.join(TimeUnit.SECONDS.toMillis(2));
    }
  }

  // --- what is heard
  // ---------------------------------------------------------------------------------------------------

  /// Something else is served of it.
  public void served(ObjectName name) {
    told(() -> pending.names.add(name));
  }

  @Override
  public void connected(ProxyInfo proxy) {
    changed(proxy);
  }

  @Override
  public void acked(ProxyInfo proxy, Frame.Ack ack) {
    changed(proxy);
  }

  @Override
  public void traffic(ProxyInfo proxy) {
    changed(proxy);
  }

  @Override
  public void lagging(ProxyInfo proxy) {
    changed(proxy);
  }

  private void changed(ProxyInfo proxy) {
    told(() -> pending.sessions.add(proxy.session()));
  }

  /// Notes a change, unless nobody listens.
  private void told(Runnable change) {
    locked(
        () -> {
          if (connected) {
            change.run();
          }
        });
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      changes.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void health(ProxyInfo proxy, Frame.Health report) {
    told(() -> note(proxy, report));
  }

  private void note(ProxyInfo proxy, Frame.Health report) {
    Map<String, EndpointHealth> latest =
        pending.health.computeIfAbsent(proxy.session(), s -> new LinkedHashMap<>());
    if (report.full()) {
      latest.clear();
      pending.forgotten.add(proxy.session());
    }
    for (EndpointHealth change : report.changes()) {
      latest.put(change.pool() + " " + change.endpoint(), change);
    }
  }

  @Override
  public void disconnected(ProxyInfo proxy, String reason) {
    told(
        () -> {
          pending.sessions.remove(proxy.session());
          pending.health.remove(proxy.session());
          pending.gone.put(proxy.session(), reason);
        });
  }

  // --- telling
  // ---------------------------------------------------------------------------------------------------------

  private void run() {
    String problem = "";
    try {
      while (!stopped) {
        String address = leader.get();
        if (address == null) {
          pause();
          continue;
        }
        try (LeaderLink link = LeaderLink.dial(address, credentials.current(), staged)) {
          LOG.info("passing on what proxies say to the leader at {}", address);
          problem = "";
          tell(link, address);
        } catch (IOException e) {
          String text = "cannot pass on what proxies say to " + address + ": " + e.getMessage();
          if (!text.equals(problem) && !stopped) {
            LOG.warn("{}; trying again", text);
            problem = text;
          }
          pause();
        } finally {
          listen(false);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pause() throws InterruptedException {
    lock.lock();
    try {
      if (!stopped) {
        changes.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  private void listen(boolean on) {
    locked(
        () -> {
          connected = on;
          pending = new Pending();
        });
  }

  private void tell(LeaderLink link, String address) throws IOException, InterruptedException {
    listen(true);
    Map<Long, Told> told = new HashMap<>();
    serving(link, sources.names.get());
    for (SessionState state : sources.sessions.get()) {
      proxy(link, told, state);
      List<EndpointHealth> all = sources.health.apply(state.proxy().session());
      if (all != null) {
        health(link, state.proxy().session(), true, all);
      }
    }
    while (address.equals(leader.get()) && !stopped) {
      Pending latest = take(link, address);
      if (latest.isEmpty()) {
        link.send(new RelayFrame.Ping());
        continue;
      }
      send(link, told, latest);
      TimeUnit.MILLISECONDS.sleep(WINDOW_MILLIS);
    }
  }

  /// What is pending, or nothing after a while and when another replica leads.
  private Pending take(LeaderLink link, String address) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RelayFrame.PING_MILLIS);
    lock.lockInterruptibly();
    try {
      while (pending.isEmpty()
          && !stopped
          && address.equals(leader.get())
          && System.nanoTime() < deadline) {
        link.requireOpen();
        changes.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
      Pending taken = pending;
      pending = new Pending();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private void send(LeaderLink link, Map<Long, Told> told, Pending latest)
      throws IOException, InterruptedException {
    serving(link, latest.names);
    Map<Long, SessionState> states = new HashMap<>();
    if (!latest.sessions.isEmpty() || !latest.health.isEmpty()) {
      sources.sessions.get().forEach(state -> states.put(state.proxy().session(), state));
    }
    Set<Long> touched = new HashSet<>(latest.sessions);
    touched.addAll(latest.health.keySet());
    for (Long session : touched) {
      SessionState state = states.get(session);
      if (state != null && (latest.sessions.contains(session) || !told.containsKey(session))) {
        proxy(link, told, state);
      }
    }
    for (Map.Entry<Long, Map<String, EndpointHealth>> entry : latest.health.entrySet()) {
      Long session = entry.getKey();
      if (told.containsKey(session)) {
        health(link, session, latest.forgotten.contains(session), entry.getValue().values());
      }
    }
    for (Map.Entry<Long, String> entry : latest.gone.entrySet()) {
      if (told.remove(entry.getKey()) != null) {
        link.send(new RelayFrame.Gone(entry.getKey(), entry.getValue()));
      }
    }
  }

  private void serving(LeaderLink link, Collection<ObjectName> names)
      throws IOException, InterruptedException {
    List<RelayFrame.Entry> entries = new ArrayList<>();
    for (ObjectName name : names) {
      Served served = sources.served.apply(name);
      entries.add(
          served == null
              ? new RelayFrame.Entry(name.toString(), null, null)
              : new RelayFrame.Entry(name.toString(), served.since(), served.content()));
      if (entries.size() == PER_FRAME) {
        link.send(new RelayFrame.Serving(entries));
        entries = new ArrayList<>();
      }
    }
    if (!entries.isEmpty()) {
      link.send(new RelayFrame.Serving(entries));
    }
  }

  private static void proxy(LeaderLink link, Map<Long, Told> told, SessionState state)
      throws IOException, InterruptedException {
    long session = state.proxy().session();
    Told before = told.put(session, new Told(state.rejected(), state.unbound()));
    link.send(
        new RelayFrame.Proxy(
            session,
            state.proxy().group().path(),
            state.proxy().proxyId(),
            state.proxy().build(),
            state.proxy().address(),
            state.connectedAt(),
            state.acked(),
            state.live(),
            state.current(),
            state.lagging(),
            before != null && before.rejected.equals(state.rejected()) ? null : state.rejected(),
            before != null && before.unbound.equals(state.unbound()) ? null : state.unbound(),
            List.copyOf(state.traffic().values()),
            state.waiting()));
  }

  private static void health(
      LeaderLink link, long session, boolean full, Collection<EndpointHealth> all)
      throws IOException, InterruptedException {
    List<EndpointHealth> changes = List.copyOf(all);
    if (full && changes.isEmpty()) {
      link.send(new RelayFrame.Health(session, true, changes));
    }
    for (int from = 0; from < changes.size(); from += PER_FRAME) {
      int to = Math.min(from + PER_FRAME, changes.size());
      link.send(new RelayFrame.Health(session, full && from == 0, changes.subList(from, to)));
    }
  }
}
