package dev.weir.controller.stream;

import dev.weir.config.stream.Frame;
import dev.weir.config.stream.FrameCodec;
import dev.weir.config.stream.InvalidFrameException;
import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceKey;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.SnapshotDelta;
import dev.weir.config.stream.SnapshotDiff;
import dev.weir.config.stream.UnboundListener;
import dev.weir.config.stream.Version;
import dev.weir.controller.stream.SessionChannel.Event;
import dev.weir.controller.stream.StreamMetrics.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One proxy's stream, from its hello to its end, on a virtual thread of its own.
///
/// Level-triggered: there is no queue of versions. Whenever the proxy owes no ack, what it has is
/// compared with what it should have now, and the difference is sent; what changed in between was
/// never a message. The first change is sent at once; those that follow wait for
/// [StreamServer#pace] to pass, and go together. Everything but [#state] is this thread's alone.
final class Session implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private final StreamServer server;
  private final SessionChannel channel;
  private final ProxyGroup group;
  private final Entry.Allowed allowed;
  private final StreamServerOptions options;
  private final Instant connectedAt = Instant.now();

  private @Nullable ProxyInfo proxy;
  private Resources has = Resources.EMPTY;
  private @Nullable Version acked;
  private @Nullable Version followed;
  private @Nullable Sent outstanding;
  private boolean lagging;
  private ConcurrentMap<String, RejectionMemory.Rejected> rejected = new ConcurrentHashMap<>();
  private List<Rejection> rejectedParts = List.of();
  private List<UnboundListener> unbound = List.of();
  private List<String> tickets = List.of();
  private Set<String> waiting = Set.of();
  private Set<String> observed = Set.of();
  private Map<String, LoadBalancerTraffic> traffic = Map.of();
  private boolean current;
  private long nextPing;
  private long pacedUntil = System.nanoTime();
  private long changedAt;
  private volatile @Nullable SessionState state;
  private volatile Resources running = Resources.EMPTY;

  /// A delta that the proxy has not acked yet, and when its last frame was written.
  private record Sent(Snapshot wanted, Resources base, Held held, long at) {
    Resources target() {
      return held.target();
    }
  }

  /// The end of the stream for a reason that is nobody's protocol error.
  private static final class EndedException extends Exception {
    private static final long serialVersionUID = 1;

    EndedException(String reason) {
      super(reason);
    }
  }

  /// @param allowed what is known of the proxy
  Session(StreamServer server, SessionChannel channel, ProxyGroup group, Entry.Allowed allowed) {
    this.server = server;
    this.channel = channel;
    this.group = group;
    this.allowed = allowed;
    this.options = server.options();
  }

  /// What is known of the proxy; null until it has said hello. Any thread.
  @Nullable SessionState state() {
    return state;
  }

  /// What the proxy said that it has. Any thread.
  Resources running() {
    return running;
  }

  SessionChannel channel() {
    return channel;
  }

  @Override
  public void run() {
    String reason = "ended";
    try {
      reason = serve();
    } catch (InvalidFrameException e) {
      reason = "protocol error: " + e.getMessage();
      server.metrics().countRefused(Refusal.Protocol);
      channel.refuse(String.valueOf(e.getMessage()));
    } catch (EndedException | SessionChannel.UnresponsiveException e) {
      reason = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      reason = "the controller stops";
    } catch (RuntimeException e) {
      reason = "internal error: " + e;
      LOG.error("stream of {} ends by an internal error", group, e);
    } finally {
      channel.close();
      ended(reason);
    }
  }

  private void ended(String reason) {
    ProxyInfo known = proxy;
    if (known == null) {
      LOG.warn("stream from {} for {} ended before hello: {}", channel.address(), group, reason);
      server.ended(this, group, null);
      return;
    }
    LOG.info("proxy {} of {} disconnected: {}", known.proxyId(), group, reason);
    server.ended(this, group, known);
    server.reports().disconnected(known, reason);
  }

  private String serve()
      throws InvalidFrameException,
          InterruptedException,
          EndedException,
          SessionChannel.UnresponsiveException {
    ProxyInfo known = greet();
    server.begun(this, known);
    server.reports().connected(known);
    nextPing = System.nanoTime() + options.pingInterval().toNanos();
    synchronise();
    while (true) {
      switch (channel.next(waitNanos())) {
        case Event.Received(byte[] bytes) -> {
          received(known, FrameCodec.fromProxy(bytes));
          channel.alive();
        }
        case Event.Changed() -> {}
        case Event.Closed(String reason) -> {
          return reason;
        }
        case Event.Nothing() -> {}
      }
      watch(known);
      synchronise();
      observe();
    }
  }

  private void observe() throws InterruptedException, SessionChannel.UnresponsiveException {
    Set<String> wanted = server.gate().tried(group);
    if (!wanted.equals(observed)) {
      observed = wanted;
      send(new Frame.Observe(wanted.stream().sorted().toList()));
      channel.flush();
    }
  }

  private ProxyInfo greet()
      throws InvalidFrameException,
          InterruptedException,
          EndedException,
          SessionChannel.UnresponsiveException {
    Frame.Hello hello = Greeting.hello(channel, options.handshakeTimeout());
    String pod = allowed.pod();
    if (pod != null && !pod.equals(hello.proxyId())) {
      String reason = "the token is bound to pod " + pod + ", not to " + hello.proxyId();
      server.refused(Refusal.Forbidden, channel.address(), reason);
      channel.refuse(reason);
      throw new EndedException(reason);
    }
    Resources all = Greeting.listed(hello, channel, options.handshakeTimeout());
    var known =
        new ProxyInfo(
            server.nextSession(),
            group,
            hello.proxyId(),
            hello.build(),
            channel.address(),
            allowed.zone(),
            false);
    proxy = known;
    has = all;
    rejected = server.rejections().of(known);
    Version before = hello.version();
    followed = before != null && server.source().follow(group, before) ? before : null;
    LOG.info(
        "proxy {} of {} connected from {}: build {}, has {}{}",
        known.proxyId(),
        group,
        known.address(),
        known.build(),
        hello.version() == null ? "nothing" : hello.version().label(),
        hello.stale() ? ", stale" : "");
    publish(false);
    send(
        new Frame.Welcome(
            Frame.PROTOCOL, options.controller(), options.pingInterval(), allowed.zone()));
    channel.flush();
    server.metrics().countAccepted();
    channel.alive();
    return known;
  }

  private void received(ProxyInfo known, Frame.FromProxy frame)
      throws InvalidFrameException, EndedException {
    switch (frame) {
      case Frame.Ack ack -> acknowledged(known, ack);
      case Frame.Health health -> server.reports().health(known, health);
      case Frame.Traffic(List<LoadBalancerTraffic> counted) -> {
        traffic =
            counted.stream()
                .filter(one -> observed.contains(one.loadBalancer()))
                .collect(
                    Collectors.toMap(LoadBalancerTraffic::loadBalancer, one -> one, (a, b) -> b));
        publish(current);
        server.reports().traffic(known);
      }
      case Frame.Pong() -> {}
      case Frame.Refused(String reason) -> throw new EndedException("the proxy refuses: " + reason);
      case Frame.Hello ignored -> throw new InvalidFrameException("hello comes once");
      case Frame.Have ignored -> throw new InvalidFrameException("have comes after hello only");
    }
  }

  private void acknowledged(ProxyInfo known, Frame.Ack ack) throws InvalidFrameException {
    Sent sent = outstanding;
    if (sent != null && ack.version().equals(sent.wanted.version())) {
      settle(sent, ack);
    } else if (!ack.version().equals(acked)) {
      throw new InvalidFrameException("ack of version " + ack.version().label() + " is not owed");
    } else if (!ack.digest().equals(has.digest())) {
      throw new InvalidFrameException("the digest of a repeated ack is another one");
    }
    if (ack.unbound() != null) {
      unbound = ack.unbound();
    }
    publish(outstanding == null && hasAll(server.source().wanted(group)));
    server.reports().acked(known, ack);
  }

  private boolean hasAll(@Nullable Wanted wanted) {
    return wanted != null
        && wanted.snapshot().version().equals(acked)
        && held(wanted).target().digest().equals(has.digest());
  }

  /// The proxy's side of what it rejected is what it had before; the memory keeps it from being
  /// sent again.
  private void settle(Sent sent, Frame.Ack ack) throws InvalidFrameException {
    var byLoadBalancer = new HashMap<String, List<Rejection>>();
    var parts = new ArrayList<Rejection>();
    for (Rejection rejection : ack.rejected()) {
      if (rejection.part() != null) {
        parts.add(rejection);
      } else {
        byLoadBalancer
            .computeIfAbsent(rejection.loadBalancer(), ignored -> new ArrayList<>())
            .add(rejection);
      }
    }
    Resources expected = sent.target();
    for (String name : byLoadBalancer.keySet()) {
      expected = expected.withLoadBalancerOf(sent.base, name);
    }
    if (!expected.digest().equals(ack.digest())) {
      throw new InvalidFrameException(
          "the digest of the ack is "
              + ack.digest()
              + ", of what was sent and not rejected "
              + expected.digest());
    }
    byLoadBalancer.forEach(
        (name, reasons) ->
            rejected.put(
                name,
                new RejectionMemory.Rejected(
                    sent.wanted.resources().digestOf(name), sent.wanted.digest(), reasons)));
    rejectedParts = List.copyOf(parts);
    server.metrics().countRejections(byLoadBalancer.size());
    server.metrics().ackTimes().since(sent.at);
    has = expected;
    waiting = sent.held.names();
    acked = ack.version();
    outstanding = null;
    lagging = false;
  }

  /// Sends what the proxy lacks, unless it still owes an ack: then it will be compared again when
  /// that comes.
  private void synchronise() throws InterruptedException, SessionChannel.UnresponsiveException {
    sendTickets();
    if (outstanding != null) {
      return;
    }
    long told = channel.clearChanged();
    changedAt = changedAt == 0 ? told : changedAt;
    Wanted wanted = server.source().wanted(group);
    if (wanted == null) {
      return;
    }
    Held held = held(wanted);
    Resources target = held.target();
    Version version = wanted.snapshot().version();
    if (followed != null && version.counter() <= followed.counter()) {
      return;
    }
    followed = null;
    if (version.equals(acked) && target.digest().equals(has.digest())) {
      waiting = held.names();
      changedAt = 0;
      publish(true);
      return;
    }
    if (pacedUntil - System.nanoTime() > 0) {
      publish(false);
      return;
    }
    SnapshotDelta delta = SnapshotDiff.between(has, new Snapshot(version, target));
    publish(false);
    send(delta);
    channel.alive();
    long now = System.nanoTime();
    outstanding = new Sent(wanted.snapshot(), has, held, now);
    pacedUntil = now + server.pace();
    if (changedAt != 0) {
      server.metrics().pushTimes().since(changedAt);
      changedAt = 0;
    }
  }

  private void sendTickets() throws InterruptedException, SessionChannel.UnresponsiveException {
    List<String> latest = server.tickets(group);
    if (!latest.isEmpty() && !latest.equals(tickets)) {
      tickets = latest;
      send(new Frame.Tickets(latest));
      channel.flush();
    }
  }

  private Held held(Wanted wanted) {
    return Held.of(server.gate(), Objects.requireNonNull(proxy), has, target(wanted));
  }

  /// What this proxy should have but for the gate: of LoadBalancers that are held, or that it
  /// rejected as they are, what it has.
  private Resources target(Wanted wanted) {
    Resources target = wanted.snapshot().resources();
    for (String name : wanted.held()) {
      target = target.withLoadBalancerOf(has, name);
    }
    for (Map.Entry<String, RejectionMemory.Rejected> entry : rejected.entrySet()) {
      String name = entry.getKey();
      if (entry.getValue().stands(name, wanted.snapshot().resources())) {
        target = target.withLoadBalancerOf(has, name);
      } else {
        rejected.remove(name);
      }
    }
    return target;
  }

  private void send(SnapshotDelta delta)
      throws InterruptedException, SessionChannel.UnresponsiveException {
    SnapshotDelta.Lane lane = acked == null ? SnapshotDelta.Lane.All : delta.lane();
    send(new Frame.Begin(delta.version(), delta.upserts().size(), delta.removes().size(), lane));
    for (Resource resource : delta.upserts()) {
      send(new Frame.Upsert(resource));
    }
    for (ResourceKey key : delta.removes()) {
      send(new Frame.Remove(key.type(), key.name()));
    }
    send(new Frame.Commit(delta.version(), delta.target()));
    channel.flush();
    server
        .metrics()
        .countCommit(
            delta.upserts().size(), delta.removes().size(), lane == SnapshotDelta.Lane.Endpoints);
  }

  private void send(Frame frame) throws InterruptedException, SessionChannel.UnresponsiveException {
    channel.send(FrameCodec.encode(frame), options.ackTimeout());
  }

  private long waitNanos() {
    long now = System.nanoTime();
    long wait = nextPing - now;
    if (!current && pacedUntil - now > 0) {
      wait = Math.min(wait, pacedUntil - now);
    }
    Sent sent = outstanding;
    if (sent != null) {
      long limit = (lagging ? options.ackTimeout() : options.ackDeadline()).toNanos();
      wait = Math.min(wait, sent.at + limit - now);
    }
    return Math.max(wait, 0);
  }

  private void watch(ProxyInfo known)
      throws InterruptedException, EndedException, SessionChannel.UnresponsiveException {
    long now = System.nanoTime();
    if (now - channel.lastHeard() > 3 * options.pingInterval().toNanos()) {
      server.metrics().countRefused(Refusal.Unresponsive);
      throw new EndedException("no answer to pings");
    }
    Sent sent = outstanding;
    if (sent != null && now - sent.at >= options.ackTimeout().toNanos()) {
      server.metrics().countRefused(Refusal.Unresponsive);
      throw new EndedException("no ack within " + options.ackTimeout().toSeconds() + " s");
    }
    if (sent != null && !lagging && now - sent.at >= options.ackDeadline().toNanos()) {
      lagging = true;
      publish(false);
      LOG.warn(
          "proxy {} of {} has not acked version {} in time",
          known.proxyId(),
          group,
          sent.wanted.version().label());
      server.reports().lagging(known);
    }
    if (now - nextPing >= 0) {
      nextPing = now + options.pingInterval().toNanos();
      send(new Frame.Ping());
      channel.flush();
    }
  }

  private void publish(boolean now) {
    current = now;
    ProxyInfo known = proxy;
    if (known != null) {
      running = has;
      List<Rejection> reasons =
          Stream.concat(
                  rejected.values().stream().flatMap(r -> r.reasons().stream()),
                  rejectedParts.stream())
              .toList();
      state =
          new SessionState(
              known,
              connectedAt,
              acked,
              has.digest(),
              current && waiting.isEmpty(),
              lagging,
              reasons,
              unbound,
              traffic,
              waiting);
    }
  }
}
