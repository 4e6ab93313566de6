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

  /// What a family is, in words for whoever scrapes it.
  ///
  /// @param name as it is scraped
  /// @param help one sentence
  record Description(String name, Type type, String help) {}

  /// What it is.
  Description description();

  /// As it is scraped.
  default String metricName() {
    return description().name();
  }

  /// What kind of number it is.
  default Type type() {
    return description().type();
  }

  /// One sentence.
  default String help() {
    return description().help();
  }
}
