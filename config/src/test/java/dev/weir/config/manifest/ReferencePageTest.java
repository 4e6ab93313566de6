package dev.weir.config.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.render.Defaults;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The generated parts of the reference are what the schema and the table of defaults say. Run with
/// -Ddocs.update=true to write them.
class ReferencePageTest {
  private static final Path PAGE = Path.of("../docs/reference/loadbalancer.md");
  private static final Path RENDERER = Path.of("src/main/java/dev/weir/config/render");
  private static final Pattern DEFAULT =
      Pattern.compile(" Default: (.*?)\\.(?= [A-Z]|$)", Pattern.DOTALL);
  private static final Pattern EXAMPLE = Pattern.compile(" Example: (.*)\\.$", Pattern.DOTALL);
  private static final Pattern REASON =
      Pattern.compile(
          "(?:refuse|dangling|unresolved|unready)\\(\\s*[^;]*?,\\s*\"([A-Z]\\w+)\",",
          Pattern.DOTALL);

  @Test
  void thePageSaysWhatTheSchemaAndTheDefaultsSay() throws Exception {
    var page = Files.readString(PAGE);
    var wanted = replace(replace(page, "fields", fields()), "defaults", defaults());
    if (Boolean.getBoolean("docs.update")) {
      Files.writeString(PAGE, wanted);
      page = wanted;
    }
    assertEquals(wanted, page, "run this test with -Ddocs.update=true");
  }

  @Test
  void thePageNamesEveryReason() throws Exception {
    var page = Files.readString(PAGE);
    var missing = new ArrayList<String>();
    try (var files = Files.list(RENDERER)) {
      for (var file : files.toList()) {
        var matcher = REASON.matcher(Files.readString(file));
        while (matcher.find()) {
          if (!page.contains("`" + matcher.group(1) + "`")) {
            missing.add(matcher.group(1));
          }
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(page.contains("`PortReserved`"));
  }

  private static String replace(String page, String region, String text) {
    var start = "<!-- generated: " + region + " -->\n";
    int from = page.indexOf(start) + start.length();
    int to = page.indexOf("<!-- end -->", from);
    return page.substring(0, from) + text + page.substring(to);
  }

  private static String defaults() {
    var text = new StringBuilder("\n| field | default |\n|---|---|\n");
    Defaults.values()
        .forEach((field, value) -> text.append("| `%s` | `%s` |\n".formatted(field, value)));
    return text.append('\n').toString();
  }

  private static String fields() {
    var text = new StringBuilder();
    var root = Schema.loadBalancer();
    for (var part : List.of("spec", "status")) {
      var schema = root.properties().get(part);
      if (schema != null) {
        block(text, part, schema);
      }
    }
    return text.append('\n').toString();
  }

  private static void block(StringBuilder text, String path, Schema schema) {
    var fields = object(schema);
    text.append("\n### ").append(path).append("\n\n").append(meaning(schema)).append('\n');
    if (!fields.rules().isEmpty()) {
      text.append('\n');
      fields.rules().forEach(rule -> text.append("- ").append(rule.message()).append('\n'));
    }
    text.append("\n| field | type | default | meaning |\n|---|---|---|---|\n");
    fields
        .properties()
        .forEach((name, field) -> row(text, name, field, fields.required().contains(name)));
    fields
        .properties()
        .forEach(
            (name, field) -> {
              var at = path + "." + name + (field.items() != null ? "[]" : "");
              var inner = object(field);
              if (inner != null && !inner.properties().isEmpty()) {
                block(text, at, field);
              }
            });
  }

  private static String meaning(Schema schema) {
    var text = EXAMPLE.matcher(schema.description()).replaceAll("");
    return cell(DEFAULT.matcher(text).replaceAll("").strip());
  }

  /// The schema whose properties a block shows: its own, or its elements'.
  private static Schema object(Schema schema) {
    return schema.items() != null ? schema.items() : schema;
  }

  private static void row(StringBuilder text, String name, Schema schema, boolean required) {
    var description = schema.description();
    var example = group(EXAMPLE, description);
    var standard = group(DEFAULT, description);
    text.append(
        "| `%s` | %s | %s | %s%s |\n"
            .formatted(
                name,
                type(schema),
                required ? "required" : standard == null ? "" : standard,
                meaning(schema),
                example == null ? "" : " Example: `" + cell(example) + "`"));
  }

  private static @Nullable String group(Pattern pattern, String text) {
    var matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : null;
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String type(Schema schema) {
    var pattern = schema.limits().pattern();
    if (!schema.allowed().isEmpty()) {
      return "one of " + String.join(", ", schema.allowed());
    }
    return switch (schema.type()) {
      case null -> "integer or string";
      case "array" ->
          (schema.items() == null ? "list" : "list of " + elements(schema.items()))
              + size(schema, "");
      case "object" -> schema.values() == null ? "object" : "map" + size(schema, "");
      case "integer" -> range(schema.limits());
      case "string" ->
          pattern != null && pattern.pattern().contains("(h|m|s|ms)")
              ? "duration"
              : "string" + size(schema, " characters");
      default -> schema.type();
    };
  }

  private static String elements(Schema items) {
    return switch (items.type()) {
      case "object" -> "objects";
      case null, default -> items.allowed().isEmpty() ? "strings" : type(items);
    };
  }

  private static String size(Schema schema, String unit) {
    var max = schema.limits().max();
    return max == null ? "" : ", at most " + max + unit;
  }

  private static String range(Schema.Limits limits) {
    return limits.minimum() == null || limits.maximum() == null
        ? "integer"
        : "%d to %d".formatted(limits.minimum(), limits.maximum());
  }
}
