package dev.weir.proxy.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A page in the Prometheus text format 0.0.4, read as strictly as a linter would: HELP and TYPE
/// before the samples of a family, families in one piece, no sample twice, counters that end in
/// `_total` and are not negative, histograms whose buckets grow and end with their count.
public final class PrometheusPage {
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]*");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-z_][a-z0-9_]*)(?:\\{(.*)})? (-?[0-9.]+|\\+Inf|NaN)");
  private static final Pattern LABEL =
      Pattern.compile("([a-z_][a-z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[\\\\\"n])*)\"(?:,|$)");
  private static final Set<String> TYPES = Set.of("gauge", "counter", "histogram", "summary");

  private final Map<String, String> types = new LinkedHashMap<>();
  private final Map<String, Double> samples = new LinkedHashMap<>();
  private final Map<String, TreeMap<Double, Double>> buckets = new HashMap<>();
  private final Set<String> helped = new HashSet<>();
  private String family = "";

  private PrometheusPage() {}

  /// Reads a page.
  ///
  /// @throws AssertionError when it breaks a rule
  public static PrometheusPage parse(String text) {
    var page = new PrometheusPage();
    require(text.endsWith("\n"), "the last line has no end");
    text.lines().forEach(page::line);
    page.types.keySet().forEach(page::complete);
    page.buckets.forEach(page::histogram);
    return page;
  }

  /// The value of a sample, such as `up{a="b"}`, labels in the order of their names.
  public double value(String sample) {
    var value = samples.get(sample);
    if (value == null) {
      var name = sample.replaceFirst("\\{.*", "");
      var family = samples.keySet().stream().filter(other -> other.startsWith(name)).toList();
      throw new AssertionError("no sample " + sample + " among " + family);
    }
    return value;
  }

  /// The names of the families and their types, in the order of the page.
  public Map<String, String> families() {
    return types;
  }

  /// Every value that a label has.
  public Set<String> values(String label) {
    var values = new HashSet<String>();
    for (var sample : samples.keySet()) {
      var labels = sample.indexOf('{') < 0 ? "" : sample.substring(sample.indexOf('{') + 1);
      var matcher = LABEL.matcher(labels.replace("\"}", "\""));
      while (matcher.find()) {
        if (matcher.group(1).equals(label)) {
          values.add(matcher.group(2));
        }
      }
    }
    return values;
  }

  private void line(String line) {
    if (line.startsWith("# HELP ")) {
      var words = line.split(" ", 4);
      require(words.length == 4 && !words[3].isBlank(), "no help: " + line);
      require(helped.add(words[2]), "HELP twice: " + line);
    } else if (line.startsWith("# TYPE ")) {
      var words = line.split(" ");
      require(words.length == 4 && TYPES.contains(words[3]), "no type: " + line);
      require(NAME.matcher(words[2]).matches(), "name: " + line);
      require(helped.contains(words[2]), "TYPE without HELP: " + line);
      require(types.put(words[2], words[3]) == null, "a family in two pieces: " + line);
      require(
          words[3].equals("counter") == words[2].endsWith("_total"),
          "counters end in _total: " + line);
      family = words[2];
    } else {
      sample(line);
    }
  }

  private void sample(String line) {
    var matcher = SAMPLE.matcher(line);
    require(matcher.matches(), "not a sample: " + line);
    var name = matcher.group(1);
    require(
        !family.isEmpty() && suffixes().stream().anyMatch(end -> name.equals(family + end)),
        "outside its family: " + line);
    var labels = labels(matcher.group(2), line);
    double value = number(matcher.group(3));
    var type = types.get(family);
    require(value >= 0 || "gauge".equals(type), "a counter below zero: " + line);
    require(samples.put(key(name, labels), value) == null, "twice: " + line);
    var bound = labels.remove("le");
    if (name.endsWith("_bucket") && "histogram".equals(type)) {
      require(bound != null, "a bucket without bound: " + line);
      buckets
          .computeIfAbsent(key(family, labels), k -> new TreeMap<>())
          .put(number(String.valueOf(bound)), value);
    } else {
      require(bound == null, "a bound where there is no bucket: " + line);
    }
  }

  private static double number(String text) {
    return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  private List<String> suffixes() {
    return switch (String.valueOf(types.get(family))) {
      case "histogram" -> List.of("_bucket", "_sum", "_count");
      case "summary" -> List.of("_sum", "_count");
      default -> List.of("");
    };
  }

  private static TreeMap<String, String> labels(@Nullable String text, String line) {
    var labels = new TreeMap<String, String>();
    if (text == null) {
      return labels;
    }
    var matcher = LABEL.matcher(text);
    int end = 0;
    while (matcher.find() && matcher.start() == end) {
      require(labels.put(matcher.group(1), matcher.group(2)) == null, "a label twice: " + line);
      end = matcher.end();
    }
    require(end == text.length() && !labels.isEmpty(), "labels: " + line);
    return labels;
  }

  private static String key(String name, TreeMap<String, String> labels) {
    var parts = new ArrayList<String>();
    labels.forEach((label, value) -> parts.add(label + "=\"" + value + "\""));
    return parts.isEmpty() ? name : name + "{" + String.join(",", parts) + "}";
  }

  /// A family may be empty, but what has a sum has a count.
  private void complete(String name) {
    if (types.get(name).equals("histogram") || types.get(name).equals("summary")) {
      for (var sample : samples.keySet()) {
        if (sample.startsWith(name + "_sum")) {
          value(name + "_count" + sample.substring((name + "_sum").length()));
        }
      }
    }
  }

  private void histogram(String key, TreeMap<Double, Double> counts) {
    int brace = key.indexOf('{');
    var name = brace < 0 ? key : key.substring(0, brace);
    var labels = brace < 0 ? "" : key.substring(brace);
    require(counts.lastKey() == Double.POSITIVE_INFINITY, "no +Inf: " + key);
    double before = 0;
    for (var bucket : counts.entrySet()) {
      require(bucket.getValue() >= before, "buckets shrink: " + key);
      before = bucket.getValue();
    }
    require(before == value(name + "_count" + labels), "+Inf is not the count: " + key);
    double sum = value(name + "_sum" + labels);
    require((sum > 0) == (before > 0), "sum and count: " + key);
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new AssertionError(problem);
    }
  }
}
