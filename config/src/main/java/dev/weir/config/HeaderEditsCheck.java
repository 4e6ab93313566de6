package dev.weir.config;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/// What header edits must be, whoever wrote them: the renderer says it to users, a proxy guards
/// itself with it. Pure but for the listener that is told.
public final class HeaderEditsCheck {
  /// The most entries of `set`, `add` and `remove` each.
  public static final int MAX = 16;

  private HeaderEditsCheck() {}

  /// Is told what is wrong.
  @FunctionalInterface
  public interface Listener {
    /// @param path relative to the edits, as in `set[X-Client].value`
    /// @param rule a stable PascalCase word
    void found(String path, String rule, String message);
  }

  /// Tells everything that is wrong with the edits.
  public static void check(HeaderEditsConfig edits, Listener listener) {
    var once = new HashSet<String>();
    for (var field : edits.set()) {
      if (!once.add(field.name().toLowerCase(Locale.ROOT))) {
        listener.found(
            "set[" + field.name() + "]",
            "DuplicateName",
            "'" + field.name() + "' is set twice: case does not matter in names");
      }
    }
    fields("set", edits.set(), listener);
    fields("add", edits.add(), listener);
    edits.remove().forEach(name -> name("remove[" + name + "]", name, listener));
    size("remove", edits.remove().size(), listener);
  }

  private static void fields(String list, List<HeaderEditsConfig.Field> fields, Listener listener) {
    size(list, fields.size(), listener);
    for (var field : fields) {
      var path = list + "[" + field.name() + "]";
      name(path, field.name(), listener);
      try {
        HeaderTemplate.parse(field.value());
      } catch (HeaderTemplate.InvalidTemplateException e) {
        listener.found(path + ".value", "HeaderValueInvalid", e.problem());
      }
    }
  }

  private static void name(String path, String name, Listener listener) {
    var refusal = HeaderNames.refusal(name);
    if (refusal != null) {
      listener.found(path, "HeaderRefused", "'" + name + "' " + refusal);
    }
  }

  private static void size(String list, int size, Listener listener) {
    if (size > MAX) {
      listener.found(list, "TooMany", "there are %d, and at most %d".formatted(size, MAX));
    }
  }
}
