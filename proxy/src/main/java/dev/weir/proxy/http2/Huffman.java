package dev.weir.proxy.http2;

import java.util.Arrays;

/// Decodes the string literals of header blocks that are compressed (RFC 7541 section 5.2), four
/// bits at a time. Pure.
final class Huffman {
  /// What is returned for a code that is not valid.
  static final int INVALID = -1;

  /// How long the code of each byte, and of the end of the string, is in bits: `A` is 5. The codes
  /// follow from it, since they are canonical (RFC 7541 appendix B).
  private static final String LENGTHS =
      "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHF"
          + "IBCCCCCCCCCCCCCCCCCCCCCCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIX"
          + "PRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRRRSRRS"
          + "VVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWV"
          + "Z";

  private static final int END = 256;
  private static final int NODES = 256;
  private static final int STEP = 4;
  private static final int STEPS = 1 << STEP;

  /// Bits of an entry of [#TABLE].
  private static final int FAILS = 1 << 31;

  private static final int EMITS = 1 << 16;
  private static final int NODE_SHIFT = 8;

  /// For a node of the code's tree and the next four bits: the node behind them, and the byte that
  /// was completed by them, if any: the shortest code has five bits.
  private static final int[] TABLE = new int[NODES * STEPS];

  /// Whether a string may end at a node: behind less than a byte of ones.
  private static final boolean[] MAY_END = new boolean[NODES];

  static {
    int[] children = tree();
    for (int node = 0; node < NODES; node++) {
      for (int bits = 0; bits < STEPS; bits++) {
        TABLE[node * STEPS + bits] = follow(children, node, bits);
      }
    }
    int node = 0;
    for (int ones = 0; ones < Byte.SIZE; ones++) {
      MAY_END[node] = true;
      node = children[2 * node + 1];
    }
  }

  private Huffman() {}

  /// The children of each inner node: other inner nodes, or `-1 - symbol`.
  private static int[] tree() {
    int[] children = new int[2 * NODES];
    int nodes = 1;
    int code = 0;
    for (int length = 5; length <= 30; length++) {
      code <<= 1;
      for (int symbol = 0; symbol <= END; symbol++) {
        if (LENGTHS.charAt(symbol) - 'A' + 5 != length) {
          continue;
        }
        int node = 0;
        for (int bit = length - 1; bit > 0; bit--) {
          int at = 2 * node + (code >>> bit & 1);
          if (children[at] == 0) {
            children[at] = nodes++;
          }
          node = children[at];
        }
        children[2 * node + (code & 1)] = -1 - symbol;
        code++;
      }
    }
    return children;
  }

  private static int follow(int[] children, int from, int bits) {
    int node = from;
    int emitted = 0;
    for (int bit = STEP - 1; bit >= 0; bit--) {
      int next = children[2 * node + (bits >>> bit & 1)];
      if (next < 0) {
        int symbol = -1 - next;
        if (symbol == END) {
          return FAILS;
        }
        emitted = EMITS | symbol;
        next = 0;
      }
      node = next;
    }
    return node << NODE_SHIFT | emitted;
  }

  /// How many bytes so many compressed ones can become at most.
  static int longest(int compressed) {
    return compressed * Byte.SIZE / 5;
  }

  /// Decodes `in[from, to)` into `out`, which has room for [#longest].
  ///
  /// @return the offset behind the last byte written, or [#INVALID]
  static int decode(byte[] in, int from, int to, byte[] out, int at) {
    int node = 0;
    int end = at;
    for (int i = from; i < to; i++) {
      int b = in[i];
      int entry = TABLE[node * STEPS + (b >>> STEP & STEPS - 1)];
      if ((entry & EMITS) != 0) {
        out[end++] = (byte) entry;
      }
      int second = TABLE[(entry >>> NODE_SHIFT & NODES - 1) * STEPS + (b & STEPS - 1)];
      if ((second & EMITS) != 0) {
        out[end++] = (byte) second;
      }
      if (((entry | second) & FAILS) != 0) {
        return INVALID;
      }
      node = second >>> NODE_SHIFT & NODES - 1;
    }
    return MAY_END[node] ? end : INVALID;
  }

  /// The bytes of a string compressed, for tests and peers of tests.
  static byte[] encode(byte[] text) {
    long[] codes = new long[END];
    long code = 0;
    for (int length = 5; length <= 30; length++) {
      code <<= 1;
      for (int symbol = 0; symbol <= END; symbol++) {
        if (LENGTHS.charAt(symbol) - 'A' + 5 == length) {
          if (symbol < END) {
            codes[symbol] = code;
          }
          code++;
        }
      }
    }
    byte[] out = new byte[text.length * 4];
    int bit = 0;
    for (byte b : text) {
      int length = LENGTHS.charAt(b & 0xff) - 'A' + 5;
      for (int i = length - 1; i >= 0; i--, bit++) {
        out[bit / 8] |= (byte) ((codes[b & 0xff] >>> i & 1) << 7 - bit % 8);
      }
    }
    while (bit % 8 != 0) {
      out[bit / 8] |= (byte) (1 << 7 - bit % 8);
      bit++;
    }
    return Arrays.copyOf(out, bit / 8);
  }
}
