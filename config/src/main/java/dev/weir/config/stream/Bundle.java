package dev.weir.config.stream;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// A snapshot that proxies start from which never had a controller: a [SnapshotFile], compressed,
/// sealed (AES-256-GCM, for one group) and cut into parts that each fit into a Secret.
///
/// A part is a line `weir-bundle 1 ID NUMBER COUNT`, then bytes; `ID` is the same for all parts of
/// one bundle and of no other. Parts of several bundles may lie together, and some may be missing.
public final class Bundle {
  /// The length of a key, in bytes.
  public static final int KEY_SIZE = 32;

  private static final int NONCE_SIZE = 12;
  private static final int TAG_BITS = 128;
  private static final int MAX_HEADER = 96;
  private static final Pattern HEADER =
      Pattern.compile("weir-bundle 1 ([0-9a-f]{64}) ([0-9]{1,3}) ([0-9]{1,3})");
  private static final SecureRandom RANDOM = new SecureRandom();

  private Bundle() {}

  private record Part(String id, int number, int count, byte[] bytes) {}

  /// A key that nobody has.
  public static byte[] newKey() {
    byte[] key = new byte[KEY_SIZE];
    RANDOM.nextBytes(key);
    return key;
  }

  /// Makes the parts of a bundle, in order.
  ///
  /// @param key of [#KEY_SIZE] bytes
  /// @param partSize the longest part, in bytes
  public static List<byte[]> seal(ProxyGroup group, Snapshot snapshot, byte[] key, int partSize)
      throws IOException {
    byte[] nonce = new byte[NONCE_SIZE];
    RANDOM.nextBytes(nonce);
    var sealed = new ByteArrayOutputStream();
    sealed.write(nonce);
    try {
      sealed.write(
          cipher(Cipher.ENCRYPT_MODE, key, nonce, group).doFinal(compressed(group, snapshot)));
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot seal the bundle: " + e.getMessage(), e);
    }
    byte[] all = sealed.toByteArray();
    String id = Digest.sha256(all);
    int room = partSize - MAX_HEADER - 1;
    int count = Math.ceilDiv(all.length, room);
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var part = new ByteArrayOutputStream();
      part.write(
          "weir-bundle 1 %s %d %d\n".formatted(id, i, count).getBytes(StandardCharsets.US_ASCII));
      part.write(all, i * room, Math.min(room, all.length - i * room));
      parts.add(part.toByteArray());
    }
    return parts;
  }

  /// The newest snapshot of which all parts are there; null when there is none.
  ///
  /// @param files parts, in any order; what is no part is passed over
  /// @throws IOException when there is a whole one, and none that opens with the key
  public static @Nullable Snapshot open(Collection<byte[]> files, ProxyGroup group, byte[] key)
      throws IOException {
    Map<String, Map<Integer, Part>> bundles = new HashMap<>();
    for (byte[] file : files) {
      Part part = part(file);
      if (part != null) {
        bundles.computeIfAbsent(part.id, id -> new HashMap<>()).put(part.number, part);
      }
    }
    Snapshot newest = null;
    IOException problem = null;
    for (Map<Integer, Part> parts : bundles.values()) {
      byte[] sealed = joined(parts);
      if (sealed == null) {
        continue;
      }
      try {
        Snapshot opened = open(sealed, group, key);
        if (newest == null || newest.version().before(opened.version())) {
          newest = opened;
        }
      } catch (IOException e) {
        problem = e;
      }
    }
    if (newest == null && problem != null) {
      throw problem;
    }
    return newest;
  }

  private static Snapshot open(byte[] sealed, ProxyGroup group, byte[] key) throws IOException {
    if (sealed.length < NONCE_SIZE) {
      throw new IOException("the bundle is damaged");
    }
    byte[] nonce = Arrays.copyOf(sealed, NONCE_SIZE);
    byte[] compressed;
    try {
      compressed =
          cipher(Cipher.DECRYPT_MODE, key, nonce, group)
              .doFinal(sealed, NONCE_SIZE, sealed.length - NONCE_SIZE);
    } catch (GeneralSecurityException e) {
      throw new IOException("the bundle was sealed with another key or for another group", e);
    }
    try (var in =
        new BufferedInputStream(
            new GZIPInputStream(new ByteArrayInputStream(compressed)), 1 << 16)) {
      return SnapshotFile.read(in, group).snapshot();
    }
  }

  private static byte[] compressed(ProxyGroup group, Snapshot snapshot) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new BufferedOutputStream(new GZIPOutputStream(bytes), 1 << 16)) {
      SnapshotFile.write(out, group, new SnapshotFile.Content(snapshot, null));
    }
    return bytes.toByteArray();
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce, ProxyGroup group)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(group.path().getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  private static @Nullable Part part(byte[] file) {
    int end = 0;
    while (end < file.length && end <= MAX_HEADER && file[end] != '\n') {
      end++;
    }
    Matcher header = HEADER.matcher(new String(file, 0, end, StandardCharsets.US_ASCII));
    return end < file.length && header.matches()
        ? new Part(
            header.group(1),
            Integer.parseInt(header.group(2)),
            Integer.parseInt(header.group(3)),
            Arrays.copyOfRange(file, end + 1, file.length))
        : null;
  }

  /// All parts as one; null when one is missing or changed.
  private static byte @Nullable [] joined(Map<Integer, Part> parts) {
    Part any = parts.values().iterator().next();
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < any.count; i++) {
      Part part = parts.get(i);
      if (part == null) {
        return null;
      }
      all.writeBytes(part.bytes);
    }
    byte[] sealed = all.toByteArray();
    return Digest.sha256(sealed).equals(any.id) ? sealed : null;
  }
}
