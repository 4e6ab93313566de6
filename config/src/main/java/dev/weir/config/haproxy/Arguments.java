package dev.weir.config.haproxy;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// The words of a line behind its directive, taken one after the other. Used by one thread and
/// thrown away.
final class Arguments {
  private final Statement statement;
  private final String directive;
  private final Deque<String> rest;
  private final Tokenizer tokenizer;
  private final ReportDraft report;
  private final String where;

  /// @param directive the words that name the directive
  Arguments(
      Statement statement,
      String directive,
      Tokenizer tokenizer,
      ReportDraft report,
      String where) {
    this.statement = statement;
    this.directive = directive;
    this.tokenizer = tokenizer;
    this.report = report;
    this.where = where;
    var words = statement.words();
    this.rest = new ArrayDeque<>(words.subList(directive.split(" ").length, words.size()));
  }

  int line() {
    return statement.line();
  }

  boolean more() {
    return !rest.isEmpty();
  }

  @Nullable String peek() {
    return rest.peek();
  }

  /// The next word.
  ///
  /// @param what names it when it is missing
  String next(String what) throws Refusal {
    var word = rest.poll();
    if (word == null) {
      throw Refusal.value("'%s' needs %s".formatted(directive, what));
    }
    if (word.isEmpty()) {
      throw Refusal.value("'%s': %s is empty".formatted(directive, what));
    }
    return word;
  }

  /// As [#next], with its variables replaced: for addresses.
  String address(String what) throws Refusal {
    return tokenizer.expand(next(what));
  }

  /// Takes the next word when it is this one.
  boolean take(String word) {
    if (word.equals(rest.peek())) {
      rest.remove();
      return true;
    }
    return false;
  }

  /// The only word.
  String only(String what) throws Refusal {
    var word = next(what);
    end();
    return word;
  }

  /// The only word, a time in milliseconds.
  long time() throws Refusal {
    return Units.millis("'" + directive + "':", only("a time"));
  }

  /// The only word, a whole number.
  int number(int min, int max) throws Refusal {
    return Units.number("'" + directive + "':", only("a number"), min, max);
  }

  /// There must be no further word.
  void end() throws Refusal {
    if (more()) {
      throw Refusal.value("'%s' cannot take '%s'".formatted(directive, rest.peek()));
    }
  }

  /// Whatever follows is of no interest.
  void skip() {
    rest.clear();
  }

  /// A setting of this line.
  <T> Setting<T> setting(T value) {
    return new Setting<>(value, line());
  }

  /// The line has no effect.
  void noted(String message) {
    report.noted(line(), where, message);
  }

  /// The line says what holds anyway.
  void holds() {
    report.used(line());
  }

  /// Something about the line is good to know.
  void notice(String rule, String message) {
    report.notice(line(), where, rule, message);
  }
}
