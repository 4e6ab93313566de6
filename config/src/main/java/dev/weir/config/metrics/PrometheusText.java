package dev.weir.config.metrics;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the Prometheus text format 0.0.4. Samples of one family must follow each other. Not
/// thread-safe.
public final class PrometheusText {
  /// The value of Content-Type.
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double NANOS_PER_SECOND = 1e9;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final StringBuilder text = new StringBuilder(16 * 1024);
  private @Nullable Family current;

  /// One label.
  public record Label(String name, String value) {}

  /// Adds a sample without labels.
  public PrometheusText sample(Family family, double value) {
    return sample(family, List.of(), value);
  }

  /// Adds a sample.
  public PrometheusText sample(Family family, List<Label> labels, double value) {
    begin(family);
    line(family.metricName(), labels, null, value);
    return this;
  }

  /// Adds a sample with one more label.
  public PrometheusText sample(
      Family family, List<Label> labels, String name, String value, double number) {
    begin(family);
    line(family.metricName(), labels, new Label(name, value), number);
    return this;
  }

  /// Adds a histogram.
  ///
  /// @param times counts by bucket, and behind them the sum in nanoseconds, see [Durations#addTo]
  /// @param decades whether only the bounds 1 ms, 10 ms, 100 ms, 1 s and 10 s are told
  public PrometheusText histogram(
      Family family, List<Label> labels, long[] times, boolean decades) {
    begin(family);
    String bucket = family.metricName() + "_bucket";
    int last = Durations.buckets() - 1;
    long count = 0;
    for (int i = 0; i < last; i++) {
      count += times[i];
      long bound = Durations.bound(i);
      if (!decades || isDecade(bound)) {
        line(bucket, labels, new Label("le", number(bound / NANOS_PER_SECOND)), count);
      }
    }
    count += times[last];
    line(bucket, labels, new Label("le", "+Inf"), count);
    line(family.metricName() + "_sum", labels, null, times[last + 1] / NANOS_PER_SECOND);
    line(family.metricName() + "_count", labels, null, count);
    return this;
  }

  private static boolean isDecade(long nanos) {
    long rest = nanos;
    while (rest % 10 == 0) {
      rest /= 10;
    }
    return rest == 1 && nanos >= NANOS_PER_MILLI;
  }

  /// Adds sum and count of durations.
  public PrometheusText summary(Family family, List<Label> labels, long nanos, long count) {
    begin(family);
    line(family.metricName() + "_sum", labels, null, nanos / NANOS_PER_SECOND);
    line(family.metricName() + "_count", labels, null, count);
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }

  private void begin(Family family) {
    if (family == current) {
      return;
    }
    current = family;
    String name = family.metricName();
    text.append("# HELP ").append(name).append(' ').append(family.help()).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(family.type().label()).append('\n');
  }

  private void line(String name, List<Label> labels, @Nullable Label last, double value) {
    text.append(name);
    char separator = '{';
    for (Label label : labels) {
      label(separator, label);
      separator = ',';
    }
    if (last != null) {
      label(separator, last);
      separator = ',';
    }
    text.append(separator == ',' ? "} " : " ").append(number(value)).append('\n');
  }

  private void label(char separator, Label label) {
    text.append(separator).append(label.name()).append("=\"");
    for (char c : label.value().toCharArray()) {
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '"' -> text.append("\\\"");
        case '\n' -> text.append("\\n");
        default -> text.append(c);
      }
    }
    text.append('"');
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : BigDecimal.valueOf(value).toPlainString();
  }
}
