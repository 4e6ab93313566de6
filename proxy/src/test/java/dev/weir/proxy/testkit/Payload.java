package dev.weir.proxy.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/// Large bodies that need no memory: incompressible bytes, every block numbered, so that lost,
/// doubled or swapped pieces change the digest.
public final class Payload {
  private static final int BLOCK = 64 * 1024;
  private static final byte[] NOISE = noise();

  private Payload() {}

  private static byte[] noise() {
    var bytes = new byte[BLOCK];
    new SplittableRandom(42).nextBytes(bytes);
    return bytes;
  }

  /// The first `length` bytes of the payload; always the same ones.
  public static InputStream stream(long length) {
    return new Blocks(length);
  }

  /// Lowercase hex SHA-256 of the first `length` bytes.
  public static String digest(long length) throws IOException {
    return drain(stream(length)).digest();
  }

  /// Writes the first `length` bytes.
  public static void write(OutputStream out, long length) throws IOException {
    stream(length).transferTo(out);
  }

  /// What was read to the end of a stream.
  public record Received(long bytes, String digest) {}

  /// Reads to the end and keeps only length and digest.
  public static Received drain(InputStream in) throws IOException {
    var sha = sha256();
    var count = new DigestInputStream(in, sha).transferTo(OutputStream.nullOutputStream());
    return new Received(count, HexFormat.of().formatHex(sha.digest()));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Blocks extends InputStream {
    private final byte[] block = NOISE.clone();
    private final long length;
    private long position;

    Blocks(long length) {
      this.length = length;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int wanted) {
      if (position == length) {
        return -1;
      }
      var inBlock = (int) (position % BLOCK);
      if (inBlock == 0) {
        ByteBuffer.wrap(block).putLong(0, position / BLOCK);
      }
      var count = (int) Math.min(Math.min(wanted, BLOCK - inBlock), length - position);
      System.arraycopy(block, inBlock, into, offset, count);
      position += count;
      return count;
    }
  }
}
