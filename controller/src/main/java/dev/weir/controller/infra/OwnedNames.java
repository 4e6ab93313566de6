package dev.weir.controller.infra;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// How the objects that belong to a LoadBalancer are called. Pure.
public final class OwnedNames {
  private static final String SUFFIX = "-weir";
  private static final int MAX = 63;
  private static final int HASH = 8;

  private OwnedNames() {}

  /// `<name>-weir`; a name that is too long for a Service is cut and told apart by a hash. Dots
  /// become dashes.
  public static String of(String loadBalancer) {
    String plain = loadBalancer.replace('.', '-');
    if (plain.equals(loadBalancer) && plain.length() + SUFFIX.length() <= MAX) {
      return plain + SUFFIX;
    }
    int keep = Math.min(plain.length(), MAX - SUFFIX.length() - HASH - 1);
    return plain.substring(0, keep) + "-" + hash(loadBalancer) + SUFFIX;
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, HASH / 2);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
