package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.HeaderEditsSpec;
import dev.weir.config.HeaderEditsCheck;
import dev.weir.config.haproxy.HeaderRule.Action;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Makes edits of the lines of one section. HAProxy runs them in the order of the file, Weir
/// removes, sets, then adds: for each name the lines have one net effect, which is taken over. Used
/// by one thread and thrown away.
final class HeaderAssembly {
  private static final Set<String> OURS =
      Set.of("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host");

  private final ReportDraft report;
  private final Places places;

  HeaderAssembly(ReportDraft report, Places places) {
    this.report = report;
    this.places = places;
  }

  /// What the lines do with the fields of one name.
  ///
  /// @param clears whether those that are there go
  /// @param rules what has an effect: one that removes, or the first sets or adds and all others
  ///   add
  private record Effect(boolean clears, List<HeaderRule> rules) {

    boolean removes() {
      return rules.getFirst().action() == Action.Remove;
    }

    boolean sameAs(Effect other) {
      return clears == other.clears
          && clears
          && rules.stream()
              .map(HeaderRule::value)
              .toList()
              .equals(other.rules.stream().map(HeaderRule::value).toList());
    }
  }

  /// The lines that apply on a listener, with its values.
  static List<HeaderRule> on(List<HeaderRule> rules, boolean tls, int port) {
    return rules.stream()
        .filter(rule -> rule.applies(tls))
        .map(rule -> rule.with(HeaderSamples.on(rule.value(), tls, port)))
        .toList();
  }

  /// The lines that apply in a pool, which must be the same ones for all who send traffic there.
  List<HeaderRule> inPool(ProxyDraft proxy, Set<ProxyDraft> users, List<HeaderRule> rules) {
    var binds = users.stream().flatMap(user -> user.binds.stream()).toList();
    var first = binds.isEmpty() ? null : binds.getFirst();
    boolean tls = first != null && first.options().tls;
    int port = first == null ? 0 : first.port();
    boolean sameTls = binds.stream().allMatch(bind -> bind.options().tls == tls);
    boolean samePort = binds.stream().allMatch(bind -> bind.port() == port);
    for (var rule : rules) {
      boolean byTls = rule.applies(true) != rule.applies(false);
      boolean byValue = HeaderSamples.dependsOnListener(rule.value());
      if (!sameTls && byTls || byValue && !(sameTls && samePort)) {
        report.refused(
            rule.line(),
            proxy.where(),
            Refusal.unsupported(
                "requests come here over several addresses, and a pool edits all alike: write the"
                    + " line in the frontends"));
      }
    }
    return on(rules, tls, port);
  }

  /// Null when nothing is edited.
  ///
  /// @param path of the edits
  @Nullable HeaderEditsSpec edits(ProxyDraft proxy, List<HeaderRule> rules, String path) {
    if (rules.isEmpty()) {
      return null;
    }
    var set = new ArrayList<HeaderEditsSpec.Field>();
    var add = new ArrayList<HeaderEditsSpec.Field>();
    var remove = new ArrayList<String>();
    effects(rules)
        .values()
        .forEach(
            effect -> {
              boolean clears = effect.clears();
              for (var rule : effect.rules()) {
                if (rule.action() == Action.Remove) {
                  use(rule, path + ".remove[" + rule.name() + "]");
                  remove.add(rule.name());
                  full(proxy, rule, "remove", remove);
                } else {
                  var list = clears ? "set" : "add";
                  var fields = clears ? set : add;
                  clears = false;
                  use(rule, path + "." + list + "[" + rule.name() + "]");
                  fields.add(new HeaderEditsSpec.Field(rule.name(), rule.value()));
                  full(proxy, rule, list, fields);
                }
              }
            });
    return new HeaderEditsSpec(orNull(set), orNull(add), orNull(remove));
  }

  private void use(HeaderRule rule, String path) {
    places.use(new Setting<>(rule, rule.line()), path);
    rule.condition().names().flatMap(acl -> acl.lines().stream()).forEach(report::used);
  }

  private void full(ProxyDraft proxy, HeaderRule rule, String list, List<?> entries) {
    if (entries.size() == HeaderEditsCheck.MAX + 1) {
      report.refused(
          rule.line(),
          proxy.where(),
          new Refusal(
              "TooMany",
              "'%s' has at most %d entries: write some of them in the backend, or do it in the"
                      .formatted(list, HeaderEditsCheck.MAX)
                  + " application"));
    }
  }

  private static <T> @Nullable List<T> orNull(List<T> list) {
    return list.isEmpty() ? null : list;
  }

  private static Map<String, Effect> effects(List<HeaderRule> rules) {
    var effects = new LinkedHashMap<String, Effect>();
    for (var rule : rules) {
      var before = effects.get(rule.key());
      var effect =
          switch (rule.action()) {
            case Set, Remove -> new Effect(true, List.of(rule));
            case Add -> added(before, rule);
          };
      effects.put(rule.key(), effect);
    }
    return effects;
  }

