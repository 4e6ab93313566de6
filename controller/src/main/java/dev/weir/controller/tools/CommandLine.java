package dev.weir.controller.tools;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The arguments of one command: words, options with a value (`-n NAME`, `--server=X`), switches.
final class CommandLine {
  private final List<String> words = new ArrayList<>();
  private final Map<String, List<String>> values = new HashMap<>();

  /// Arguments that cannot be understood.
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String problem) {
      super(problem);
    }
  }

  /// @param withValue options that need a value, each with its dashes
  /// @param switches options without one
  CommandLine(List<String> arguments, List<String> withValue, List<String> switches)
      throws UsageException {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (withValue.contains(name)) {
        if (equals < 0 && ++i == arguments.size()) {
          throw new UsageException(name + " needs a value");
        }
        add(name, equals < 0 ? arguments.get(i) : argument.substring(equals + 1));
      } else if (switches.contains(argument)) {
        add(argument, "");
      } else if (argument.startsWith("-")) {
        throw new UsageException("there is no option " + argument);
      } else {
        words.add(argument);
      }
    }
  }

  private void add(String name, String value) {
    values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  /// What is not an option.
  List<String> words() {
    return words;
  }

  /// Whether an option was given.
  boolean has(String name) {
    return values.containsKey(name);
  }

  /// The last value of an option; null when it was not given.
  @Nullable String value(String name) {
    List<String> given = values(name);
    return given.isEmpty() ? null : given.getLast();
  }

  /// All values of an option.
  List<String> values(String name) {
    return values.getOrDefault(name, List.of());
  }

  /// Whether `-o json` was asked for.
  ///
  /// @throws UsageException for any other format than json and text
  boolean json() throws UsageException {
    String format = value("-o");
    if (format != null && !format.equals("json") && !format.equals("text")) {
      throw new UsageException("-o is json or text, not " + format);
    }
    return "json".equals(format);
  }
}
