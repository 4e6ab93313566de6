package dev.weir.config.metrics;

import java.util.Locale;

/// One metric: what it is called, and what it means. Implemented by enums, which a reference page
/// lists.
public interface Family {
  /// What kind of number it is.
  enum Type {
    GAUGE,
    COUNTER,
    HISTOGRAM,
    SUMMARY;

    /// As it is scraped: in lower case.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// As it is scraped.
  String metricName();

  /// What kind of number it is.
  Type type();

  /// One sentence.
  String help();
}
