package dev.weir.proxy.stream;

import dev.weir.config.stream.ApplyResult;
import dev.weir.config.stream.DeltaReader;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.Frame;
import dev.weir.config.stream.FrameCodec;
import dev.weir.config.stream.InvalidFrameException;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.SnapshotFile;
import dev.weir.config.stream.UnboundListener;
import dev.weir.config.stream.Version;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the stream to a controller and feeds the applier, for the life of the process.
///
/// Public methods may be called by any thread. Everything else happens on the thread `weir-stream`,
/// which waits for events and for the nearest deadline; the applier is called there.
public final class StreamClient implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamClient.class);
  private static final long STEADY = Duration.ofSeconds(10).toNanos();
  private static final long WELCOME_LIMIT = Duration.ofSeconds(20).toNanos();
  private static final long TRAFFIC_INTERVAL = Duration.ofSeconds(1).toNanos();
  private static final long NEVER = Long.MAX_VALUE;
  private static final int HAVE_PER_FRAME = 10_000;

  private final StreamOptions options;
  private final Dialer dialer;
  private final SnapshotApplier applier;
  private final Supplier<List<EndpointHealth>> allHealth;
  private final Consumer<List<byte[]>> secrets;
  private final HealthReporter health = new HealthReporter();
  private final BlockingQueue<Event> inbox = new LinkedBlockingQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Thread thread;
  private final @Nullable LastKnownGood store;
  private volatile @Nullable Keeper keeper;
  private final DeltaReader delta = new DeltaReader();
  private volatile StreamStatus status = new StreamStatus(false, true, null, "not connected yet");
  private volatile boolean closing;

  private @Nullable Link link;
  private boolean welcomed;
  private long openedAt;
  private long silenceLimit = NEVER;
  private int failures;
  private long dialAt = System.nanoTime();
  private Resources base = Resources.EMPTY;
  private @Nullable Version seen;
  private @Nullable Snapshot lastKnownGood;
  private @Nullable String zone;
  private long graceEnds;
  private @Nullable ApplyResult live;
  private @Nullable List<UnboundListener> unboundTold;
  private boolean ackedHere;
  private List<String> observed = List.of();
  private long trafficAt;

  private sealed interface Event {
    record OfLink(Link.Event event) implements Event {}

    record Unbound(List<UnboundListener> unbound) implements Event {}

    record Woken() implements Event {}
  }

  /// @param control the loop for the connection's bytes; no data loop
  /// @param socketChannel the loop's class of TCP client channels
  /// @param applier makes snapshots run
  /// @param allHealth what is known of all endpoints now; called on the stream's thread
  /// @param secrets takes those of session tickets ([Frame.Tickets]); called on the stream's thread
  public StreamClient(
      StreamOptions options,
      EventLoop control,
      Class<? extends Channel> socketChannel,
      SnapshotApplier applier,
      Supplier<List<EndpointHealth>> allHealth,
      Consumer<List<byte[]>> secrets) {
    this.options = options;
    this.dialer = new Dialer(options, control, socketChannel);
    this.applier = applier;
    this.allHealth = allHealth;
    this.secrets = secrets;
    this.store =
        options.stateDirectory() == null
            ? null
            : new LastKnownGood(options.stateDirectory(), options.group());
    this.thread = Thread.ofPlatform().name("weir-stream").daemon().unstarted(this::run);
  }

  /// Starts the thread, which reads the last known good and dials.
  public void start() {
    thread.start();
  }

  /// What is known of the stream now.
  public StreamStatus status() {
    return status;
  }

  /// An endpoint is new, or its health changed.
  public void healthChanged(EndpointHealth change) {
    health.changed(change);
    wake();
  }

  /// Listeners were bound, or were lost, since the last apply returned: they are told by another
  /// ack.
  ///
  /// @param unbound those that have no socket now
  public void unboundChanged(List<UnboundListener> unbound) {
    inbox.add(new Event.Unbound(List.copyOf(unbound)));
  }

  /// Writes what is not written yet and ends the thread; waits two seconds at most. What runs stays
  /// as it is.
  @Override
  public void close() {
    closing = true;
    wake();
    try {
      thread.join(Duration.ofSeconds(2));
      Keeper open = keeper;
      if (open != null) {
        open.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void wake() {
    if (woken.compareAndSet(false, true)) {
      inbox.add(new Event.Woken());
    }
  }

  private void run() {
    try {
      load();
      while (!closing) {
        step(inbox.poll(waitNanos(), TimeUnit.NANOSECONDS));
      }
    } catch (InterruptedException e) {
      LOG.debug("stream thread interrupted");
    } finally {
      Link open = link;
      if (open != null) {
        open.close("this proxy stops");
      }
      status = new StreamStatus(false, status.stale(), status.controller(), "stopped");
    }
  }

  private void step(@Nullable Event event) {
    try {
      if (event != null) {
        handle(event);
      }
      tick();
    } catch (RuntimeException e) {
      LOG.error("internal error on the stream; reconnecting", e);
      Link open = link;
      if (open != null) {
        open.close("internal error");
        lost("internal error: " + e);
      }
    }
  }

  private void load() {
    graceEnds = System.nanoTime() + options.graceBeforeLastKnownGood().toNanos();
    SnapshotFile.Content kept = kept();
    Snapshot read = kept == null ? bundled() : kept.snapshot();
    if (read != null) {
      lastKnownGood = read;
      base = read.resources();
      seen = read.version();
      runsIn(kept == null ? null : kept.zone());
      LOG.info(
          "read {}: version {}, {}",
          kept == null ? "the bundle" : "the last known good",
          read.version().label(),
          base);
    }
  }

  private SnapshotFile.@Nullable Content kept() {
    try {
      return store == null ? null : store.read();
    } catch (IOException e) {
      LOG.warn("starting without a last known good: {}", e.getMessage());
      return null;
    }
  }

  private @Nullable Snapshot bundled() {
    Path directory = options.bundleDirectory();
    try {
      return directory == null ? null : new BundleDirectory(directory, options.group()).read();
    } catch (IOException e) {
      LOG.warn("starting without the bundle: {}", e.getMessage());
      return null;
    }
  }

  private void handle(Event event) {
    switch (event) {
      case Event.Woken() -> woken.set(false);
      case Event.Unbound(List<UnboundListener> unbound) -> rebound(unbound);
      case Event.OfLink(Link.Event of) -> {
        if (of instanceof Link.Event.Received(Link from, byte[] frame)) {
          from.taken(frame);
        }
        if (of.link() == link) {
          handle(of);
        }
      }
    }
  }

  private void handle(Link.Event event) {
    switch (event) {
      case Link.Event.Opened(Link opened) -> {
        openedAt = System.nanoTime();
        silenceLimit = WELCOME_LIMIT;
        sendHello(opened);
      }
      case Link.Event.Received(Link from, byte[] bytes) -> {
        try {
          received(from, FrameCodec.fromController(bytes));
        } catch (InvalidFrameException e) {
          refuse(from, String.valueOf(e.getMessage()));
        }
      }
      case Link.Event.Closed(Link ignored, String reason) -> lost(reason);
    }
  }

  private void sendHello(Link to) {
    var parts = new ArrayList<SortedMap<String, String>>();
    SortedMap<String, String> part = new TreeMap<>();
    parts.add(part);
    for (Resource resource : base) {
      if (part.size() == HAVE_PER_FRAME) {
        part = new TreeMap<>();
        parts.add(part);
      }
      part.put(resource.key().toString(), resource.hash());
    }
    to.send(
        FrameCodec.encode(
            new Frame.Hello(
                options.proxyId(),
                options.build(),
                Frame.PROTOCOL,
                status.stale() && live != null,
                seen,
                base.digest(),
                parts.getFirst(),
                parts.size() - 1)));
    for (SortedMap<String, String> more : parts.subList(1, parts.size())) {
      to.send(FrameCodec.encode(new Frame.Have(more)));
    }
  }

  private void received(Link from, Frame.FromController frame) throws InvalidFrameException {
    if (!welcomed && !(frame instanceof Frame.Welcome) && !(frame instanceof Frame.Refused)) {
      throw new InvalidFrameException("the first frame must be welcome");
    }
    switch (frame) {
      case Frame.Welcome welcome -> welcomed(welcome);
      case Frame.Begin begin -> delta.begin(begin, seen);
      case Frame.Upsert upsert -> delta.upsert(upsert);
      case Frame.Remove remove -> delta.remove(remove);
      case Frame.Commit commit -> apply(from, delta.commit(commit, base));
      case Frame.Observe(List<String> names) -> {
        observed = names;
        trafficAt = System.nanoTime();
      }
      case Frame.Tickets tickets ->
          secrets.accept(
              tickets.secrets().stream().map(one -> Base64.getDecoder().decode(one)).toList());
      case Frame.Ping() -> from.send(FrameCodec.encode(new Frame.Pong()));
      case Frame.Refused(String reason) -> {
        from.close("refused");
        lost("the controller refuses: " + reason);
      }
    }
  }

  private void welcomed(Frame.Welcome welcome) throws InvalidFrameException {
    if (welcomed || welcome.protocol() != Frame.PROTOCOL) {
      throw new InvalidFrameException(
          welcomed
              ? "welcome comes once"
              : "protocol " + welcome.protocol() + " is not spoken here");
    }
    welcomed = true;
    runsIn(welcome.zone());
    silenceLimit = welcome.pingInterval().toNanos() * 3;
    status = new StreamStatus(true, status.stale(), welcome.controller(), null);
    LOG.info("connected to controller {}", welcome.controller());
  }

  /// @param told null where the controller does not know: then it is what it was
  private void runsIn(@Nullable String told) {
    if (told != null && !told.equals(zone)) {
      zone = told;
      applier.zone(told);
    }
  }

  private void apply(Link from, Snapshot wanted) {
    ApplyResult result = applied(wanted);
    status = new StreamStatus(true, false, status.controller(), null);
    seen = wanted.version();
    unboundTold = ackedHere ? unboundTold : null;
    from.send(FrameCodec.encode(Frame.Ack.of(wanted.version(), result, unboundTold)));
    unboundTold = result.unbound();
    keep(result.live());
    if (!ackedHere) {
      ackedHere = true;
      for (Frame.Health frame : health.full(allHealth)) {
        from.send(FrameCodec.encode(frame));
      }
    }
  }

  private ApplyResult applied(Snapshot wanted) {
    lastKnownGood = null;
    ApplyResult result = applier.apply(wanted);
    live = result;
    base = result.live().resources();
    return result;
  }

  private void rebound(List<UnboundListener> unbound) {
    ApplyResult before = live;
    if (before == null || unbound.equals(before.unbound())) {
      return;
    }
    live = new ApplyResult(before.live(), before.rejected(), unbound, before.applyMicros());
    Link open = link;
    if (open != null && ackedHere && seen != null) {
      open.send(FrameCodec.encode(Frame.Ack.of(seen, live, unboundTold)));
      unboundTold = unbound;
    }
  }

  private void refuse(Link to, String reason) {
    LOG.warn("refused what the controller sent: {}", reason);
    to.send(FrameCodec.encode(new Frame.Refused(reason)));
    to.close("refused");
    lost("refused what the controller sent: " + reason);
  }

  private void lost(String reason) {
    link = null;
    boolean steady = welcomed && ackedHere && System.nanoTime() - openedAt > STEADY;
    failures = steady ? 0 : failures;
    welcomed = false;
    ackedHere = false;
    observed = List.of();
    silenceLimit = NEVER;
    delta.reset();
    long delay = backoff(failures++);
    dialAt = System.nanoTime() + delay;
    if (!reason.equals(status.problem())) {
      LOG.warn("no controller: {}", reason);
    }
    status = new StreamStatus(false, status.stale(), status.controller(), reason);
    graceEnds = System.nanoTime();
  }

  /// Between the shortest wait and a limit that doubles with every failure.
  private long backoff(int number) {
    long min = options.minBackoff().toNanos();
    long limit = Math.min(options.maxBackoff().toNanos(), min << Math.min(number, 20));
    return limit <= min ? min : ThreadLocalRandom.current().nextLong(min, limit);
  }

  private void tick() {
    long now = System.nanoTime();
    Link open = link;
    if (open == null && now - dialAt >= 0) {
      link = dialer.dial(event -> inbox.add(new Event.OfLink(event)));
    } else if (open != null && now - open.lastHeard() > silenceLimit) {
      open.close("silent");
      lost("the controller has been silent for too long");
    }
    if (open != null && ackedHere && health.waitNanos() == 0) {
      for (Frame.Health frame : health.take()) {
        open.send(FrameCodec.encode(frame));
      }
    }
    if (open != null && !observed.isEmpty() && now - trafficAt >= 0) {
      trafficAt = now + TRAFFIC_INTERVAL;
      open.send(FrameCodec.encode(new Frame.Traffic(applier.traffic(observed))));
    }
    Snapshot start = lastKnownGood;
    if (start != null && now - graceEnds >= 0) {
      LOG.warn("no controller answers: running the last known good {}", start.version().label());
      applied(start);
    }
  }

  private void keep(Snapshot good) {
    if (store == null) {
      return;
    }
    Keeper to = keeper;
    if (to == null) {
      to = new Keeper(store);
      keeper = to;
    }
    to.keep(new SnapshotFile.Content(good, zone));
  }

  private long waitNanos() {
    long now = System.nanoTime();
    long wait = Duration.ofSeconds(1).toNanos();
    Link open = link;
    if (open == null) {
      wait = Math.min(wait, dialAt - now);
    } else if (silenceLimit != NEVER) {
      wait = Math.min(wait, open.lastHeard() + silenceLimit - now);
    }
    if (!observed.isEmpty()) {
      wait = Math.min(wait, trafficAt - now);
    }
    if (lastKnownGood != null) {
      wait = Math.min(wait, graceEnds - now);
    }
    if (ackedHere) {
      wait = Math.min(wait, health.waitNanos());
    }
    return Math.max(wait, 0);
  }
}
