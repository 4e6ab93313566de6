package dev.weir.controller.reconcile;

import dev.weir.config.Credentials;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.Problem;
import dev.weir.config.render.References;
import dev.weir.config.render.Rendered;
import dev.weir.config.render.RenderedEndpoints;
import dev.weir.config.render.Renderer;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.Version;
import dev.weir.controller.gather.Changes;
import dev.weir.controller.gather.Cluster;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.lease.Epoch;
import dev.weir.controller.metrics.Histogram;
import dev.weir.controller.stream.SnapshotSource;
import dev.weir.controller.stream.Wanted;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns changes of the cluster into snapshots: takes a LoadBalancer that changed, renders it, puts
/// the result into its group's snapshot. One thread; work depends on the change, not on how much
/// there is.
///
/// Nothing is published before all caches are filled and everything in them went through once, so
/// that a controller that has just started takes nothing away.
public final class Reconciler implements SnapshotSource, Changes {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

  /// No LoadBalancer: what is to be done for all of them.
  private static final ObjectName NOBODY = new ObjectName("", "");

  private static final long WINDOW_MILLIS = 100;
  private static final int MANY = 500;
  private static final long MAX_AHEAD_MILLIS = 24L * 60 * 60 * 1000;

  private final WorkQueue<ObjectName, Work> queue = new WorkQueue<>(WINDOW_MILLIS, Work::both);
  private final Map<ProxyGroup, Group> groups = new ConcurrentHashMap<>();
  private final Map<ObjectName, ProxyGroup> groupOf = new ConcurrentHashMap<>();
  private final Map<ProxyGroup, Set<ObjectName>> membersOf = new ConcurrentHashMap<>();
  private final Map<ObjectName, Member> view = new ConcurrentHashMap<>();
  private final Histogram reconcileTimes = new Histogram();
  private final Histogram renderTimes = new Histogram();
  private final Renderer renderer;
  private final Supplier<@Nullable Epoch> epoch;
  private final BooleanSupplier synced;
  private final InstantSource clock;
  private final Consumer<ObjectName> statusDue;
  private final Cluster cluster = new Cluster(this);
  private @Nullable Listener listener;
  private Consumer<ObjectName> servedChanged = name -> {};
  private volatile boolean complete;
  private volatile boolean stopped;
  private @Nullable Epoch published;
  private final AtomicLong counter = new AtomicLong();
  private final AtomicLong steps = new AtomicLong();
  private volatile long emptyCounter;

  /// @param epoch the Lease as it is known now; null while it is not
  /// @param synced whether all caches are filled
  /// @param statusDue is told of each LoadBalancer about which something new can be said
  public Reconciler(
      Renderer renderer,
      Supplier<@Nullable Epoch> epoch,
      BooleanSupplier synced,
      InstantSource clock,
      Consumer<ObjectName> statusDue) {
    this.renderer = renderer;
    this.epoch = epoch;
    this.synced = synced;
    this.clock = clock;
    this.statusDue = statusDue;
  }

  /// What is known of the cluster: the informers write it.
  public Cluster cluster() {
    return cluster;
  }

  /// What was made of a LoadBalancer last; null when there is none. Any thread.
  public @Nullable Member member(ObjectName name) {
    return view.get(name);
  }

  /// Who runs a LoadBalancer; null when nobody does. Any thread.
  public @Nullable ProxyGroup groupOf(ObjectName name) {
    return groupOf.get(name);
  }

  /// What is served of a LoadBalancer; null before it was published, and when it is gone. Any
  /// thread.
  public @Nullable Served served(ObjectName name) {
    ProxyGroup of = groupOf.get(name);
    Group group = of == null ? null : groups.get(of);
    return group == null ? null : group.served(name);
  }

  /// Who is told of each LoadBalancer of which something else is served from now on, on the
  /// worker's thread. Set once, before [#run].
  public void onServed(Consumer<ObjectName> told) {
    servedChanged = told;
  }

  /// All LoadBalancers by name. Any thread; a moment's view.
  public Set<ObjectName> names() {
    return Set.copyOf(view.keySet());
  }

  /// The LoadBalancers that a group runs. Any thread; a moment's view.
  public Set<ObjectName> members(ProxyGroup group) {
    return Set.copyOf(membersOf.getOrDefault(group, Set.of()));
  }

  /// Whether the first full pass is done.
  public boolean complete() {
    return complete;
  }

  /// How many LoadBalancers wait to be rendered.
  public int depth() {
    return queue.size();
  }

  /// How long it took to reconcile one LoadBalancer, once it was its turn.
  public Histogram reconcileTimes() {
    return reconcileTimes;
  }

