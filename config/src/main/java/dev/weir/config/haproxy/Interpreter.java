package dev.weir.config.haproxy;

import dev.weir.config.haproxy.Report.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Takes the lines of all sections into drafts, by the table of [Directives]. Used by one thread
/// and thrown away.
final class Interpreter {
  private static final Set<String> GROUPS = Set.of("option", "timeout", "stats");

  private final Tokenizer tokenizer;
  private final ReportDraft report;
  private final GlobalDraft global = new GlobalDraft();
  private final List<ProxyDraft> defaults = new ArrayList<>();
  private final List<ProxyDraft> proxies = new ArrayList<>();

  Interpreter(Tokenizer tokenizer, ReportDraft report) {
    this.tokenizer = tokenizer;
    this.report = report;
  }

  void read(List<Section> sections) {
    for (var section : sections) {
      report.used(section.line());
      if (section.kind() == SectionKind.Global) {
        for (var statement : section.statements()) {
          apply(statement, section, Directives.GLOBAL, RefusedWords.GLOBAL, global);
        }
        continue;
      }
      var draft = ProxyDraft.inherit(section, ancestor(section));
      for (var statement : section.statements()) {
        draft.damaged |= !apply(statement, section, Directives.PROXY, RefusedWords.PROXY, draft);
      }
      (section.kind() == SectionKind.Defaults ? defaults : proxies).add(draft);
    }
  }

  GlobalDraft global() {
    return global;
  }

  /// The sections `frontend`, `backend` and `listen` in the order of the file.
  List<ProxyDraft> proxies() {
    return proxies;
  }

  /// The `defaults` that a section inherits: the one that it names, or else the last one above it.
  /// A `defaults` inherits only what it names.
  private @Nullable ProxyDraft ancestor(Section section) {
    var from = section.from();
    if (from == null) {
      boolean none = section.kind() == SectionKind.Defaults || defaults.isEmpty();
      return none ? null : defaults.getLast();
    }
    var named = defaults.stream().filter(draft -> draft.name().equals(from)).toList();
    if (named.size() == 1) {
      return named.getFirst();
    }
    report.refused(
        section.line(),
        section.where(),
        Refusal.value(
            named.isEmpty()
                ? "there is no section 'defaults %s' above".formatted(from)
                : "there are several sections 'defaults %s' above".formatted(from)));
    return named.isEmpty() ? null : named.getLast();
  }

  private <D> boolean apply(
      Statement statement,
      Section section,
      Map<String, Directive<D>> table,
      Map<String, String> refused,
      D draft) {
    if (report.full()) {
      report.refused(statement.line());
      return false;
    }
    try {
      take(statement, section, table, refused, draft);
      return true;
    } catch (Refusal refusal) {
      report.refused(statement.line(), section.where(), refusal);
      return false;
    }
  }

  private <D> void take(
      Statement statement,
      Section section,
      Map<String, Directive<D>> table,
      Map<String, String> refused,
      D draft)
      throws Refusal {
    var words = key(statement, table, refused);
    var directive = table.get(words);
    if (directive == null) {
      throw elsewhere(words, section, refused, table);
    }
    if (statement.prefix() != Statement.Prefix.None && !directive.prefixed()) {
      throw new Refusal(
          "Syntax",
          "'%s' cannot stand in front of '%s'"
              .formatted(statement.prefix().name().toLowerCase(Locale.ROOT), words));
    }
    if (directive.ignoredIn().contains(section.kind())) {
      report.noted(
          statement.line(),
          section.where(),
          "'%s' has no effect in a %s, in HAProxy neither".formatted(words, section.kind().word()));
      return;
    }
    if (!directive.in().contains(section.kind())) {
      throw new Refusal(
          "WrongSection",
          "'%s' cannot stand in a section '%s'".formatted(words, section.kind().word()));
    }
    report.pending(statement.line(), section.where());
    var arguments = new Arguments(statement, words, tokenizer, report, section.where());
    directive.handler().apply(draft, arguments, statement.prefix());
    arguments.end();
    if (directive.outcome() == Outcome.Noted) {
      report.noted(
          statement.line(),
          section.where(),
          "'%s' is not taken over: %s".formatted(words, directive.becomes().replace("`", "")));
    }
  }

  /// The words that name the directive: two where the table, or HAProxy, has them.
  private static <D> String key(
      Statement statement, Map<String, Directive<D>> table, Map<String, String> refused) {
    var words = statement.words();
    var first = words.getFirst();
    if (words.size() == 1) {
      return first;
    }
    var two = first + " " + words.get(1);
    boolean group = GROUPS.contains(first);
    return group || table.containsKey(two) || refused.containsKey(two) ? two : first;
  }

  /// For what the section does not take: it may belong into another one.
  private static <D> Refusal elsewhere(
      String words, Section section, Map<String, String> refused, Map<String, Directive<D>> table) {
    boolean global = section.kind() == SectionKind.Global;
    if (global ? Directives.PROXY.containsKey(words) : Directives.GLOBAL.containsKey(words)) {
      return new Refusal(
          "WrongSection",
          "'%s' cannot stand in a section '%s'".formatted(words, section.kind().word()));
    }
    return Refusals.directive(words, section.kind().word(), refused, table.keySet());
  }
}