  private static Effect added(@Nullable Effect before, HeaderRule rule) {
    if (before == null) {
      return new Effect(false, List.of(rule));
    }
    var rules = new ArrayList<HeaderRule>(before.removes() ? List.of() : before.rules());
    rules.add(rule);
    return new Effect(before.clears(), rules);
  }

  /// The section becomes several listeners, each with a name of its own.
  void severalNames(ProxyDraft proxy) {
    Stream.concat(proxy.requestHeaders.stream(), proxy.responseHeaders.stream())
        .filter(rule -> rule.value().contains("%{listener}"))
        .forEach(
            rule ->
                report.notice(
                    rule.line(),
                    proxy.where(),
                    "Differs",
                    "the name is that of the listener, of which there is one for each address"));
  }

  /// Whether the section has `option forwardfor`.
  static boolean forwardsFor(ProxyDraft proxy) {
    return proxy.forwardFor != null && proxy.forwardFor.value();
  }

  /// Whether the lines of a section hold for its pool. Those of a `listen` hold for its listener,
  /// and would hold twice if its pool had them, too.
  boolean onPool(ProxyDraft proxy, Set<ProxyDraft> users) {
    if (!proxy.isHttp() || proxy.kind() == SectionKind.Backend) {
      return proxy.isHttp();
    }
    boolean own = users.contains(proxy);
    boolean others = users.size() > (own ? 1 : 0);
    if (own && others) {
      Stream.concat(proxy.requestHeaders.stream(), proxy.responseHeaders.stream())
          .forEach(rule -> refuseShared(proxy, rule));
    }
    return others && !own;
  }

  private void refuseShared(ProxyDraft proxy, HeaderRule rule) {
    report.refused(
        rule.line(),
        proxy.where(),
        Refusal.unsupported(
            "other sections send traffic here as well: make a frontend and a backend of it, with"
                + " the line in the backend"));
  }

  /// With `option forwardfor` HAProxy appends X-Forwarded-For when all lines are done, and Weir has
  /// written X-Forwarded-For, -Proto and -Host when its edits begin.
  ///
  /// @return the lines that are left
  List<HeaderRule> withForwardFor(ProxyDraft proxy, List<HeaderRule> rules) {
    var left = new ArrayList<HeaderRule>();
    for (var rule : rules) {
      if (rule.key().equals("x-forwarded-for")) {
        if (rule.action() != Action.Remove || proxy.kind() == SectionKind.Backend) {
          refuseForwarded(proxy, rule);
        }
      } else if (OURS.contains(rule.key()) && rule.action() == Action.Add) {
        report.notice(
            rule.line(),
            proxy.where(),
            "Differs",
            "Weir writes %s itself, so this replaces it and what the client sent"
                .formatted(rule.name()));
        left.add(
            new HeaderRule(Action.Set, rule.name(), rule.value(), rule.condition(), rule.line()));
      } else {
        left.add(rule);
      }
    }
    return left;
  }

  /// The line by which nobody's X-Forwarded-For is believed, for use with `option forwardfor`; null
  /// when there is none.
  static @Nullable HeaderRule distrust(List<HeaderRule> rules) {
    var last = last(rules, "x-forwarded-for");
    return last != null && last.action() == Action.Remove ? last : null;
  }

  private static @Nullable HeaderRule last(List<HeaderRule> rules, String key) {
    HeaderRule last = null;
    for (var rule : rules) {
      last = rule.key().equals(key) ? rule : last;
    }
    return last;
  }

  private void refuseForwarded(ProxyDraft proxy, HeaderRule rule) {
    report.refused(
        rule.line(),
        proxy.where(),
        Refusal.unsupported(
            rule.action() == Action.Remove
                ? "'option forwardfor' appends to %s after this: write the line in the frontend,"
                        .formatted(rule.name())
                    + " and nobody's is believed"
                : "'option forwardfor' appends to %s after this: remove one of the two, Weir writes"
                        .formatted(rule.name())
                    + " the client's address"));
  }

  /// HAProxy edits responses in the backend first, Weir in the listener first: refuses what would
  /// end otherwise.
  void responseOrder(ProxyDraft front, ProxyDraft back) {
    front.binds.stream()
        .map(bind -> bind.options().tls)
        .distinct()
        .forEach(tls -> responseOrder(front, back, tls));
  }

  private void responseOrder(ProxyDraft front, ProxyDraft back, boolean tls) {
    var behind = effects(on(back.responseHeaders, tls, 0));
    effects(on(front.responseHeaders, tls, 0))
        .forEach(
            (name, effect) -> {
              var other = behind.get(name);
              if (other != null && !effect.sameAs(other)) {
                int line = effect.rules().getFirst().line();
                report.refused(
                    line,
                    front.where(),
                    Refusal.unsupported(
                        "'%s' of responses is edited in %s too (line %d), and HAProxy does that"
                                .formatted(name, back.where(), other.rules().getFirst().line())
                            + " first, Weir last: write it in one of the two"));
              }
            });
  }
}
