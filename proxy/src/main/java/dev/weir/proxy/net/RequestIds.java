package dev.weir.proxy.net;

import java.security.SecureRandom;

/// Makes identifiers of requests: 128 bits, SipHash-2-4 of a counter under a key that the process
/// draws when it starts. No two are equal but by a chance of 2^-128, none says when or in which
/// order it was made, and who does not know the key cannot tell one from others. No allocation.
/// Thread: one loop.
public final class RequestIds {
  private static final long KEY_0;
  private static final long KEY_1;

  static {
    var random = new SecureRandom();
    KEY_0 = random.nextLong();
    KEY_1 = random.nextLong();
  }

  private final long key0;
  private final long key1;
  private final long loop;
  private long count;
  private long high;
  private long low;

  /// @param loop tells loops of this process apart
  public RequestIds(int loop) {
    this(KEY_0, KEY_1, loop, 0);
  }

  RequestIds(long key0, long key1, long loop, long count) {
    this.key0 = key0;
    this.key1 = key1;
    this.loop = loop;
    this.count = count;
  }

  /// Makes the next one, which [#high] and [#low] give.
  public void next() {
    // One method with everything in registers: the words of the message, then twice the result.
    long v0 = key0 ^ 0x736f6d6570736575L;
    long v1 = key1 ^ 0x646f72616e646f6dL ^ 0xee;
    long v2 = key0 ^ 0x6c7967656e657261L;
    long v3 = key1 ^ 0x7465646279746573L;
    long counted = count++;
    for (int step = 0; step < 5; step++) {
      long word =
          switch (step) {
            case 0 -> loop;
            case 1 -> counted;
            case 2 -> 16L << 56;
            default -> 0;
          };
      v3 ^= word;
      v2 ^= step == 3 ? 0xee : 0;
      v1 ^= step == 4 ? 0xdd : 0;
      int rounds = step < 3 ? 2 : 4;
      for (int round = 0; round < rounds; round++) {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= word;
      if (step == 3) {
        low = v0 ^ v1 ^ v2 ^ v3;
      }
    }
    high = v0 ^ v1 ^ v2 ^ v3;
  }

  /// The first 64 bits.
  public long high() {
    return high;
  }

  /// The last 64 bits.
  public long low() {
    return low;
  }
}
