package dev.weir.proxy.tls;

import dev.weir.proxy.net.HelloFacts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What of a ClientHello (RFC 8446 section 4.1.2) chooses a certificate. Immutable.
///
/// @param facts what it asks for; a name that is no host name counts as none
/// @param ecdsa whether the client takes certificates with keys on elliptic curves
public record ClientHello(HelloFacts facts, boolean ecdsa) {
  private static final int SERVER_NAME = 0;
  private static final int SIGNATURE_ALGORITHMS = 13;
  private static final int PROTOCOLS = 16;
  private static final int SUPPORTED_VERSIONS = 43;
  private static final int TLS13 = 0x0304;
  private static final int MAX_NAME = 255;

  /// What is behind so many is of no interest.
  private static final int MAX_PROTOCOLS = 32;

  /// Reads the body of the handshake message.
  ///
  /// @return null when it is malformed
  public static @Nullable ClientHello parse(byte[] body) {
    var reader = new Reader(body);
    reader.skip(2 + 32);
    reader.skip(reader.u8());
    int suites = reader.u16();
    boolean ecdsaSuite = false;
    for (int end = reader.end(suites); reader.before(end); ) {
      ecdsaSuite |= withEcdsa(reader.u16());
    }
    reader.skip(reader.u8());
    String name = null;
    List<String> protocols = List.of();
    boolean ecdsaSignature = false;
    boolean tls13 = false;
    if (reader.more()) {
      int extensions = reader.u16();
      for (int end = reader.end(extensions); reader.before(end); ) {
        int type = reader.u16();
        int next = reader.end(reader.u16());
        switch (type) {
          case SERVER_NAME -> name = name(reader, next);
          case PROTOCOLS -> protocols = protocols(reader);
          case SIGNATURE_ALGORITHMS -> {
            for (int last = reader.end(reader.u16()); reader.before(last); ) {
              ecdsaSignature |= onCurve(reader.u16());
            }
          }
          case SUPPORTED_VERSIONS -> {
            for (int last = reader.end(reader.u8()); reader.before(last); ) {
              tls13 |= reader.u16() == TLS13;
            }
          }
          default -> {}
        }
        reader.to(next);
      }
    }
    return reader.broken()
        ? null
        : new ClientHello(new HelloFacts(name, protocols), ecdsaSignature && (tls13 || ecdsaSuite));
  }

  /// See [HelloFacts#name].
  @Nullable String name() {
    return facts.name();
  }

  private static List<String> protocols(Reader reader) {
    var offered = new ArrayList<String>();
    for (int last = reader.end(reader.u16());
        reader.before(last) && offered.size() < MAX_PROTOCOLS; ) {
      offered.add(reader.text(reader.u8()));
    }
    return offered;
  }

  private static @Nullable String name(Reader reader, int end) {
    String found = null;
    for (int last = Math.min(end, reader.end(reader.u16())); reader.before(last); ) {
      int type = reader.u8();
      String text = reader.text(reader.u16());
      if (type == 0 && found == null && isHost(text)) {
        found = text.toLowerCase(Locale.ROOT);
      }
    }
    return found;
  }

  private static boolean isHost(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_NAME
        && text.chars()
            .allMatch(
                c ->
                    c >= 'a' && c <= 'z'
                        || c >= 'A' && c <= 'Z'
                        || c >= '0' && c <= '9'
                        || c == '-'
                        || c == '.'
                        || c == '_');
  }

  /// ECDHE_ECDSA with AES-CBC, AES-GCM, ChaCha20.
  private static boolean withEcdsa(int suite) {
    return switch (suite) {
      case 0xc009, 0xc00a, 0xc02b, 0xc02c, 0xcca9 -> true;
      default -> false;
    };
  }

  /// ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512, ed25519.
  private static boolean onCurve(int scheme) {
    return switch (scheme) {
      case 0x0403, 0x0503, 0x0603, 0x0807 -> true;
      default -> false;
    };
  }

  /// Reads numbers as long as there are bytes; what is cut short makes it broken for good.
  private static final class Reader {
    private final byte[] bytes;
    private int at;
    private boolean broken;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    boolean broken() {
      return broken;
    }

    boolean more() {
      return !broken && at < bytes.length;
    }

    boolean before(int end) {
      return !broken && at < end;
    }

    int u8() {
      return has(1) ? bytes[at++] & 0xff : 0;
    }

    int u16() {
      return u8() << 8 | u8();
    }

    /// Where something of that length ends.
    int end(int length) {
      return has(length) ? at + length : at;
    }

    void skip(int length) {
      if (has(length)) {
        at += length;
      }
    }

    /// Goes on there; what was read must not go beyond.
    void to(int end) {
      broken |= at > end;
      at = end;
    }

    String text(int length) {
      if (!has(length)) {
        return "";
      }
      at += length;
      return new String(bytes, at - length, length, StandardCharsets.ISO_8859_1);
    }

    private boolean has(int length) {
      broken |= length > bytes.length - at;
      return !broken;
    }
  }
}
