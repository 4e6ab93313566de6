package dev.weir.proxy.edit;

import dev.weir.config.HeaderEditsConfig;
import dev.weir.config.HeaderTemplate;
import dev.weir.config.HeaderTemplate.Part;
import dev.weir.config.HeaderVariable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes [HeaderEdits] of the edits of listener, route and pool. Used by one thread and thrown
/// away.
public final class EditCompiler {
  private final String listener;
  private final Set<String> dropped = new LinkedHashSet<>();
  private final List<HeaderEditsConfig.Field> added = new ArrayList<>();
  private final List<byte[]> texts = new ArrayList<>();
  private final List<HeaderVariable> variables = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();

  private EditCompiler(String listener) {
    this.listener = listener;
  }

  /// The net effect of edits that were validated. Null when there are none.
  ///
  /// @param listener what `%{listener}` stands for
  /// @param scopes in the order in which they apply; null has none
  public static @Nullable HeaderEdits compile(
      String listener, @Nullable HeaderEditsConfig... scopes) {
    var compiler = new EditCompiler(listener);
    boolean any = false;
    for (var scope : scopes) {
      if (scope != null) {
        any = true;
        compiler.apply(scope);
      }
    }
    return any ? compiler.finish() : null;
  }

  private void apply(HeaderEditsConfig scope) {
    scope.remove().forEach(this::remove);
    for (var field : scope.set()) {
      remove(field.name());
      added.add(field);
    }
    added.addAll(scope.add());
  }

  /// Takes the name out of the message and out of what was added so far.
  private void remove(String name) {
    dropped.add(name.toLowerCase(Locale.ROOT).replace('_', '-'));
    added.removeIf(field -> field.name().equalsIgnoreCase(name));
  }

  private HeaderEdits finish() {
    for (var field : added) {
      text.append(field.name()).append(": ");
      template(field.value()).parts().forEach(this::part);
      text.append("\r\n");
    }
    flush();
    return new HeaderEdits(dropped, texts, variables);
  }

  private void part(Part part) {
    switch (part) {
      case Part.Text(String literal) -> text.append(literal);
      case Part.Variable(HeaderVariable variable) -> {
        if (variable == HeaderVariable.LISTENER) {
          text.append(listener);
        } else {
          flush();
          variables.add(variable);
        }
      }
    }
  }

  private void flush() {
    texts.add(text.toString().getBytes(StandardCharsets.UTF_8));
    text.setLength(0);
  }

  private static HeaderTemplate template(String value) {
    try {
      return HeaderTemplate.parse(value);
    } catch (HeaderTemplate.InvalidTemplateException e) {
      throw new IllegalStateException("validated, and yet " + e.problem(), e);
    }
  }
}
