package dev.weir.proxy.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// What a client may do to a WebSocket server, in the classes of the Autobahn test suite: 1
/// framing, 2 pings and pongs, 3 reserved bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 closing, 10
/// fragments of many sizes.
final class Cases {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private static final int FIN = 0x80;
  private static final byte[] NOTHING = {};
  private static final byte[] HELLO = "Hello".getBytes(UTF_8);
  private static final int[] SIZES = {0, 125, 126, 127, 128, 65_535, 65_536};

  private final List<Case> all = new ArrayList<>();

  /// One way to talk.
  ///
  /// @param writes what is sent, each part in a write of its own
  record Case(String name, List<byte[]> writes) {
    @Override
    public String toString() {
      return name;
    }
  }

  private Cases() {}

  static List<Case> all() {
    var cases = new Cases();
    cases.framing();
    cases.pings();
    cases.reservedBits();
    cases.opcodes();
    cases.fragmentation();
    cases.utf8();
    cases.closing();
    cases.manyFragments();
    return cases.all;
  }

  private void framing() {
    for (int kind : new int[] {TEXT, BINARY}) {
      int group = kind == TEXT ? 1 : 2;
      for (int i = 0; i < SIZES.length; i++) {
        add("1." + group + "." + (i + 1), frame(kind, stars(SIZES[i])));
      }
      add("1." + group + ".8", chopped(frame(kind, stars(65_536)), 997));
    }
  }

  private void pings() {
    add("2.1", frame(PING, NOTHING));
    add("2.2", frame(PING, HELLO));
    add("2.3", frame(PING, bytes("00fffefdfcfb00ff")));
    add("2.4", frame(PING, filled(125, 0xfe)));
    add("2.5", frame(PING, filled(126, 0xfe)));
    add("2.6", chopped(frame(PING, filled(125, 0xfe)), 1));
    add("2.7", frame(PONG, NOTHING));
    add("2.8", frame(PONG, HELLO));
    add("2.9", frame(PONG, HELLO), frame(PING, HELLO));
    add("2.10", pingsOf(10));
    add("2.11", chopped(join(pingsOf(10)), 1));
  }

  private static byte[][] pingsOf(int count) {
    var frames = new byte[count][];
    for (int i = 0; i < count; i++) {
      frames[i] = frame(PING, ("payload-" + i).getBytes(UTF_8));
    }
    return frames;
  }

  private void reservedBits() {
    int[][] bits = {{TEXT, 1}, {TEXT, 2}, {TEXT, 3}, {TEXT, 4}, {BINARY, 5}, {PING, 6}, {CLOSE, 7}};
    for (int i = 0; i < bits.length; i++) {
      byte[] bad = raw(FIN | bits[i][1] << 4 | bits[i][0], bits[i][0] == CLOSE ? NOTHING : HELLO);
      add("3." + (i + 1), frame(TEXT, HELLO), bad, frame(PING, NOTHING));
      add("3." + (i + 1) + " chopped", chopped(join(frame(TEXT, HELLO), bad), 1));
    }
  }

  private void opcodes() {
    for (int i = 0; i < 5; i++) {
      add("4.1." + (i + 1), frame(TEXT, HELLO), frame(3 + i, i % 2 == 0 ? NOTHING : HELLO));
      add("4.2." + (i + 1), frame(TEXT, HELLO), frame(11 + i, i % 2 == 0 ? NOTHING : HELLO));
    }
  }

