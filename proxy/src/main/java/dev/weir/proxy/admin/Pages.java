package dev.weir.proxy.admin;

import dev.weir.proxy.runtime.ProxyRuntime;
import java.util.HashMap;
import java.util.Map;

/// Which paths there are.
public final class Pages {
  private Pages() {}

  /// What anybody may see: `/ready`, `/live`, `/metrics`.
  public static Map<String, Page> health(ProxyRuntime runtime, String version) {
    return Map.of(
        "/ready", () -> ready(runtime),
        "/live", () -> Page.Reply.text(200, "alive"),
        "/metrics", new MetricsPage(runtime, version));
  }

  /// What operators may see: all of the above and `/state`.
  public static Map<String, Page> admin(ProxyRuntime runtime, String version) {
    var pages = new HashMap<>(health(runtime, version));
    pages.put("/state", new StatePage(runtime));
    return pages;
  }

  private static Page.Reply ready(ProxyRuntime runtime) {
    return runtime.ready()
        ? Page.Reply.text(200, "ready")
        : Page.Reply.text(503, "not ready: " + reason(runtime));
  }

  private static String reason(ProxyRuntime runtime) {
    if (runtime.generation().number() == 0) {
      return "no configuration yet";
    }
    return runtime.generation().listeners().stream()
        .filter(live -> !live.listener().bound())
        .findFirst()
        .map(live -> "%s: %s".formatted(live.listener().bind().place(), live.listener().error()))
        .orElse("draining");
  }
}
