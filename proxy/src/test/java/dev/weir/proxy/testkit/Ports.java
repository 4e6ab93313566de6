package dev.weir.proxy.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Free TCP ports for processes that have to be told a number.
///
/// They lie below the range that the kernel gives to outgoing connections: a port that is free for
/// a moment while its server is down is then not taken by a client, and a connect to it cannot meet
/// itself.
///
/// Several JVMs may run tests at once. Each takes its ports from slices of its own, and holds a
/// slice by listening on its first port.
public final class Ports {
  private static final int FIRST = 10_000;
  private static final int SLICE = 100;
  private static final int SLICES = 200;
  private static final List<ServerSocket> HELD = new ArrayList<>();
  private static int next;
  private static int end;

  private Ports() {}

  /// A port that nobody listened on a moment ago and that is given to nobody else as long as this
  /// JVM lives.
  public static synchronized int free() {
    while (true) {
      if (next == end) {
        next = hold() + 1;
        end = next + SLICE - 1;
      }
      var port = next++;
      if (bindable(port)) {
        return port;
      }
    }
  }

  /// The first port of a slice that is ours from now on.
  private static int hold() {
    var start = ThreadLocalRandom.current().nextInt(SLICES);
    for (var i = 0; i < SLICES; i++) {
      var first = FIRST + (start + i) % SLICES * SLICE;
      try {
        HELD.add(new ServerSocket(first, 1, InetAddress.getLoopbackAddress()));
        return first;
      } catch (IOException taken) {
        continue;
      }
    }
    throw new AssertionError("no free ports between " + FIRST + " and " + (FIRST + SLICES * SLICE));
  }

  private static boolean bindable(int port) {
    try (var any = new ServerSocket();
        var loopback = new ServerSocket()) {
      loopback.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      loopback.close();
      any.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