  private void fragmentation() {
    byte[] first = frame(TEXT, HELLO, false);
    byte[] middle = frame(CONTINUATION, HELLO, false);
    byte[] last = frame(CONTINUATION, HELLO, true);
    byte[] ping = frame(PING, HELLO);
    add("5.1", frame(PING, HELLO, false), frame(CONTINUATION, HELLO, true));
    add("5.2", frame(PONG, HELLO, false), frame(CONTINUATION, HELLO, true));
    add("5.3", first, last);
    add("5.4", join(first, last));
    add("5.5", chopped(join(first, last), 1));
    add("5.6", first, ping, last);
    add("5.7", join(first, ping, last));
    add("5.8", chopped(join(first, ping, last), 1));
    add("5.9", last, frame(TEXT, HELLO));
    add("5.10", join(last, frame(TEXT, HELLO)));
    add("5.11", chopped(join(last, frame(TEXT, HELLO)), 1));
    add("5.12", middle, frame(TEXT, HELLO));
    add("5.13", join(middle, frame(TEXT, HELLO)));
    add("5.14", chopped(join(middle, frame(TEXT, HELLO)), 1));
    add("5.15", first, last, middle, frame(TEXT, HELLO));
    add("5.16", middle, frame(TEXT, HELLO, false), last);
    add("5.17", last, frame(TEXT, HELLO, false), last);
    add("5.18", first, frame(TEXT, HELLO));
    add("5.19", first, middle, ping, middle, ping, last);
    add("5.20", chopped(join(first, middle, ping, middle, ping, last), 7));
  }

  private void utf8() {
    add("6.1.1", frame(TEXT, NOTHING));
    add("6.1.2", frame(TEXT, NOTHING, false), frame(CONTINUATION, NOTHING, true));
    add("6.1.3", frame(TEXT, NOTHING, false), frame(CONTINUATION, HELLO, true));
    byte[] greek = "κόσμε, Hello-µ@ßöäüàá-UTF-8!!".getBytes(UTF_8);
    add("6.2.1", frame(TEXT, greek));
    for (int at = 1; at < greek.length; at++) {
      add(
          "6.2.2 cut at " + at,
          frame(TEXT, Arrays.copyOf(greek, at), false),
          frame(CONTINUATION, Arrays.copyOfRange(greek, at, greek.length), true));
    }
    for (String text : VALID) {
      add("6 valid " + text, frame(TEXT, bytes(text)));
    }
    for (String text : INVALID) {
      add("6 invalid " + text, frame(TEXT, bytes(text)));
      byte[] bad = bytes(text);
      add(
          "6 invalid in the last fragment " + text,
          frame(TEXT, HELLO, false),
          frame(CONTINUATION, bad, true));
    }
  }

  private static final List<String> VALID =
      List.of(
          "cebae1bdb9cf83cebcceb5",
          "00",
          "7f",
          "c280",
          "dfbf",
          "e0a080",
          "efbfbf",
          "ed9fbf",
          "ee8080",
          "efbfbd",
          "f0908080",
          "f48fbfbf",
          "efbfbe",
          "f09fbfbe",
          "f09fbfbf",
          "f3bfbfbf");

  /// Lone and missing continuations, overlong forms, surrogates, beyond U+10FFFF, bytes that never
  /// occur (Kuhn's decoder stress test).
  private static final List<String> INVALID =
      List.of(
          "cebae1bdb9cf83cebcceb5eda080656469746564",
          "80",
          "bf",
          "80bf",
          "80bf80bf80bf",
          "c0",
          "c020",
          "df",
          "e0",
          "e0a0",
          "e020",
          "ef",
          "efbf",
          "f0",
          "f09080",
          "f020",
          "f4",
          "f48fbf",
          "f7",
          "f8888080",
          "fbbfbfbf",
          "fc84808080",
          "fdbfbfbfbf",
          "fe",
          "ff",
          "fefeffff",
          "c0af",
          "e080af",
          "f08080af",
          "f8808080af",
          "fc80808080af",
          "c1bf",
          "e09fbf",
          "f08fbfbf",
          "f887bfbfbf",
          "fc83bfbfbfbf",
          "c080",
          "e08080",
          "f0808080",
          "f880808080",
          "fc8080808080",
          "eda080",
          "edadbf",
          "edae80",
          "edafbf",
          "edb080",
          "edbe80",
          "edbfbf",
          "eda080edb080",
          "edafbfedbfbf",
          "f4908080",
          "f7bfbfbf",
          "f888808080",
          "fbbfbfbfbf",
          "fc8480808080",
          "fdbfbfbfbfbf",
          "cebae1bdb9cf83cebcceb5f4908080656469746564");

