package dev.weir.proxy.metrics;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the Prometheus text format 0.0.4. Samples of one family must follow each other. Not
/// thread-safe.
public final class PrometheusText {
  /// The value of Content-Type.
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MICROS_PER_SECOND = 1e6;

  private final StringBuilder text = new StringBuilder(16 * 1024);
  private @Nullable MetricFamily current;

  /// One label.
  public record Label(String name, String value) {}

  /// Adds a sample without labels.
  public PrometheusText sample(MetricFamily family, double value) {
    return sample(family, List.of(), value);
  }

  /// Adds a sample.
  public PrometheusText sample(MetricFamily family, List<Label> labels, double value) {
    begin(family);
    line(family.metricName(), labels, null, value);
    return this;
  }

  /// Adds a sample with one more label.
  public PrometheusText sample(
      MetricFamily family, List<Label> labels, String name, String value, double number) {
    begin(family);
    line(family.metricName(), labels, new Label(name, value), number);
    return this;
  }

  /// Adds the histogram of latencies that the loops counted.
  public PrometheusText histogram(MetricFamily family, List<Label> labels, PerLoopTraffic traffic) {
    begin(family);
    String bucket = family.metricName() + "_bucket";
    long count = 0;
    for (int i = 0; i <= Traffic.BUCKETS_MICROS.length; i++) {
      int index = i;
      count += traffic.sum(t -> t.latency(index));
      String bound =
          i == Traffic.BUCKETS_MICROS.length
              ? "+Inf"
              : number(Traffic.BUCKETS_MICROS[i] / MICROS_PER_SECOND);
      line(bucket, labels, new Label("le", bound), count);
    }
    line(
        family.metricName() + "_sum",
        labels,
        null,
        traffic.sum(Traffic::latencyNanos) / NANOS_PER_SECOND);
    line(family.metricName() + "_count", labels, null, count);
    return this;
  }

  /// Adds sum and count of durations.
  public PrometheusText summary(MetricFamily family, List<Label> labels, long nanos, long count) {
    begin(family);
    line(family.metricName() + "_sum", labels, null, nanos / NANOS_PER_SECOND);
    line(family.metricName() + "_count", labels, null, count);
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }

  private void begin(MetricFamily family) {
    if (family == current) {
      return;
    }
    current = family;
    String name = family.metricName();
    text.append("# HELP ").append(name).append(' ').append(family.help()).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(family.type()).append('\n');
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
