package dev.weir.config.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What a set of resources is equal by: the sum modulo 2^256 of SHA-256(type, 0, name, 0, hash)
/// over its members.
///
/// A sum does not depend on order, and one member comes or goes by one addition or subtraction. The
/// four longs are the number's 64-bit limbs, the most significant first.
public record Digest(long a, long b, long c, long d) {
  /// The digest of no resources.
  public static final Digest EMPTY = new Digest(0, 0, 0, 0);

  private static final HexFormat HEX = HexFormat.of();
  private static final int HEX_LENGTH = 64;

  /// This set with one more member.
  public Digest plus(ResourceKey key, String hash) {
    return plus(term(key, hash));
  }

  /// This set without a member that is in it.
  public Digest minus(ResourceKey key, String hash) {
    return plus(term(key, hash).negated());
  }

  /// The digest of both sets together, which must have no member in common.
  public Digest plus(Digest other) {
    long sumD = d + other.d;
    long carry = Long.compareUnsigned(sumD, d) < 0 ? 1 : 0;
    long sumC = c + other.c + carry;
    carry = carry(c, other.c, carry, sumC);
    long sumB = b + other.b + carry;
    carry = carry(b, other.b, carry, sumB);
    return new Digest(a + other.a + carry, sumB, sumC, sumD);
  }

  private Digest negated() {
    return new Digest(~a, ~b, ~c, ~d).plus(new Digest(0, 0, 0, 1));
  }

  private static long carry(long x, long y, long carryIn, long sum) {
    int order = Long.compareUnsigned(sum, x);
    return order < 0 || (order == 0 && carryIn == 1 && y == -1) ? 1 : 0;
  }

  private static Digest term(ResourceKey key, String hash) {
    MessageDigest sha = sha256();
    sha.update(key.type().name().getBytes(UTF_8));
    sha.update((byte) 0);
    sha.update(key.name().getBytes(UTF_8));
    sha.update((byte) 0);
    sha.update(hash.getBytes(UTF_8));
    return of(sha.digest());
  }

  private static Digest of(byte[] bytes) {
    var buffer = ByteBuffer.wrap(bytes);
    return new Digest(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
  }

  /// Reads 64 lowercase hex digits.
  ///
  /// @throws IllegalArgumentException when it is anything else
  @JsonCreator
  public static Digest parse(String hex) {
    if (!isHex(hex)) {
      throw new IllegalArgumentException("not 64 lowercase hex digits");
    }
    return of(HEX.parseHex(hex));
  }

  /// 64 lowercase hex digits.
  @JsonValue
  public String hex() {
    return HEX.toHexDigits(a) + HEX.toHexDigits(b) + HEX.toHexDigits(c) + HEX.toHexDigits(d);
  }

  @Override
  public String toString() {
    return hex();
  }

  /// The SHA-256 of the bytes as 64 lowercase hex digits.
  static String sha256(byte[] bytes) {
    return HEX.formatHex(sha256().digest(bytes));
  }

  static boolean isHex(String text) {
    if (text.length() != HEX_LENGTH) {
      return false;
    }
    for (int i = 0; i < HEX_LENGTH; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
