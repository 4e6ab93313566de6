package dev.weir.proxy.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// Free TCP ports for processes that have to be told a number.
///
/// They lie below the range that the kernel gives to outgoing connections: a port that is free for
/// a moment while its server is down is then not taken by a client, and a connect to it cannot meet
/// itself.
public final class Ports {
  private static final int FIRST = 10_000;
  private static final int LAST = 30_000;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private Ports() {}

  /// A port that nobody listened on a moment ago and that this JVM has not given out before.
  public static int free() {
    for (var attempt = 0; attempt < 1000; attempt++) {
      var port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      if (bindable(port) && GIVEN.add(port)) {
        return port;
      }
    }
    throw new AssertionError("no free port between " + FIRST + " and " + LAST);
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