  private void closing() {
    add("7.1.1", frame(TEXT, HELLO), close(1000, ""));
    add("7.1.2", close(1000, ""), close(1000, ""));
    add("7.1.3", close(1000, ""), frame(PING, HELLO));
    add("7.1.4", close(1000, ""), frame(TEXT, HELLO));
    add("7.1.5", frame(TEXT, HELLO, false), close(1000, ""), frame(CONTINUATION, HELLO, true));
    add("7.1.6", frame(TEXT, stars(262_144)), frame(TEXT, HELLO), close(1000, ""));
    add("7.3.1", frame(CLOSE, NOTHING));
    add("7.3.2", frame(CLOSE, bytes("61")));
    add("7.3.3", close(1000, ""));
    add("7.3.4", close(1000, "Hello World!"));
    add("7.3.5", close(1000, "*".repeat(123)));
    add("7.3.6", close(1000, "*".repeat(124)));
    add("7.5.1", frame(CLOSE, join(bytes("03e8"), bytes("cebae1bdb9eda080"))));
    for (int code :
        new int[] {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999}) {
      add("7.7 " + code, close(code, ""));
    }
    for (int code : new int[] {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535}) {
      add("7.9 " + code, close(code, ""));
    }
  }

  private void manyFragments() {
    byte[] message = stars(65_536);
    for (int size : new int[] {1300, 8192, 65_000}) {
      var frames = new ArrayList<byte[]>();
      for (int at = 0; at < message.length; at += size) {
        int end = Math.min(message.length, at + size);
        frames.add(
            frame(
                at == 0 ? TEXT : CONTINUATION,
                Arrays.copyOfRange(message, at, end),
                end == message.length));
      }
      add("10.1 of " + size, frames.toArray(byte[][]::new));
    }
  }

  private void add(String name, byte[]... writes) {
    all.add(new Case(name, List.of(writes)));
  }

  private static byte[] close(int code, String reason) {
    byte[] text = reason.getBytes(UTF_8);
    return frame(CLOSE, join(new byte[] {(byte) (code >> 8), (byte) code}, text));
  }

  private static byte[] frame(int opcode, byte[] payload, boolean fin) {
    return raw((fin ? FIN : 0) | opcode, payload);
  }

  /// A whole message of a client.
  static byte[] frame(int opcode, byte[] payload) {
    return raw(FIN | opcode, payload);
  }

  /// A frame of a client, masked.
  ///
  /// @param first its first byte
  private static byte[] raw(int first, byte[] payload) {
    var out = new ByteArrayOutputStream(payload.length + 14);
    out.write(first);
    if (payload.length < 126) {
      out.write(FIN | payload.length);
    } else if (payload.length < 65_536) {
      out.write(FIN | 126);
      out.write(payload.length >> 8);
      out.write(payload.length);
    } else {
      out.write(FIN | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) ((long) payload.length >> shift));
      }
    }
    byte[] mask = {0x37, (byte) 0xfa, 0x21, 0x3d};
    out.writeBytes(mask);
    for (int i = 0; i < payload.length; i++) {
      out.write(payload[i] ^ mask[i & 3]);
    }
    return out.toByteArray();
  }

  private static byte[][] chopped(byte[] all, int size) {
    var parts = new ArrayList<byte[]>();
    for (int at = 0; at < all.length; at += size) {
      parts.add(Arrays.copyOfRange(all, at, Math.min(all.length, at + size)));
    }
    return parts.toArray(byte[][]::new);
  }

  private static byte[] join(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] stars(int size) {
    return filled(size, '*');
  }

  private static byte[] filled(int size, int value) {
    var bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
