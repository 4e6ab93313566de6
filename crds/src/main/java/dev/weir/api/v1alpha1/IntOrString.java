package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/// A number or a text, kept as it was written: a port by number or name, a quantity such as `1` or
/// `128Mi`.
///
/// Equal when written alike: `of(80)` and `of("80")` differ.
public sealed interface IntOrString {

  /// Written as a number.
  record Int(@JsonValue int value) implements IntOrString {
    @Override
    public String toString() {
      return Integer.toString(value);
    }
  }

  /// Written as a text.
  record Text(@JsonValue String value) implements IntOrString {
    @Override
    public String toString() {
      return value;
    }
  }

  static IntOrString of(int value) {
    return new Int(value);
  }

  static IntOrString of(String value) {
    return new Text(value);
  }

  /// From what a parser of JSON or YAML found.
  ///
  /// @throws IllegalArgumentException for anything but a number or a text
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static IntOrString parse(Object value) {
    return switch (value) {
      case Integer number -> new Int(number);
      case String text -> new Text(text);
      default -> throw new IllegalArgumentException("must be an integer or a string: " + value);
    };
  }

  /// What was written, without quotes.
  @Override
  String toString();
}
