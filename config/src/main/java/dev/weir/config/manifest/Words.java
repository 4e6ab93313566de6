package dev.weir.config.manifest;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Says in words what a schema says in patterns, and finds mistyped names.
final class Words {
  private static final Map<String, String> MEANINGS =
      Map.ofEntries(
          Map.entry(
              "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
              "is not a duration: use numbers with h, m, s or ms, as in 1h30m or 250ms"),
          Map.entry(
              "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
              "is not a name: use lower-case letters, digits and '-', which is neither first nor last"),
          Map.entry("^[A-Za-z0-9_.:-]+$", "is neither an IP address nor a DNS name"),
          Map.entry("^([*]|[0-9A-Fa-f:.]{2,45})$", "is neither an IP address nor *"),
          Map.entry(
              "^[0-9A-Fa-f:.]+/[0-9]{1,3}$",
              "is not a network in CIDR notation, such as 10.0.0.0/8"),
          Map.entry(
              "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$",
              "is not a status code or a range of them, such as 204 or 200-399"),
          Map.entry(
              "^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$",
              "is not a quantity, such as 100m or 128Mi"),
          Map.entry(
              "^[0-9]{1,15}(k|M|G|T|Ki|Mi|Gi|Ti)?$",
              "is not a number of bytes, such as 32Ki or 100Mi"),
          Map.entry(
              "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$",
              "is not the name of a header field: use letters, digits and !#$%&'*+-.^_`|~"),
          Map.entry(
              "^[^\\x00-\\x08\\x0A-\\x1F\\x7F]*$",
              "has control characters, which a header field cannot"),
          Map.entry("^/[!-~]*$", "is not a path: it starts with / and has no spaces"),
          Map.entry(
              "^([*][.])?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
              "is not a host: use a lower-case DNS name, or *. and one"),
          Map.entry("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "is not a host: use a lower-case DNS name"),
          Map.entry(
              "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
              "is not a name: use a lower-case DNS name"),
          Map.entry(
              "^[A-Z0-9][-_A-Z0-9]*$",
              "is not the name of a cipher suite, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
          Map.entry("^https?$", "is neither http nor https"),
          Map.entry(
              "^/[!\"$-;=@-~]*$",
              "is not a path: it starts with / and has no spaces, queries or fragments"),
          Map.entry("^[A-Z]+$", "is not a method, such as GET"),
          Map.entry("^[A-Za-z0-9_.:\\[\\]-]+$", "is not a host name, with or without a port"));

  private Words() {}

  static String meaning(String pattern) {
    return MEANINGS.getOrDefault(pattern, "does not match " + pattern);
  }

  /// The known word that a mistyped one most likely means; null when none is close.
  static @Nullable String closest(String word, Collection<String> known) {
    var longer = known.stream().filter(k -> word.length() > 2 && k.startsWith(word)).toList();
    if (longer.size() == 1) {
      return longer.getFirst();
    }
    int limit = Math.min(2, word.length() / 2);
    return known.stream()
        .filter(k -> distance(k, word) <= limit)
        .min(Comparator.comparingInt(k -> distance(k, word)))
        .orElse(null);
  }

  /// How many letters must be added, removed or replaced to make one word the other; case does not
  /// count.
  static int distance(String left, String right) {
    var a = left.toLowerCase(Locale.ROOT);
    var b = right.toLowerCase(Locale.ROOT);
    var previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      var current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
