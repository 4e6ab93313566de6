package dev.weir.config.haproxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What follows `if` and `unless`, where it is the same for all requests.
final class Condition {
  private static final Set<String> ALWAYS = Set.of("TRUE", "{ always_true }");

  /// There is no TLS that a request could have come through.
  private static final Set<String> NEVER =
      Set.of("FALSE", "{ always_false }", "{ ssl_fc }", "{ ssl_fc 1 }", "{ ssl_fc eq 1 }");

  private Condition() {}

  /// Takes the rest of a line.
  ///
  /// @return whether the line applies to all requests, or to none; null when it depends on them
  static @Nullable Boolean take(Arguments arguments) throws Refusal {
    if (!arguments.more()) {
      return true;
    }
    boolean unless = arguments.take("unless");
    if (!unless && !arguments.take("if")) {
      arguments.end();
    }
    List<String> words = new ArrayList<>();
    words.add(arguments.next("a condition"));
    while (arguments.more()) {
      words.add(arguments.next("a condition"));
    }
    var text = String.join(" ", words);
    boolean not = text.startsWith("!");
    var term = not ? text.substring(1).strip() : text;
    boolean always = ALWAYS.contains(term);
    return always || NEVER.contains(term) ? always != not != unless : null;
  }
}
