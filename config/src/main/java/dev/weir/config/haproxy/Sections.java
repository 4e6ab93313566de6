package dev.weir.config.haproxy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Splits a text into sections of statements. Used by one thread and thrown away.
final class Sections {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:-]+");
  private static final int MAX_LINE = 2048;
  private static final Map<String, SectionKind> KINDS = kinds();

  private final Tokenizer tokenizer;
  private final ReportDraft report;
  private final List<Section> sections = new ArrayList<>();
  private final List<Statement> statements = new ArrayList<>();
  private @Nullable Section open;
  private boolean skipping;

  Sections(Tokenizer tokenizer, ReportDraft report) {
    this.tokenizer = tokenizer;
    this.report = report;
  }

  /// The sections in the order of the text. Sections that are not understood are refused and left
  /// out.
  List<Section> parse(String text) {
    var lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      line(lines[i], i + 1);
    }
    if (!lines[lines.length - 1].isBlank()) {
      report.notice(
          lines.length,
          "",
          "MissingLineFeed",
          "the last line has no line feed: HAProxy would refuse the file");
    }
    close();
    return sections;
  }

  private void line(String text, int number) {
    List<String> words;
    try {
      if (text.length() > MAX_LINE) {
        throw new Refusal("Syntax", "the line is longer than " + MAX_LINE + " characters");
      }
      words = tokenizer.words(text);
    } catch (Refusal refusal) {
      report.refused(number, where(), refusal);
      return;
    }
    if (words.isEmpty()) {
      return;
    }
    try {
      statement(words, number);
    } catch (Refusal refusal) {
      report.refused(number, where(), refusal);
    }
  }

  private void statement(List<String> words, int number) throws Refusal {
    var first = words.getFirst();
    var kind = KINDS.get(first);
    if (kind != null || RefusedWords.SECTIONS.containsKey(first)) {
      close();
      skipping = true;
      if (kind == null) {
        throw Refusals.section(first);
      }
      open = open(kind, words, number);
      skipping = false;
    } else if (first.startsWith(".")) {
      throw Refusal.unsupported(
          "'%s' includes lines by condition, which is not read; keep the lines that hold here"
              .formatted(first));
    } else if (skipping) {
      report.refused(number);
    } else if (open == null) {
      throw new Refusal(
          "OutsideSection",
          "'%s' stands before the first section%s"
              .formatted(first, Refusals.suggestion(first, KINDS.keySet())));
    } else {
      statements.add(statement(number, words));
    }
  }

  private static Statement statement(int number, List<String> words) throws Refusal {
    var prefix =
        switch (words.getFirst()) {
          case "no" -> Statement.Prefix.No;
          case "default" -> Statement.Prefix.Default;
          default -> Statement.Prefix.None;
        };
    if (prefix == Statement.Prefix.None) {
      return new Statement(number, prefix, words);
    }
    if (words.size() == 1) {
      throw new Refusal("Syntax", "'%s' stands alone".formatted(words.getFirst()));
    }
    return new Statement(number, prefix, words.subList(1, words.size()));
  }

  private Section open(SectionKind kind, List<String> words, int number) throws Refusal {
    int next = 1;
    var name = "";
    if (kind != SectionKind.Global && next < words.size() && !named(kind, words.get(next))) {
      name = words.get(next++);
    }
    if (kind != SectionKind.Global && kind != SectionKind.Defaults && name.isEmpty()) {
      throw Refusal.value("'%s' needs a name".formatted(kind.word()));
    }
    if (!name.isEmpty() && !NAME.matcher(name).matches()) {
      throw Refusal.value(
          "the name '%s' has a character that is none of letters, digits, '-', '_', '.' and ':'"
              .formatted(name));
    }
    String from = null;
    if (kind != SectionKind.Global && next < words.size() && words.get(next).equals("from")) {
      if (next + 1 == words.size()) {
        throw Refusal.value("'from' needs the name of a 'defaults' section");
      }
      from = words.get(next + 1);
      next += 2;
    }
    if (next < words.size()) {
      throw Refusal.value(
          "'%s' cannot take '%s'%s"
              .formatted(
                  kind.word(),
                  words.get(next),
                  kind.front() ? "; addresses stand on lines 'bind'" : ""));
    }
    return new Section(kind, name, from, number, List.of());
  }

  /// `from` without a name in front of it can only follow `defaults`.
  private static boolean named(SectionKind kind, String word) {
    return kind == SectionKind.Defaults && word.equals("from");
  }

  private void close() {
    if (open != null) {
      sections.add(new Section(open.kind(), open.name(), open.from(), open.line(), statements));
    }
    open = null;
    statements.clear();
  }

  private String where() {
    return open == null ? "" : open.where();
  }

  private static Map<String, SectionKind> kinds() {
    var kinds = new HashMap<String, SectionKind>();
    for (var kind : SectionKind.values()) {
      kinds.put(kind.name().toLowerCase(Locale.ROOT), kind);
    }
    return Map.copyOf(kinds);
  }
}
