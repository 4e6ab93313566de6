package dev.weir.proxy.runtime;

import dev.weir.config.BindConfig;
import dev.weir.proxy.listener.Listener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sockets of the process, by bind. They are opened once and stay open while any generation
/// wants their bind. Thread: the apply thread; [#draining] and [#unbound] any.
final class Sockets {
  private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);

  private final Function<BindConfig, Listener> factory;
  private final Map<String, Listener> byBind = new HashMap<>();
  private final Map<Integer, Set<Listener>> byPort = new HashMap<>();
  private final Set<Listener> unbound = ConcurrentHashMap.newKeySet();
  private final List<LiveBind> draining = new CopyOnWriteArrayList<>();

  /// @param factory makes a listener that is not open yet
  Sockets(Function<BindConfig, Listener> factory) {
    this.factory = factory;
  }

  /// The listener of a bind, opened if it is new. Whether that worked is in the listener.
  Listener obtain(BindConfig bind) {
    Listener known = byBind.get(bind.id());
    if (known != null) {
      return known;
    }
    Listener listener = factory.apply(bind);
    if (!listener.open(ownsAddress(bind))) {
      unbound.add(listener);
      LOG.error("cannot listen on {}: {}", bind.id(), listener.error());
    }
    byBind.put(bind.id(), listener);
    byPort.computeIfAbsent(bind.port(), port -> new HashSet<>()).add(listener);
    return listener;
  }

  /// Lets every listener accept that is bound and did not yet.
  void accept(Collection<LiveBind> binds) {
    binds.stream().map(LiveBind::listener).filter(Listener::bound).forEach(Listener::accept);
  }

  /// Tries again to open what could not be opened.
  ///
  /// @return those that are open now
  List<Listener> retry() {
    var opened = new ArrayList<Listener>();
    for (Listener listener : unbound) {
      if (listener.open(ownsAddress(listener.bind()))) {
        LOG.info("listening on {} now", listener.bind().id());
        unbound.remove(listener);
        listener.accept();
        opened.add(listener);
      }
    }
    return opened;
  }

  /// The binds that have no socket.
  Set<Listener> unbound() {
    return Set.copyOf(unbound);
  }

  /// Retires binds that no generation wants any more.
  void retire(List<LiveBind> binds) {
    for (LiveBind live : binds) {
      retire(live, live.settings().drain());
    }
  }

  /// Retires everything.
  ///
  /// @return completes when the last connection is closed
  CompletableFuture<Void> retireAll(Collection<LiveBind> binds, Duration drain) {
    return CompletableFuture.allOf(
        binds.stream().map(live -> retire(live, drain)).toArray(CompletableFuture<?>[]::new));
  }

  /// Binds that are gone from the configuration and still have connections.
  List<LiveBind> draining() {
    return List.copyOf(draining);
  }

  private CompletableFuture<Void> retire(LiveBind live, Duration drain) {
    Listener listener = live.listener();
    BindConfig bind = listener.bind();
    byBind.remove(bind.id());
    byPort.computeIfPresent(
        bind.port(),
        (port, listeners) -> {
          listeners.remove(listener);
          return listeners.isEmpty() ? null : listeners;
        });
    unbound.remove(listener);
    draining.add(live);
    LOG.info("{} stops listening on {}", live.first().key(), bind.id());
    return listener.retire(drain).thenRun(() -> draining.remove(live));
  }

  /// Whether a listening socket of this process is in the way of finding out whether another
  /// process has one there. Those of retired listeners are waited for.
  private boolean ownsAddress(BindConfig bind) {
    draining.stream()
        .map(LiveBind::listener)
        .filter(listener -> listener.bind().overlaps(bind))
        .forEach(Listener::awaitSocketsClosed);
    return byPort.getOrDefault(bind.port(), Set.of()).stream()
        .anyMatch(l -> l.bound() && l.bind().overlaps(bind));
  }
}
