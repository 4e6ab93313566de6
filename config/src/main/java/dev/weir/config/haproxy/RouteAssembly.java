package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.BackendSpec;
import dev.weir.api.v1alpha1.RedirectSpec;
import dev.weir.api.v1alpha1.RouteMatchSpec;
import dev.weir.api.v1alpha1.RouteSpec;
import dev.weir.config.haproxy.Area.Hosts;
import dev.weir.config.haproxy.Area.Paths;
import dev.weir.config.haproxy.RouteRule.Redirect;
import dev.weir.config.haproxy.RouteRule.Use;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Makes routes of the lines that decide where requests of one section go. HAProxy takes the first
/// line whose condition holds, Weir the most specific host and path: the lines are asked for every
/// area that their conditions tell apart, and an area gets a route where the less specific ones say
/// something else. So any condition on host and path is taken over exactly, and the routes need no
/// priority. Used by one thread and thrown away.
final class RouteAssembly {
  private static final int MAX_AREAS = 50_000;
  private static final int MAX_BORDERS = 4_000;
  private static final int MAX_LIST = 16;

  private static final String NOWHERE =
      "a condition leaves requests to nobody, since there is no 'default_backend' (HAProxy answers"
          + " 503); add one";

  private final ReportDraft report;
  private final Names poolNames;
  private final List<Draft> drafts = new ArrayList<>();

  RouteAssembly(ReportDraft report, Names poolNames) {
    this.report = report;
    this.poolNames = poolNames;
  }

  /// A route whose name waits for those of all others.
  ///
  /// @param identity what it belongs to and takes
  /// @param tls whether paths stand for protocols of ALPN
  private record Draft(
      String identity,
      int line,
      List<String> listeners,
      List<Hosts> hosts,
      List<Paths> paths,
      Target target,
      boolean tls) {}

  /// What becomes of requests: one of `pool` and `redirect`, or none for what no line takes.
  private record Target(@Nullable String pool, @Nullable RedirectSpec redirect) {}

  /// What is said about an area, and by which line.
  private record Decision(Target target, @Nullable RouteRule rule) {}

  /// Takes the lines of a section.
  ///
  /// @param fallback where requests go that no line takes; null for nowhere
  /// @param listeners what the section became, or those of it that differ from others in TLS
  /// @param tls whether their clients speak TLS
  void add(ProxyDraft proxy, @Nullable ProxyDraft fallback, List<String> listeners, boolean tls) {
    var hosts = new TreeSet<>(Hosts.ORDER);
    var paths = new TreeSet<>(Paths.ORDER);
    hosts.add(Hosts.ELSE);
    paths.add(Paths.ELSE);
    var rules = proxy.routeRules();
    rules.forEach(rule -> rule.condition().borders(hosts::add, paths::add));
    if (Math.max(hosts.size(), paths.size()) > MAX_BORDERS
        || (long) hosts.size() * paths.size() > MAX_AREAS) {
      refuse(
          proxy,
          "TooMany",
          "the conditions name %d hosts and %d paths, too many to be combined; split the section"
              .formatted(hosts.size() - 1, paths.size() - 1));
      return;
    }
    var otherwise = fallback == null ? null : poolNames.of(fallback.name());
    var last = new Decision(new Target(otherwise, null), null);
    var above = new HashMap<Paths, List<Paths>>();
    paths.forEach(
        path ->
            above.put(path, paths.descendingSet().stream().filter(p -> p.includes(path)).toList()));
    var said = new LinkedHashMap<Hosts, Map<Paths, Decision>>();
    for (var host : hosts) {
      var row = new LinkedHashMap<Paths, Decision>();
      said.put(host, row);
      var rows = hosts.descendingSet().stream().filter(h -> h.includes(host)).toList();
      for (var path : paths) {
        var decision = decide(rules, host, path, tls, last);
        if (decision.rule() != null) {
          use(decision.rule());
        }
        var found = found(said, rows, above.getOrDefault(path, List.of()));
        if (!(found == null ? last : found).target().equals(decision.target())) {
          row.put(path, decision);
        }
      }
    }
    group(proxy, said, listeners, tls);
  }

  private Decision decide(
      List<RouteRule> rules, Hosts host, Paths path, boolean tls, Decision last) {
    for (var rule : rules) {
      if (rule.condition().holds(host, path, tls)) {
        return switch (rule.action()) {
          case Use use -> new Decision(new Target(poolNames.of(use.backend()), null), rule);
          case Redirect redirect ->
              new Decision(new Target(null, redirect.target().spec(path)), rule);
        };
      }
    }
    return last;
  }

  /// What the routes so far say about an area: those of the most specific host that have a path for
  /// it, of these the one with the most specific path.
  private static @Nullable Decision found(
      Map<Hosts, Map<Paths, Decision>> said, List<Hosts> hosts, List<Paths> paths) {
    for (var host : hosts) {
      var row = said.getOrDefault(host, Map.of());
      for (var path : paths) {
        var decision = row.get(path);
        if (decision != null) {
          return decision;
        }
      }
    }
    return null;
  }

  private void use(RouteRule rule) {
    report.used(rule.line());
    rule.condition().names().flatMap(acl -> acl.lines().stream()).forEach(report::used);
  }

