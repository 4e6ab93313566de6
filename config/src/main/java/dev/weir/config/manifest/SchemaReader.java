package dev.weir.config.manifest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads a schema as `make crds` writes it: a line for each field, indented by a space for each
/// level, with its name and what is said of it, all separated by tabs. Elements of a list are
/// called `[]`, values of a map `{}`.
///
///     spec	type	object	required	listeners
///      listeners	type	array	max	64	keys	name
///       []	type	object	required	name,port
///        port	type	integer	minimum	1	maximum	65535	description	…
///
/// A reader of JSON would do, but costs a proxy a tenth of its start.
final class SchemaReader {
  private final List<String> lines;
  private int next;

  private SchemaReader(List<String> lines) {
    this.lines = lines;
  }

  /// The schema of the first line.
  ///
  /// @throws IllegalStateException for a text of another form
  static Schema read(String text) {
    return new SchemaReader(text.lines().toList()).field(0);
  }

  private Schema field(int depth) {
    var words = lines.get(next++).substring(depth).split("\t", -1);
    var said = new LinkedHashMap<String, String>();
    var rules = new ArrayList<Schema.Rule>();
    for (int at = 1; at < words.length; at += 2) {
      if (words[at].equals("rule")) {
        rules.add(new Schema.Rule(words[at + 1], words[at + 2], words[at + 3]));
        at += 2;
      } else {
        said.put(words[at], words[at + 1]);
      }
    }
    var properties = new LinkedHashMap<String, Schema>();
    while (next < lines.size() && depth(lines.get(next)) == depth + 1) {
      var name = name(lines.get(next), depth + 1);
      properties.put(name, field(depth + 1));
    }
    return schema(said, rules, properties);
  }

  private static Schema schema(
      Map<String, String> said, List<Schema.Rule> rules, Map<String, Schema> properties) {
    var values = properties.remove("{}");
    var items = properties.remove("[]");
    var pattern = said.remove("pattern");
    var limits =
        new Schema.Limits(
            number(said.remove("min")),
            number(said.remove("max")),
            number(said.remove("minimum")),
            number(said.remove("maximum")),
            pattern == null ? null : Pattern.compile(pattern));
    var schema =
        new Schema(
            said.remove("type"),
            said.getOrDefault("description", ""),
            properties,
            values,
            items,
            list(said.remove("required")),
            list(said.remove("enum")),
            list(said.remove("keys")),
            said.remove("set") != null,
            limits,
            List.copyOf(rules));
    said.remove("description");
    if (!said.isEmpty()) {
      throw new IllegalStateException("a schema says what is not interpreted: " + said.keySet());
    }
    return schema;
  }

  private static int depth(String line) {
    int depth = 0;
    while (line.charAt(depth) == ' ') {
      depth++;
    }
    return depth;
  }

  private static String name(String line, int depth) {
    return line.substring(depth, line.indexOf('\t'));
  }

  private static @Nullable Long number(@Nullable String text) {
    return text == null ? null : Long.valueOf(text);
  }

  private static List<String> list(@Nullable String text) {
    return text == null ? List.of() : List.of(text.split(","));
  }
}