  /// How long it took to render one LoadBalancer; not endpoints alone.
  public Histogram renderTimes() {
    return renderTimes;
  }

  /// The groups that have LoadBalancers. Any thread; a moment's view.
  public Set<ProxyGroup> groups() {
    return Set.copyOf(groups.keySet());
  }

  /// Whether there is work for the LoadBalancer, or some is being done. Any thread.
  boolean waits(ObjectName name) {
    return queue.waits(name);
  }

  /// Pieces of work that were begun and ended: odd while one is being done, which may be about
  /// other LoadBalancers than the one that it was for. What is read between two equal, even numbers
  /// is all of one moment. Any thread.
  long steps() {
    return steps.get();
  }

  // --- changes
  // ---------------------------------------------------------------------------------------------------------

  @Override
  public void loadBalancer(ObjectName name) {
    queue.add(name, Work.RENDER);
  }

  @Override
  public void endpoints(ObjectName name) {
    queue.add(name, Work.ENDPOINTS);
  }

  @Override
  public void owned(ObjectName name) {
    statusDue.accept(name);
  }

  // --- the stream's view
  // -----------------------------------------------------------------------------------------------

  @Override
  public @Nullable Wanted wanted(ProxyGroup group) {
    if (!complete) {
      return null;
    }
    Group known = groups.get(group);
    if (known != null) {
      return known.wanted();
    }
    Epoch now = epoch.get();
    return now == null
        ? null
        : new Wanted(new Snapshot(version(now, emptyCounter), Resources.EMPTY), Set.of());
  }

  @Override
  public synchronized void subscribe(Listener newListener) {
    listener = newListener;
  }

  // --- the worker
  // ------------------------------------------------------------------------------------------------------

