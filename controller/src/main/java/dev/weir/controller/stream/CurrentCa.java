package dev.weir.controller.stream;

import java.io.IOException;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The CA as the store has it now. Read again every minute, so that a rotation needs no restart;
/// what cannot be read changes nothing. Safe for use by any thread.
public final class CurrentCa implements Supplier<ControllerCa> {
  private static final Logger LOG = LoggerFactory.getLogger(CurrentCa.class);

  private final CaStore store;
  private final InstantSource clock;
  private final Runnable changed;
  private final EveryMinute rounds = new EveryMinute("weir-ca", this::refresh);
  private CaStore.Material material;
  private volatile ControllerCa ca;

  /// Reads it, or makes one.
  ///
  /// @param changed is told when another one is in force, on the thread that read it
  /// @throws IOException when the store fails, or what it has is not a CA that is valid now
  public CurrentCa(CaStore store, InstantSource clock, Runnable changed) throws IOException {
    this.store = store;
    this.clock = clock;
    this.changed = changed;
    material = ControllerCa.loadOrCreate(store, clock);
    ca = ControllerCa.read(material, clock.instant());
  }

  @Override
  public ControllerCa get() {
    return ca;
  }

  /// Looks now and every minute until [#stop].
  public void start() {
    rounds.start();
  }

  /// Ends looking.
  public void stop() {
    rounds.stop();
  }

  /// Looks now.
  public synchronized void refresh() {
    try {
      CaStore.Material stored = store.load();
      if (stored == null || stored.equals(material)) {
        return;
      }
      ca = ControllerCa.read(stored, clock.instant());
      material = stored;
      LOG.info("the controller's CA is another one: {} certificates to trust", ca.trusted().size());
      changed.run();
    } catch (IOException | RuntimeException e) {
      LOG.warn("the controller's CA stays as it was: {}", e.getMessage());
    }
  }
}
