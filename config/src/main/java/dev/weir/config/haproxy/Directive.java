package dev.weir.config.haproxy;

import dev.weir.config.haproxy.Report.Outcome;
import java.util.Set;

/// A row of the mapping table.
///
/// @param words what the line starts with
/// @param in the sections that it may stand in
/// @param ignoredIn the sections in which HAProxy ignores it with a warning; so do we, with a
///   notice
/// @param prefixed whether `no` and `default` may stand in front
/// @param outcome Mapped, or Noted
/// @param becomes the field or option that it becomes, or why it becomes none; for the reference
/// @param handler takes the line's arguments into the draft of its section
record Directive<D>(
    String words,
    Set<SectionKind> in,
    Set<SectionKind> ignoredIn,
    boolean prefixed,
    Outcome outcome,
    String becomes,
    Handler<D> handler) {

  /// Takes a line into a draft.
  @FunctionalInterface
  interface Handler<D> {
    void apply(D draft, Arguments arguments, Statement.Prefix prefix) throws Refusal;
  }

  Directive {
    in = Set.copyOf(in);
    ignoredIn = Set.copyOf(ignoredIn);
  }
}
