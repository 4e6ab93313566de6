package dev.weir.config;

import java.util.ArrayList;
import java.util.List;

/// The value of a header edit: text in which `%{name}` stands for a [HeaderVariable] and `%%` for a
/// percent sign.
///
/// @param parts never two texts in a row
public record HeaderTemplate(List<Part> parts) {

  public HeaderTemplate {
    parts = List.copyOf(parts);
  }

  /// A stretch of a value.
  public sealed interface Part {
    /// Stands for itself.
    record Text(String text) implements Part {}

    /// Stands for what the variable is at the time.
    record Variable(HeaderVariable variable) implements Part {}
  }

  /// A value that is not a template.
  public static final class InvalidTemplateException extends Exception {
    private static final long serialVersionUID = 1;
    private final String problem;

    InvalidTemplateException(String problem) {
      super(problem, null, false, false);
      this.problem = problem;
    }

    /// What is wrong and what would be right, in one line.
    public String problem() {
      return problem;
    }
  }

  /// Reads a value.
  ///
  /// @throws InvalidTemplateException for control characters, a percent sign that stands for
  ///   nothing, an unknown variable
  public static HeaderTemplate parse(String value) throws InvalidTemplateException {
    var parts = new ArrayList<Part>();
    var text = new StringBuilder();
    int at = 0;
    while (at < value.length()) {
      char c = value.charAt(at);
      if (c < ' ' && c != '\t' || c == 0x7f) {
        throw new InvalidTemplateException(
            "there is a control character (%#04x) in the value".formatted((int) c));
      }
      if (c != '%') {
        text.append(c);
        at++;
      } else if (value.startsWith("%%", at)) {
        text.append('%');
        at += 2;
      } else {
        int end = value.indexOf('}', at);
        if (!value.startsWith("%{", at) || end < 0) {
          throw new InvalidTemplateException(
              "'%' stands alone in '"
                  + value
                  + "': write %% for a percent sign, %{…} for one of "
                  + HeaderVariable.list());
        }
        flush(text, parts);
        parts.add(new Part.Variable(variable(value.substring(at + 2, end))));
        at = end + 1;
      }
    }
    flush(text, parts);
    return new HeaderTemplate(parts);
  }

  private static HeaderVariable variable(String word) throws InvalidTemplateException {
    var variable = HeaderVariable.of(word);
    if (variable == null) {
      throw new InvalidTemplateException(
          "there is no variable %{" + word + "}; there are " + HeaderVariable.list());
    }
    return variable;
  }

  private static void flush(StringBuilder text, List<Part> parts) {
    if (!text.isEmpty()) {
      parts.add(new Part.Text(text.toString()));
      text.setLength(0);
    }
  }

  /// The text that stands for this text: percent signs doubled.
  public static String literal(String text) {
    return text.replace("%", "%%");
  }
}