  /// Works until [#stop]. To be run on a thread of its own.
  public void run() {
    try {
      awaitCaches();
      while (!stopped) {
        WorkQueue.Item<ObjectName, Work> item = queue.take();
        if (item == null) {
          return;
        }
        long start = System.nanoTime();
        steps.incrementAndGet();
        try {
          process(item.key(), item.work());
          reconcileTimes.since(start);
        } catch (RuntimeException e) {
          LOG.error("cannot reconcile {}", item.key(), e);
        } finally {
          steps.incrementAndGet();
          queue.done(item.key());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends [#run].
  public void stop() {
    stopped = true;
    queue.close();
  }

  private void awaitCaches() throws InterruptedException {
    while (!stopped && (!synced.getAsBoolean() || epoch.get() == null)) {
      Thread.sleep(20);
    }
    queue.clear();
    for (Observed seen : cluster.loadBalancers()) {
      try {
        render(seen);
      } catch (RuntimeException e) {
        LOG.error("cannot reconcile {}", seen.resource().name(), e);
      }
    }
    if (groupOf.size() >= MANY) {
      // What reading them took is given back to the system now, while nobody waits for anything.
      System.gc();
    }
    complete = true;
    publishAll();
    LOG.info("{} LoadBalancers are known, the first pass is done", groupOf.size());
    view.keySet().forEach(statusDue);
  }

  private void process(ObjectName name, Work work) {
    ProxyGroup before = groupOf.get(name);
    if (work == Work.PUBLISH) {
      if (before != null) {
        publish(before);
      } else if (!Objects.equals(epoch.get(), published)) {
        publishAll();
      }
      return;
    }
    Observed seen = cluster.loadBalancer(name);
    if (seen == null) {
      if (before != null) {
        leave(name, before);
      }
      view.remove(name);
      statusDue.accept(name);
      return;
    }
    if (before != null && !before.equals(seen.group())) {
      leave(name, before);
    }
    switch (work) {
      case PUBLISH -> {}
      case RENDER -> render(seen);
      case ENDPOINTS -> endpointsOf(seen);
    }
    publish(seen.group());
    statusDue.accept(name);
  }

  private void leave(ObjectName name, ProxyGroup from) {
    groupOf.remove(name);
    membersOf.computeIfPresent(
        from,
        (g, names) -> {
          names.remove(name);
          return names.isEmpty() ? null : names;
        });
    Group group = groups.get(from);
    if (group != null) {
      refresh(group, group.remove(name));
      publish(from);
    }
  }

  private void render(Observed seen) {
    ObjectName name = seen.resource().name();
    Group group = groups.computeIfAbsent(seen.group(), g -> new Group());
    groupOf.put(name, seen.group());
    membersOf.compute(
        seen.group(),
        (g, names) -> {
          Set<ObjectName> all = names == null ? ConcurrentHashMap.newKeySet() : names;
          all.add(name);
          return all;
        });
    Member before = group.member(name);
    long start = System.nanoTime();
    Sized sized =
        sized(seen, cluster, before == null ? Credentials.NONE : before.servedCredentials());
    renderTimes.since(start);
    Member member =
        new Member(
            seen,
            sized.rendered().config(),
            sized.rendered().endpoints(),
            sized.rendered().credentials(),
            sized.resources(),
            sized.rendered().problems(),
            before == null ? List.of() : before.conflicts(),
            before == null ? null : before.served(),
            before == null ? List.of() : before.servedEndpoints(),
            before == null ? Credentials.NONE : before.servedCredentials());
    refresh(group, group.put(member));
    remember(group, name);
  }

  /// What a LoadBalancer renders to. Any thread.
  ///
  /// @param earlier the credentials that proxies have of it
  Sized sized(Observed seen, References references, Credentials earlier) {
    Problem unreadable = seen.unreadable();
    return Sized.of(
        unreadable == null
            ? renderer.render(seen.resource(), references).orEarlier(earlier)
            : Rendered.refused(seen.resource().name(), List.of(unreadable)));
  }

  private void endpointsOf(Observed seen) {
    ObjectName name = seen.resource().name();
    Group group = groups.get(seen.group());
    Member member = group == null ? null : group.member(name);
    if (group == null
        || member == null
        || member.config() == null
        || !member.seen().sameSpec(seen)) {
      render(seen);
      return;
    }
    List<EndpointsConfig> latest = new ArrayList<>();
    List<Resource> resources = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (var pool : member.config().pools()) {
      RenderedEndpoints endpoints = renderer.endpoints(seen.resource(), pool.name(), cluster);
      if (endpoints != null) {
        Resource resource = Sized.resource(endpoints.endpoints());
        if (resource == null) {
          render(seen);
          return;
        }
        resources.add(resource);
        latest.add(endpoints.endpoints());
        problems.addAll(endpoints.problems());
      }
    }
    group.endpoints(
        member, latest, resources, RenderedEndpoints.replaced(member.problems(), problems));
    remember(group, name);
  }

  private void refresh(Group group, Set<ObjectName> changed) {
    for (ObjectName name : changed) {
      remember(group, name);
      statusDue.accept(name);
    }
  }

  private void remember(Group group, ObjectName name) {
    Member member = group.member(name);
    if (member != null) {
      view.put(name, member);
    }
  }

  // --- publishing
  // ------------------------------------------------------------------------------------------------------

  /// The Lease changed hands: every snapshot gets a new version, and nothing is rendered. Any
  /// thread; done by the worker.
  public void epochChanged() {
    queue.add(NOBODY, Work.PUBLISH);
  }

  private void publish(ProxyGroup name) {
    Epoch now = epoch.get();
    if (now == null || !complete) {
      return;
    }
    if (!now.equals(published)) {
      publishAll();
      return;
    }
    Group group = groups.get(name);
    if (group == null) {
      return;
    }
    Set<ObjectName> changed = group.publish(version(now, next()));
    if (group.isEmpty()) {
      emptyCounter = next();
      groups.remove(name);
    }
    if (changed != null) {
      changed.forEach(servedChanged);
      tell(name);
    }
  }

  private void publishAll() {
    Epoch now = epoch.get();
    if (now == null) {
      return;
    }
    published = now;
    emptyCounter = next();
    groups.forEach(
        (name, group) -> {
          Set<ObjectName> changed = group.publish(version(now, next()));
          if (changed != null) {
            changed.forEach(servedChanged);
          }
        });
    Listener to = listener();
    if (to != null) {
      to.allChanged();
    }
  }

  private void tell(ProxyGroup group) {
    Listener to = listener();
    if (to != null) {
      to.changed(group);
    }
  }

  private synchronized @Nullable Listener listener() {
    return listener;
  }

  /// Versions rise, also across replicas and restarts as far as their clocks agree; where they do
  /// not, [#follow] sees to it.
  private long next() {
    return counter.updateAndGet(last -> Math.max(last + 1, clock.millis()));
  }

  @Override
  public boolean follow(ProxyGroup group, Version seen) {
    Epoch now = epoch.get();
    if (now == null
        || !now.lease().equals(seen.lease())
        || now.transitions() != seen.transitions()
        || seen.counter() > clock.millis() + MAX_AHEAD_MILLIS) {
      return false;
    }
    counter.accumulateAndGet(seen.counter(), Math::max);
    Group known = groups.get(group);
    if (known == null) {
      emptyCounter = next();
      return true;
    }
    known.raise(seen);
    members(group).stream().findFirst().ifPresent(name -> queue.add(name, Work.PUBLISH));
    return true;
  }

  private static Version version(Epoch epoch, long counter) {
    return new Version(epoch.lease(), epoch.created(), epoch.transitions(), counter);
  }
}
