package dev.weir.proxy.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads the files of the corpus; `src/test/resources/corpus/README.md` says how they are written.
public final class Corpus {
  private static final Path HOME = Path.of("src", "test", "resources", "corpus");
  private static final Set<String> KEYS =
      Set.of(
          "rule", "send", "request", "expect", "message", "sender", "then", "haproxy", "parsers");

  private final String file;
  private final Map<String, String> keys = new HashMap<>();
  private final List<String> messages = new ArrayList<>();
  private final List<Case> cases = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private String group = "";

  private Corpus(String file) {
    this.file = file;
  }

  /// The cases of `requests` or `responses`.
  public static List<Case> load(String kind) {
    var cases = new ArrayList<Case>();
    try (Stream<Path> files = Files.list(HOME.resolve(kind))) {
      for (Path file : files.sorted().toList()) {
        var corpus = new Corpus(file.getFileName().toString());
        corpus.read(Files.readAllLines(file));
        cases.addAll(corpus.cases);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return cases;
  }

  private void read(List<String> lines) {
    String last = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      try {
        if (line.startsWith("## ")) {
          group = line.substring(3).strip();
          keys.clear();
          messages.clear();
        } else if (line.startsWith("  ") && !last.isEmpty()) {
          keys.merge(last, line.strip(), String::concat);
        } else if (!line.isBlank() && !line.startsWith("#")) {
          last = line(line);
        }
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(file + ":" + (i + 1) + ": " + e.getMessage(), e);
      }
    }
  }

  /// The key that the line sets; empty for a case.
  private String line(String line) {
    int colon = line.indexOf(':');
    String key = colon < 0 ? "" : line.substring(0, colon);
    if (!KEYS.contains(key)) {
      add(line);
      return "";
    }
    String value = line.substring(colon + 1).strip();
    if (key.equals("message")) {
      messages.add(value);
      return "";
    }
    if (key.equals("expect")) {
      messages.clear();
      keys.keySet().retainAll(Set.of("rule", "send", "request", "sender"));
    }
    keys.put(key, value);
    return key;
  }

  private void add(String line) {
    String[] parts = line.split("(?<!\\\\)\\|", -1);
    if (parts.length != 3 && parts.length != 4) {
      throw new IllegalArgumentException("not `name | value | why | haproxy`");
    }
    String name = parts[0].strip();
    if (!names.add(group + "/" + name)) {
      throw new IllegalArgumentException("twice: " + name);
    }
    String value = parts[1].strip();
    String[] expect = need("expect").split(" ");
    int status =
        switch (expect[0]) {
          case "accepted", "cut", "aborted" -> 0;
          default -> Integer.parseInt(expect[0]);
        };
    cases.add(
        new Case(
            group,
            name,
            parts[2].strip(),
            Escapes.read(need("send").replace("{}", value)),
            Escapes.read(
                keys.getOrDefault("request", "GET /r HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
                    .replace("{}", value)),
            status,
            expect.length > 1 ? expect[1] : null,
            messages.stream().map(m -> message(m.replace("{}", value))).toList(),
            "closes".equals(keys.get("sender")),
            "closes".equals(keys.get("then")) || status != 0 || expect[0].equals("aborted"),
            expect[0].equals("cut"),
            haproxy(parts),
            keys.get("parsers")));
  }

  /// Why HAProxy decides otherwise: the case's own word, or that of the lines above.
  private @Nullable String haproxy(String[] parts) {
    @Nullable String why = parts.length == 4 ? parts[3].strip() : keys.get("haproxy");
    return "-".equals(why) ? null : why;
  }

  private String need(String key) {
    @Nullable String value = keys.get(key);
    if (value == null) {
      throw new IllegalArgumentException("no " + key);
    }
    return value;
  }

  /// `METHOD TARGET HOST BODY` or `STATUS BODY`; `-` for nothing.
  private static Message message(String written) {
    boolean response = Character.isDigit(written.charAt(0));
    String[] parts = written.split(" ", response ? 2 : 4);
    if (response) {
      return Message.of(parts[0], "", body(parts, 1));
    }
    String start = Escapes.read(parts[0] + "\\s" + parts[1]);
    return Message.of(start, Escapes.read(parts[2]), body(parts, 3));
  }

  private static String body(String[] parts, int at) {
    return parts.length <= at || parts[at].equals("-") ? "" : Escapes.read(parts[at]);
  }
}
