package dev.weir.config.manifest;

import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Compares a tree with a schema and says everything that does not fit. Used by one thread for one
/// document.
final class SchemaCheck {
  private final Findings findings;

  SchemaCheck(Findings findings) {
    this.findings = findings;
  }

  /// Checks a value.
  ///
  /// @param line where to report: the line of the value's key
  void check(Tree tree, Schema schema, String path, int line) {
    var type = schema.type();
    switch (tree) {
      case Tree.Mapping mapping when "object".equals(type) -> object(mapping, schema, path, line);
      case Tree.Sequence list when "array".equals(type) -> list(list, schema, path, line);
      case Tree.Scalar scalar -> scalar(scalar, schema, path, line);
      default -> wrongType(tree, schema, path, line);
    }
  }

  private void wrongType(Tree tree, Schema schema, String path, int line) {
    var wanted =
        switch (schema.type()) {
          case null -> "an integer or a string";
          case "object" -> "an object";
          case "array" -> "a list";
          case "integer" -> "an integer";
          case "boolean" -> "true or false";
          default -> "a string";
        };
    var message = "must be " + wanted + ", and is " + tree.kind();
    if (tree instanceof Tree.Scalar scalar) {
      message += ": " + scalar.text();
      if ("string".equals(schema.type()) && scalar.value() != null) {
        message += "; " + advice(scalar.text(), schema);
      } else if ("integer".equals(schema.type())
          && Scalars.resolve(scalar.text()) instanceof Long) {
        message += "; write it without quotes";
      }
    }
    findings.error(line, path, "WrongType", message);
  }

  private static String advice(String text, Schema schema) {
    var pattern = schema.limits().pattern();
    boolean quotable =
        pattern == null
            ? schema.allowed().isEmpty() || schema.allowed().contains(text)
            : pattern.matcher(text).find();
    if (quotable) {
      return "write it in quotes";
    }
    return pattern == null
        ? "use one of " + String.join(", ", schema.allowed())
        : "it " + Words.meaning(pattern.pattern());
  }

  private void object(Tree.Mapping mapping, Schema schema, String path, int line) {
    int before = findings.errors();
    boolean socket = UnixSockets.on(mapping, schema);
    mapping
        .entries()
        .forEach(
            (name, entry) -> {
              if (!socket || !name.equals(UnixSockets.ADDRESS)) {
                field(name, entry, schema, path);
              }
            });
    for (var name : schema.required()) {
      if (isNull(mapping.get(name)) && !(socket && name.equals(UnixSockets.PORT))) {
        findings.error(line, dotted(path, name), "Required", "is required");
      }
    }
    if (schema.values() != null) {
      bounds(mapping.entries().size(), schema, path, line, "entries");
    }
    if (findings.errors() == before) {
      for (var rule : schema.rules()) {
        if (!CelRules.holds(rule, mapping)) {
          var field =
              rule.field().isEmpty() ? null : mapping.entries().get(rule.field().substring(1));
          findings.error(
              field == null ? line : field.line(), path + rule.field(), "Rule", rule.message());
        }
      }
    }
  }

  private void field(String name, Tree.Entry entry, Schema schema, String path) {
    var values = schema.values();
    var field = values != null ? values : schema.properties().get(name);
    var at = values != null ? path + "[" + name + "]" : dotted(path, name);
    if (field == null) {
      findings.error(entry.line(), at, "UnknownField", unknown(name, schema));
    } else if (isNull(entry.value())) {
      findings.notice(
          entry.line(), at, "Empty", "has no value and counts as absent; {} is a block");
    } else {
      check(entry.value(), field, at, entry.line());
    }
  }

  private static boolean isNull(@Nullable Tree tree) {
    return tree == null || (tree instanceof Tree.Scalar scalar && scalar.value() == null);
  }

  private static String dotted(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static String unknown(String name, Schema schema) {
    var close = Words.closest(name, schema.properties().keySet());
    return close == null ? "unknown field" : "unknown field; did you mean " + close + "?";
  }

  private void list(Tree.Sequence list, Schema schema, String path, int line) {
    bounds(list.items().size(), schema, path, line, "elements");
    var items = schema.items();
    var seen = new HashMap<String, Integer>();
    for (int i = 0; i < list.items().size(); i++) {
      var item = list.items().get(i);
      var key = isNull(item) ? null : Tree.key(item, schema.keys());
      var at = path + "[" + (key == null ? i : key) + "]";
      if (items != null) {
        check(item, items, at, item.line());
      }
      if (key != null && (schema.set() || !schema.keys().isEmpty())) {
        var earlier = seen.putIfAbsent(key, item.line());
        if (earlier != null) {
          findings.error(item.line(), at, "Duplicate", duplicate(schema.keys(), earlier));
        }
      }
    }
  }

  private static String duplicate(List<String> keys, int line) {
    return keys.isEmpty()
        ? "is in the list twice; first on line " + line
        : "has the %s of another; first on line %d".formatted(String.join(" and ", keys), line);
  }

  private void bounds(int size, Schema schema, String path, int line, String what) {
    var min = schema.limits().min();
    var max = schema.limits().max();
    if (min != null && size < min) {
      findings.error(
          line, path, "TooFew", "must have at least %d %s, and has %d".formatted(min, what, size));
    }
    if (max != null && size > max) {
      findings.error(
          line, path, "TooMany", "must have at most %d %s, and has %d".formatted(max, what, size));
    }
  }

  private void scalar(Tree.Scalar scalar, Schema schema, String path, int line) {
    var type = schema.type();
    switch (scalar.value()) {
      case String text when type == null || type.equals("string") -> text(text, schema, path, line);
      case Long number when type == null || type.equals("integer") ->
          number(number, schema, path, line);
      case Boolean _ when "boolean".equals(type) -> {}
      case null, default -> wrongType(scalar, schema, path, line);
    }
  }

  private void text(String text, Schema schema, String path, int line) {
    if (!schema.allowed().isEmpty()) {
      if (!schema.allowed().contains(text)) {
        findings.error(
            line,
            path,
            "NotSupported",
            "'%s' is not one of %s".formatted(text, String.join(", ", schema.allowed())));
      }
      return;
    }
    bounds(text.codePointCount(0, text.length()), schema, path, line, "characters");
    var pattern = schema.limits().pattern();
    if (pattern != null && !pattern.matcher(text).find()) {
      findings.error(line, path, "Pattern", "'" + text + "' " + Words.meaning(pattern.pattern()));
    }
  }

  private void number(long number, Schema schema, String path, int line) {
    var minimum = schema.limits().minimum();
    var maximum = schema.limits().maximum();
    if (minimum != null && number < minimum) {
      findings.error(
          line, path, "OutOfRange", "must be at least %d, and is %d".formatted(minimum, number));
    }
    if (maximum != null && number > maximum) {
      findings.error(
          line, path, "OutOfRange", "must be at most %d, and is %d".formatted(maximum, number));
    }
  }
}
