package dev.weir.proxy.scenario;

import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// One proxy with many lanes: each is a listener of its own with a pool of one raw, unchecked
/// origin, so that byte-level tests share a process and nothing else.
final class Lanes implements AutoCloseable {
  private final ProxyProcess proxy;
  private final List<Lane> free;
  private final List<Lane> all;
  private final Path file;

  private Lanes(ProxyProcess proxy, List<Lane> lanes, Path file) {
    this.proxy = proxy;
    this.file = file;
    all = List.copyOf(lanes);
    free = new ArrayList<>(lanes);
  }

  /// A listener and the origin behind it.
  record Lane(int port, RawOrigin origin) {
    Wire client() throws IOException {
      return Wire.connect(port);
    }
  }

  /// Starts a proxy with `count` equal lanes.
  ///
  /// @param listener further fields of each listener
  /// @param pool further fields of each pool
  static Lanes start(int count, List<String> listener, List<String> pool) throws IOException {
    return start(2, count, listener, pool);
  }

  /// As above on so many event loops; connections to origins are kept for one loop.
  static Lanes start(int loops, int count, List<String> listener, List<String> pool)
      throws IOException {
    var lanes = new ArrayList<Lane>();
    var listeners = new ArrayList<String>();
    var pools = new ArrayList<String>();
    for (var i = 0; i < count; i++) {
      var lane = new Lane(Ports.free(), RawOrigin.start());
      lanes.add(lane);
      var of = new ArrayList<>(listener);
      of.add("defaultPool: p" + i);
      listeners.add(Yaml.listener("l" + i, lane.port, of.toArray(String[]::new)));
      var more = new ArrayList<>(pool);
      more.add(Yaml.UNCHECKED);
      pools.add(
          Yaml.pool(
              "p" + i, List.of(Yaml.endpoint(lane.origin.port())), more.toArray(String[]::new)));
    }
    var file = Files.createTempFile("lanes-", ".yaml");
    Files.writeString(file, Yaml.loadBalancer("lanes", listeners, pools));
    return new Lanes(ProxyProcess.config(file).loops(loops).start(), lanes, file);
  }

  /// A lane that nobody has used.
  synchronized Lane next() {
    return free.removeLast();
  }

  ProxyProcess proxy() {
    return proxy;
  }

  /// Ends it all; fails when the tests left buffers behind in the proxy.
  @Override
  public void close() throws IOException {
    try (proxy) {
      proxy.collectGarbage();
      for (var i = 0; i < 20; i++) {
        proxy.health("/live");
        Wire.connect(all.getFirst().port).close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (var lane : all) {
      lane.origin.close();
    }
    Files.deleteIfExists(file);
  }
}
