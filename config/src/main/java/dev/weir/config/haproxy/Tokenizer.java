package dev.weir.config.haproxy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Splits lines into words as HAProxy does: `'...'` takes everything as it is; `"..."` knows
/// escapes and variables; elsewhere escapes count and `#` starts a comment. Immutable.
final class Tokenizer {
  private final Map<String, String> environment;

  Tokenizer(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /// The words of a line without its line feed; none for an empty line or a comment.
  List<String> words(String line) throws Refusal {
    return new Scan(line).words();
  }

  /// Replaces `$NAME` and `${NAME}`: HAProxy does so in addresses, quoted or not.
  String expand(String text) throws Refusal {
    if (text.indexOf('$') < 0) {
      return text;
    }
    var expanded = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      if (text.charAt(at) == '$') {
        var variable = Variable.at(text, at);
        expanded.append(variable.value(environment));
        at = variable.end();
      } else {
        expanded.append(text.charAt(at++));
      }
    }
    return expanded.toString();
  }

  private static Refusal syntax(String message, int position) {
    return new Refusal("Syntax", message + " at column " + (position + 1));
  }

  /// A reference to a variable.
  ///
  /// @param split whether it ends in `[*]`, so that its value is several words
  /// @param end behind its last character
  private record Variable(
      String name, String fallback, boolean hasFallback, boolean split, int end) {

    static Variable at(String text, int dollar) throws Refusal {
      boolean brace = dollar + 1 < text.length() && text.charAt(dollar + 1) == '{';
      int from = dollar + (brace ? 2 : 1);
      int to = from;
      while (to < text.length() && nameCharacter(text.charAt(to), to == from)) {
        to++;
      }
      if (to == from) {
        throw syntax("'$' must be followed by the name of an environment variable", dollar);
      }
      var name = text.substring(from, to);
      if (!brace) {
        return new Variable(name, "", false, false, to);
      }
      boolean split = text.startsWith("[*]", to);
      to += split ? 3 : 0;
      int close = text.indexOf('}', to);
      boolean fallback = to < text.length() && text.charAt(to) == '-';
      if (close < 0 || (!fallback && close != to)) {
        throw syntax("'${" + name + "' is not closed by '}'", dollar);
      }
      return new Variable(
          name, fallback ? text.substring(to + 1, close) : "", fallback, split, close + 1);
    }

    private static boolean nameCharacter(char c, boolean first) {
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      return letter || (first ? c == '.' : c >= '0' && c <= '9');
    }

    String value(Map<String, String> environment) throws Refusal {
      var value = environment.get(name);
      if (value != null) {
        return value;
      }
      if (hasFallback) {
        return fallback;
      }
      throw new Refusal(
          "UnsetVariable",
          "the environment variable %s is not set; set it, or write \"${%s-a default}\""
              .formatted(name, name));
    }
  }

  /// One pass over one line.
  private final class Scan {
    private final String line;
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean started;
    private char quote;
    private int opened;
    private int at;

    Scan(String line) {
      this.line = line;
    }

    List<String> words() throws Refusal {
      while (at < line.length()) {
        char c = line.charAt(at);
        if (quote == 0 && (c == '#' || c == '\r' || c == '\n')) {
          break;
        }
        step(c);
      }
      if (quote != 0) {
        throw syntax("the quote " + quote + " is not closed; it opens", opened);
      }
      finish();
      return words;
    }

    private void step(char c) throws Refusal {
      if (c == 0) {
        throw syntax("there is a NUL character", at);
      }
      if (quote == 0 && (c == ' ' || c == '\t')) {
        finish();
        at++;
      } else if ((c == '"' || c == '\'') && (quote == 0 || quote == c)) {
        opened = at;
        quote = quote == 0 ? c : 0;
        started = true;
        at++;
      } else if (c == '\\' && quote != '\'') {
        escape();
      } else if (c == '$' && quote == '"') {
        variable();
      } else {
        put(c);
        at++;
      }
    }

    private void put(char c) {
      word.append(c);
      started = true;
    }

    private void finish() {
      if (started) {
        words.add(word.toString());
        word.setLength(0);
        started = false;
      }
    }

    private void escape() throws Refusal {
      if (at + 1 == line.length()) {
        throw syntax("HAProxy has no continuation of lines; remove the '\\'", at);
      }
      char next = line.charAt(at + 1);
      switch (next) {
        case ' ', '\\', '#', '\'', '"' -> escaped(next);
        case 't' -> escaped('\t');
        case 'n' -> escaped('\n');
        case 'r' -> escaped('\r');
        case 'x' -> hex();
        case '$' -> {
          if (quote == '"') {
            escaped('$');
          } else {
            put('\\');
            at++;
          }
        }
        default -> {
          put('\\');
          at++;
        }
      }
    }

    private void escaped(char c) {
      put(c);
      at += 2;
    }

    /// Bytes in a row, which may be one character of UTF-8.
    private void hex() throws Refusal {
      var bytes = new ArrayList<Byte>();
      int start = at;
      while (line.startsWith("\\x", at)) {
        int high = at + 2 < line.length() ? Character.digit(line.charAt(at + 2), 16) : -1;
        int low = at + 3 < line.length() ? Character.digit(line.charAt(at + 3), 16) : -1;
        if (high < 0 || low < 0) {
          throw syntax("'\\x' must be followed by two hexadecimal digits", at);
        }
        bytes.add((byte) (16 * high + low));
        at += 4;
      }
      var array = new byte[bytes.size()];
      for (int i = 0; i < array.length; i++) {
        array[i] = bytes.get(i);
      }
      var text = new String(array, StandardCharsets.UTF_8);
      if (text.indexOf(0) >= 0) {
        throw syntax("there is a NUL character", start);
      }
      word.append(text);
      started = true;
    }

    private void variable() throws Refusal {
      var variable = Variable.at(line, at);
      var value = variable.value(environment);
      at = variable.end();
      if (!variable.split()) {
        word.append(value);
        return;
      }
      var parts = value.strip().split("[ \t]+");
      for (int i = 0; i < parts.length; i++) {
        if (i > 0) {
          finish();
        }
        word.append(parts[i]);
        started = true;
      }
    }
  }
}
