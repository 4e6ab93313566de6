package dev.weir.config.haproxy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Says why a word is refused: by [RefusedWords], or with the word that was probably meant.
final class Refusals {
  private Refusals() {}

  static Refusal section(String word) {
    return Refusal.unsupported(
        "section '%s' %s".formatted(word, RefusedWords.SECTIONS.getOrDefault(word, "is not read")));
  }

  /// For a word that no directive takes.
  ///
  /// @param words the first word of a line or the first two, or one behind an address
  /// @param where the section or line that it stands in
  /// @param known what is understood there
  static Refusal directive(
      String words, String where, Map<String, String> refused, Collection<String> known) {
    var meaning = meaning(words, refused);
    if (meaning != null) {
      return Refusal.unsupported("'%s' %s".formatted(words, meaning));
    }
    var all = new ArrayList<>(known);
    all.addAll(refused.keySet());
    return new Refusal(
        "UnknownKeyword",
        "'%s' is not known in '%s'%s".formatted(words, where, suggestion(words, all)));
  }

  /// What the word means in HAProxy and what to do; null when it is unknown.
  static @Nullable String meaning(String words, Map<String, String> refused) {
    var meaning = refused.get(words);
    if (meaning != null) {
      return meaning;
    }
    for (var entry : refused.entrySet()) {
      var key = entry.getKey();
      if (key.endsWith("*") && words.startsWith(key.substring(0, key.length() - 1))) {
        return entry.getValue();
      }
    }
    return null;
  }

  /// `; did you mean 'bind'?`, or nothing when nothing is near.
  static String suggestion(String word, Collection<String> known) {
    String nearest = null;
    int least = Math.max(1, word.length() / 3) + 1;
    for (var candidate : known.stream().filter(k -> !k.endsWith("*")).sorted().toList()) {
      int distance = distance(word, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest == null ? "" : "; did you mean '" + nearest + "'?";
  }

  /// How many letters must be added, removed, replaced or swapped with a neighbour to make one word
  /// the other.
  private static int distance(String left, String right) {
    var a = left.toLowerCase(Locale.ROOT);
    var b = right.toLowerCase(Locale.ROOT);
    var table = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          table[i][j] = i + j;
          continue;
        }
        int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best = table[i - 1][j - 1] + same;
        best = Math.min(best, 1 + Math.min(table[i - 1][j], table[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        table[i][j] = swapped ? Math.min(best, table[i - 2][j - 2] + 1) : best;
      }
    }
    return table[a.length()][b.length()];
  }
}
