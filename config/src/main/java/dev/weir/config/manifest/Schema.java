package dev.weir.config.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A structural schema as a CRD has it: the part of OpenAPI that ours uses. Not changed once
/// [#loadBalancer] has it.
///
/// @param type `object`, `array`, `string`, `integer`, `boolean`; null for an integer or a string
/// @param properties of an object; empty for a map
/// @param values the schema of a map's values
/// @param items the schema of a list's elements
/// @param keys what makes elements of a list unique; empty when nothing does
/// @param set whether the elements themselves are unique
record Schema(
    @Nullable String type,
    String description,
    Map<String, Schema> properties,
    @Nullable Schema values,
    @Nullable Schema items,
    List<String> required,
    List<String> allowed,
    List<String> keys,
    boolean set,
    Limits limits,
    List<Rule> rules) {

  /// Bounds; null is none. `min` and `max` bound lengths of strings, lists and maps, the others the
  /// value of integers.
  record Limits(
      @Nullable Long min,
      @Nullable Long max,
      @Nullable Long minimum,
      @Nullable Long maximum,
      @Nullable Pattern pattern) {}

  /// A CEL rule.
  ///
  /// @param field where it reports, relative to the object; empty for the object itself
  record Rule(String cel, String message, String field) {}

  private static final String RESOURCE = "/dev/weir/api/loadbalancer.schema";

  /// The schema of a LoadBalancer document: what `make crds` takes out of the CRD, with what only
  /// files may say.
  static Schema loadBalancer() {
    return Holder.LOAD_BALANCER;
  }

  private static final class Holder {
    static final Schema LOAD_BALANCER = load();
  }

  private static Schema load() {
    try (var in = Schema.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("not on the class path: " + RESOURCE);
      }
      var schema = SchemaReader.read(new String(in.readAllBytes(), UTF_8));
      FileFields.add(schema);
      return schema;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The schema of a field: of an object's property, of a list's elements by `[]`.
  ///
  /// @throws IllegalStateException when there is none
  Schema at(String field) {
    var found = field.equals("[]") ? items : properties.get(field);
    if (found == null) {
      throw new IllegalStateException("the CRD has no " + field + " where one is looked for");
    }
    return found;
  }
}
