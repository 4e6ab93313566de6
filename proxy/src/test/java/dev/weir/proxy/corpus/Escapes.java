package dev.weir.proxy.corpus;

import java.util.regex.Pattern;

/// How the corpus writes bytes: ISO-8859-1 text with `\r \n \t \0 \s \xHH \\ \|`, and `\{300:ab}`
/// for 300 times `ab`. Pure.
public final class Escapes {
  private static final Pattern REPEAT = Pattern.compile("\\\\\\{(\\d+):((?:[^}\\\\]|\\\\.)*)}");

  private Escapes() {}

  /// The text that is meant.
  public static String read(String written) {
    String text =
        REPEAT
            .matcher(written)
            .replaceAll(
                m ->
                    m.group(2)
                        .repeat(Integer.parseInt(m.group(1)))
                        .replace("\\", "\\\\")
                        .replace("$", "\\$"));
    var out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char next = text.charAt(++i);
      switch (next) {
        case 'r' -> out.append('\r');
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case '0' -> out.append('\0');
        case 's' -> out.append(' ');
        case '\\', '|' -> out.append(next);
        case 'x' -> {
          out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
          i += 2;
        }
        default -> throw new IllegalArgumentException("\\" + next + " in " + written);
      }
    }
    return out.toString();
  }

  /// Printable form of bytes.
  public static String show(String bytes) {
    var out = new StringBuilder();
    for (char c : bytes.toCharArray()) {
      switch (c) {
        case '\r' -> out.append("\\r");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '\\' -> out.append("\\\\");
        default -> out.append(c < ' ' || c >= 0x7f ? "\\x%02x".formatted((int) c) : "" + c);
      }
    }
    return out.length() > 400 ? out.substring(0, 400) + "…" : out.toString();
  }
}
