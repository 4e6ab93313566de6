package dev.weir.config.route;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which of several hosts has a request: the name itself, else the longest `*.` that it lies under.
public final class HostChoice {
  private static final String WILD = "*.";

  private HostChoice() {}

  /// The best of the patterns; null when none fits.
  ///
  /// @param patterns lower case: names, and `*.` with a name
  /// @param host without a port, in any case
  public static @Nullable String best(Collection<String> patterns, String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return patterns.stream()
        .filter(pattern -> fits(pattern, lower))
        .max(
            Comparator.comparing((String pattern) -> !pattern.startsWith(WILD))
                .thenComparing(String::length))
        .orElse(null);
  }

  /// @param host lower case
  static boolean fits(String pattern, String host) {
    String suffix = pattern.substring(1);
    return pattern.startsWith(WILD)
        ? host.endsWith(suffix) && host.length() > suffix.length()
        : pattern.equals(host);
  }
}
