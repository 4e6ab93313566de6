package dev.weir.config.haproxy;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What servers say each for themselves and a pool says once for all. Used by one thread and thrown
/// away.
final class Uniform {
  private final ReportDraft report;
  private final Places places;

  Uniform(ReportDraft report, Places places) {
    this.report = report;
    this.places = places;
  }

  /// The value that all of the servers have; where they differ the section is refused.
  ///
  /// @param fallback of a server that does not say it
  /// @param path where it goes
  /// @return null when no server says it
  <T> @Nullable T value(
      List<Server> servers,
      ProxyDraft proxy,
      String word,
      Function<ServerOptions, @Nullable Setting<T>> option,
      T fallback,
      String path) {
    var first = servers.getFirst();
    var wanted = value(option.apply(first.options()), fallback);
    @Nullable T said = null;
    for (var server : servers) {
      var setting = option.apply(server.options());
      if (setting != null) {
        said = places.use(setting, path);
      }
      var found = value(setting, fallback);
      if (!found.equals(wanted)) {
        report.refused(
            server.line(),
            proxy.where(),
            Refusal.unsupported(
                "server '%s' has '%s' %s and server '%s' has %s: a pool has one for all of them;"
                        .formatted(server.name(), word, text(found), first.name(), text(wanted))
                    + " give all the same, or make two backends"));
        return null;
      }
    }
    return said;
  }

  private static <T> T value(@Nullable Setting<T> setting, T fallback) {
    return setting == null ? fallback : setting.value();
  }

  private static String text(Object value) {
    if (value instanceof Long millis) {
      return Units.duration(millis);
    }
    return value.equals("") ? "nothing" : value.toString();
  }
}
