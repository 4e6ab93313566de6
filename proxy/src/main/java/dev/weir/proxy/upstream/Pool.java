package dev.weir.proxy.upstream;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.Loops;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A named group of endpoints and the one place where an endpoint is chosen. Outlives
/// configurations: what it knows of an endpoint stays with the endpoint's identity.
///
/// Picking is lock-free and may happen on any loop; changes come from one thread at a time.
public final class Pool {
  private final String name;
  private final Loops loops;
  private final PerLoopTraffic traffic;
  private final AtomicLong turn = new AtomicLong();
  private final AtomicInteger queued = new AtomicInteger();
  private final ConcurrentLinkedQueue<Waiter> queue = new ConcurrentLinkedQueue<>();
  private volatile PoolConfig config;
  private volatile Approach approach;
  private volatile EndpointSet endpoints;
  private volatile @Nullable String zone;
  private boolean closed;

  /// @param name `namespace/name/pool`
  public Pool(String name, PoolConfig config, Approach approach, Loops loops) {
    this.name = name;
    this.config = config;
    this.approach = approach;
    this.loops = loops;
    this.traffic = new PerLoopTraffic(loops.size());
    this.endpoints = new EndpointSet(List.of(), config.algorithm(), null);
  }

  /// `namespace/name/pool`.
  public String name() {
    return name;
  }

  /// The pool's name in its LoadBalancer.
  public String shortName() {
    return config.name();
  }

  /// The configuration in force.
  public PoolConfig config() {
    return config;
  }

  /// How endpoints are approached now.
  public Approach approach() {
    return approach;
  }

  /// The endpoints in force.
  public EndpointSet endpoints() {
    return endpoints;
  }

  /// Says where this proxy runs: endpoints for that zone come first, while any of them is usable.
  ///
  /// @param newZone null where that is not known
  public synchronized void zone(@Nullable String newZone) {
    if (!Objects.equals(zone, newZone)) {
      zone = newZone;
      refresh();
    }
  }

  /// Puts another configuration in force; endpoints stay as they are. With another approach their
  /// unused connections are closed.
  public synchronized void configure(PoolConfig newConfig, Approach newApproach) {
    config = newConfig;
    if (!newApproach.equals(approach)) {
      approach = newApproach;
      endpoints.all().forEach(Endpoint::closeIdle);
    }
    endpoints = new EndpointSet(endpoints.all(), newConfig.algorithm(), zone);
    wakeAll();
  }

  /// Puts other endpoints in force. Those of the same identity go on as they are; those that are
  /// gone finish what they have.
  public synchronized void update(List<EndpointTarget> targets) {
    if (closed) {
      return;
    }
    Map<String, Endpoint> old = new LinkedHashMap<>();
    for (Endpoint endpoint : endpoints.all()) {
      old.put(endpoint.identity(), endpoint);
    }
    List<Endpoint> all = new ArrayList<>(targets.size());
    for (EndpointTarget target : targets) {
      Endpoint endpoint = old.remove(target.identity());
      if (endpoint == null) {
        endpoint = new Endpoint(this, target, loops);
      } else {
        endpoint.configure(target.config());
      }
      all.add(endpoint);
    }
    endpoints = new EndpointSet(all, config.algorithm(), zone);
    old.values().forEach(Endpoint::close);
    wakeAll();
  }

  /// Chooses anew among the same endpoints: the health of one changed, or the zone.
  synchronized void refresh() {
    endpoints = new EndpointSet(endpoints.all(), config.algorithm(), zone);
    wakeAll();
  }

  /// Closes unused connections. Requests under way go on.
  public synchronized void close() {
    closed = true;
    endpoints.all().forEach(Endpoint::close);
  }

  /// Finds an endpoint and takes a slot on it. Null when none may take traffic or all are at their
  /// limit: [#usable] tells.
  public @Nullable Endpoint acquire(Pick pick) {
    int total = config.connections().total();
    if (total == 0) {
      return pick.from(endpoints, turn.getAndIncrement());
    }
    while (inFlight() < total) {
      Endpoint found = pick.from(endpoints, turn.getAndIncrement());
      if (found == null || inFlight() <= total) {
        return found;
      }
      // Another loop took the last place at the same moment. Nobody is woken, for nothing became
      // free; who gives way looks again, so that the place does not stay empty.
      found.withdraw();
    }
    return null;
  }

  private int inFlight() {
    int sum = 0;
    for (Endpoint endpoint : endpoints.all()) {
      sum += endpoint.inFlight();
    }
    return sum;
  }

  /// Whether any endpoint may take traffic, busy or not.
  public boolean usable() {
    return endpoints.usable() > 0;
  }

  /// How many wait for a slot.
  public int queued() {
    return queued.get();
  }

  /// Requests and connections under way or waiting, as they were a moment ago.
  public int load() {
    return traffic.active() + queued.get();
  }

  /// What was counted for it. What holds a slot on an endpoint enters and leaves here.
  public PerLoopTraffic traffic() {
    return traffic;
  }

  /// Joins the queue, unless it is full. Whoever joins tries once more at once, since a slot may
  /// have become free meanwhile.
  public boolean join(Waiter waiter) {
    if (queued.incrementAndGet() > config.queue().length()) {
      queued.decrementAndGet();
      return false;
    }
    queue.add(waiter);
    return true;
  }

  /// Leaves the queue. False when it was called meanwhile.
  public boolean leave(Waiter waiter) {
    boolean left = queue.remove(waiter);
    if (left) {
      queued.decrementAndGet();
    }
    return left;
  }

  /// Gives up waiting, for good: if a call is under way, somebody else is called, since the slot is
  /// still free.
  ///
  /// @return false when it was called meanwhile
  public boolean quit(Waiter waiter) {
    boolean left = leave(waiter);
    if (!left) {
      slotFree();
    }
    return left;
  }

  void slotFree() {
    if (queued.get() > 0) {
      wake();
    }
  }

  private boolean wake() {
    Waiter waiter = queue.poll();
    if (waiter == null) {
      return false;
    }
    queued.decrementAndGet();
    waiter.loop().eventLoop().execute(waiter::slotFree);
    return true;
  }

  private void wakeAll() {
    int waiting = queued.get();
    while (waiting-- > 0 && wake()) {
      // each of them tries again, and queues again if it must
    }
  }
}
