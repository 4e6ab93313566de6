package dev.weir.config.haproxy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Gives HAProxy's names the form of ours. What a name becomes depends on the set of names, never
/// on their order.
final class Names {
  private static final int MAX = 63;
  private static final int HASH = 6;

  private final Map<String, String> labels = new HashMap<>();

  Names(List<String> originals) {
    var owners = new HashMap<String, Integer>();
    originals.stream().distinct().forEach(name -> owners.merge(label(name), 1, Integer::sum));
    for (var name : originals) {
      var label = label(name);
      boolean unique = label.equals(name) || owners.getOrDefault(label, 0) == 1;
      labels.put(name, unique ? label : shorten(label, MAX - HASH - 1) + "-" + hash(name));
    }
  }

  /// What a name becomes: a DNS label.
  String of(String original) {
    return labels.getOrDefault(original, label(original));
  }

  /// A DNS label that resembles the text.
  static String label(String text) {
    var plain = text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    var trimmed = plain.replaceAll("^-|-$", "");
    if (trimmed.isEmpty()) {
      return "x-" + hash(text);
    }
    return trimmed.length() <= MAX ? trimmed : shorten(trimmed, MAX - HASH - 1) + "-" + hash(text);
  }

  private static String shorten(String label, int length) {
    return label.length() <= length ? label : label.substring(0, length).replaceAll("-$", "");
  }

  private static String hash(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var bytes = digest.digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(bytes).substring(0, HASH);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
