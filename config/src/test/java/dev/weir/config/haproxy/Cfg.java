package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.LoadBalancerSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.Finding.Severity;
import java.util.List;
import java.util.Map;

/// Texts of `haproxy.cfg` for tests, and what becomes of them.
final class Cfg {
  /// Lines that make a file complete but for what a test adds.
  static final String DEFAULTS =
      """
      defaults
        mode http
        timeout connect 5s
        timeout client 50s
        timeout server 50s
      """;

  private Cfg() {}

  static Imported read(String text) {
    return HaproxyImport.read("haproxy.cfg", text, Map.of());
  }

  /// A file with one `listen` that has these lines besides an address and a server.
  static Imported listen(String... lines) {
    return read(listenText(lines));
  }

  static String listenText(String... lines) {
    return DEFAULTS
        + "listen web\n  bind :80\n  server one 192.0.2.1:80 check\n  "
        + String.join("\n  ", lines)
        + "\n";
  }

  /// The only document of a file that must be good.
  static LoadBalancerSpec spec(Imported imported) {
    assertEquals(List.of(), errors(imported));
    return imported.documents().getFirst().spec();
  }

  static ListenerSpec listener(Imported imported) {
    return spec(imported).listeners().getFirst();
  }

  static PoolSpec pool(Imported imported) {
    var pools = spec(imported).pools();
    return pools == null ? null : pools.getFirst();
  }

  static List<String> errors(Imported imported) {
    return texts(imported, Severity.Error);
  }

  static List<String> notices(Imported imported) {
    return texts(imported, Severity.Notice);
  }

  private static List<String> texts(Imported imported, Severity severity) {
    return imported.report().findings().stream()
        .filter(finding -> finding.severity() == severity)
        .map(Finding::toString)
        .toList();
  }
}