  /// Areas of one target and the same paths are one route, as far as its lists are long enough.
  private void group(
      ProxyDraft proxy,
      Map<Hosts, Map<Paths, Decision>> said,
      List<String> listeners,
      boolean tls) {
    var alike = new LinkedHashMap<Target, Map<List<Paths>, List<Hosts>>>();
    var lines = new HashMap<Target, Integer>();
    for (var row : said.entrySet()) {
      var paths = new LinkedHashMap<Target, List<Paths>>();
      for (var entry : row.getValue().entrySet()) {
        var decision = entry.getValue();
        var target = decision.target();
        if (target.pool() == null && target.redirect() == null) {
          refuse(proxy, "NoBackend", NOWHERE);
          return;
        }
        var rule = decision.rule();
        lines.putIfAbsent(target, rule == null ? proxy.line() : rule.line());
        paths.computeIfAbsent(target, t -> new ArrayList<>()).add(entry.getKey());
      }
      paths.forEach(
          (target, list) ->
              alike
                  .computeIfAbsent(target, t -> new LinkedHashMap<>())
                  .computeIfAbsent(list, l -> new ArrayList<>())
                  .add(row.getKey()));
    }
    alike.forEach(
        (target, rows) ->
            rows.forEach(
                (paths, hosts) -> {
                  int line = lines.getOrDefault(target, proxy.line());
                  for (var some : hostLists(hosts)) {
                    for (var part : pathLists(paths, target)) {
                      var identity = identity(proxy, target, some, part) + (tls ? " tls" : "");
                      drafts.add(
                          new Draft(
                              identity, line, listeners, some, part, target, proxy.passesTls()));
                    }
                  }
                }));
  }

  /// Lists that a route may have; an empty one for every host.
  private static List<List<Hosts>> hostLists(List<Hosts> hosts) {
    var named = hosts.stream().filter(host -> !host.equals(Hosts.ELSE)).toList();
    var lists = new ArrayList<>(chunks(named));
    if (named.size() < hosts.size()) {
      lists.add(List.of());
    }
    return lists;
  }

  /// Lists that a route may have; an empty one for every path, unless the path is replaced.
  private static List<List<Paths>> pathLists(List<Paths> paths, Target target) {
    boolean replaced = target.redirect() != null && target.redirect().path() != null;
    return paths.equals(List.of(Paths.ELSE)) && !replaced ? List.of(List.of()) : chunks(paths);
  }

  private static <T> List<List<T>> chunks(List<T> list) {
    var chunks = new ArrayList<List<T>>();
    for (int i = 0; i < list.size(); i += MAX_LIST) {
      chunks.add(list.subList(i, Math.min(list.size(), i + MAX_LIST)));
    }
    return chunks;
  }

  /// The section, the target, and the first host and path, which no other route of the section has.
  private static String identity(
      ProxyDraft proxy, Target target, List<Hosts> hosts, List<Paths> paths) {
    var words = new ArrayList<String>();
    words.add(proxy.name());
    words.add(target.pool() == null ? "redirect" : target.pool());
    hosts.stream().limit(1).map(RouteAssembly::text).forEach(words::add);
    paths.stream()
        .limit(1)
        .map(path -> path.prefix() ? path.path() : path.path() + " exact")
        .forEach(words::add);
    return String.join(" ", words);
  }

  /// All routes.
  List<RouteSpec> routes(Places places) {
    var names = new Names(drafts.stream().map(Draft::identity).toList());
    return drafts.stream()
        .map(
            draft -> {
              var name = names.of(draft.identity());
              places.put("spec.routes[" + name + "]", draft.line());
              return route(name, draft);
            })
        .toList();
  }

  private static RouteSpec route(String name, Draft draft) {
    var hosts = draft.hosts().stream().map(RouteAssembly::text).toList();
    var matches =
        draft.tls() ? protocols(draft) : draft.paths().stream().map(RouteAssembly::match).toList();
    var pool = draft.target().pool();
    return new RouteSpec(
        name,
        draft.listeners(),
        hosts.isEmpty() ? null : hosts,
        matches.isEmpty() ? null : matches,
        null,
        pool == null ? null : List.of(new BackendSpec(pool, null)),
        draft.target().redirect(),
        null,
        null);
  }

  private static List<RouteMatchSpec> protocols(Draft draft) {
    boolean all = draft.paths().stream().anyMatch(Paths::prefix);
    return all
        ? List.of()
        : draft.paths().stream().map(path -> new RouteMatchSpec(null, path.path())).toList();
  }

  private static String text(Hosts hosts) {
    return hosts.wild() ? "*." + hosts.name() : hosts.name();
  }

  private static RouteMatchSpec match(Paths paths) {
    return new RouteMatchSpec(
        paths.prefix()
            ? new RouteMatchSpec.Path(null, paths.path().isEmpty() ? "/" : paths.path())
            : new RouteMatchSpec.Path(paths.path(), null),
        null);
  }

  private void refuse(ProxyDraft proxy, String rule, String message) {
    int line = proxy.routeRules().getFirst().line();
    report.refused(line, proxy.where(), new Refusal(rule, message));
  }
}
