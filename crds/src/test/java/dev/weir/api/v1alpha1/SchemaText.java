package dev.weir.api.v1alpha1;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The schema of the CRD in the form that manifests are checked with: a line for each field,
/// indented by its level, name and keywords separated by tabs. `SchemaReader` of the config module
/// reads it.
final class SchemaText {
  private final StringBuilder text = new StringBuilder();

  private SchemaText() {}

  /// The lines of a structural schema.
  ///
  /// @throws IllegalStateException for a keyword that manifests are not checked with
  static String of(Map<String, Object> schema) {
    var lines = new SchemaText();
    lines.field("LoadBalancer", schema, 0);
    return lines.text.toString();
  }

  private void field(String name, Map<?, ?> schema, int depth) {
    text.append(" ".repeat(depth)).append(name);
    schema.forEach(this::keyword);
    text.append('\n');
    if (schema.get("additionalProperties") instanceof Map<?, ?> values) {
      field("{}", values, depth + 1);
    }
    if (schema.get("items") instanceof Map<?, ?> items) {
      field("[]", items, depth + 1);
    }
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach((field, child) -> field((String) field, (Map<?, ?>) child, depth + 1));
    }
  }

  private void keyword(Object keyword, Object value) {
    switch ((String) keyword) {
      case "properties", "items", "additionalProperties" -> {} // lines of their own
      case "anyOf", "x-kubernetes-int-or-string" -> {} // no type says it
      case "format" -> {} // of times, which only the status has
      case "type", "description", "minimum", "maximum", "pattern" -> word(keyword, value);
      case "minLength", "minItems" -> word("min", value);
      case "maxLength", "maxItems", "maxProperties" -> word("max", value);
      case "required", "enum" -> word(keyword, joined(value));
      case "x-kubernetes-list-map-keys" -> word("keys", joined(value));
      case "x-kubernetes-list-type" -> {
        if (value.equals("set")) {
          word("set", "true");
        }
      }
      case "x-kubernetes-validations" -> ((List<?>) value).forEach(rule -> rule((Map<?, ?>) rule));
      default -> throw new IllegalStateException(keyword + " is not interpreted: " + value);
    }
  }

  private void rule(Map<?, ?> rule) {
    word("rule", rule.get("rule"));
    var field = rule.get("fieldPath");
    word(rule.get("message"), field == null ? "" : field);
  }

  private static String joined(Object list) {
    return ((List<?>) list).stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private void word(Object keyword, Object value) {
    for (var part : List.of(keyword, value)) {
      if (part.toString().matches("(?s).*[\\t\\n].*")) {
        throw new IllegalStateException("more than a line: " + part);
      }
      text.append('\t').append(part);
    }
  }
}
