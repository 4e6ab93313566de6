package dev.weir.config.haproxy;

import dev.weir.config.haproxy.Criterion.All;
import dev.weir.config.haproxy.Criterion.Always;
import dev.weir.config.haproxy.Criterion.Any;
import dev.weir.config.haproxy.Criterion.Named;
import dev.weir.config.haproxy.Criterion.Not;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Reads what stands behind `if` and `unless`, and lines `acl`.
final class Conditions {
  private Conditions() {}

  /// A line `acl`.
  static void acl(ProxyDraft draft, Arguments arguments) throws Refusal {
    var name = arguments.next("a name");
    if (!name.matches("[-A-Za-z0-9_.:]+") || name.equals("or")) {
      throw Refusal.value("'acl': '%s' is not a name".formatted(name));
    }
    var acl = draft.acls.computeIfAbsent(name, n -> new Acl());
    acl.add(new CriterionText(draft, arguments).read(rest(arguments)), arguments.line());
  }

  private static List<String> rest(Arguments arguments) throws Refusal {
    var words = new ArrayList<String>();
    words.add(arguments.next("a criterion"));
    while (arguments.more()) {
      words.add(arguments.next("a value"));
    }
    return words;
  }

  /// The rest of a line.
  static Criterion take(ProxyDraft draft, Arguments arguments) throws Refusal {
    if (!arguments.more()) {
      return new Always(true);
    }
    boolean unless = arguments.take("unless");
    if (!unless && !arguments.take("if")) {
      arguments.end();
    }
    var any = new ArrayList<Criterion>();
    var all = new ArrayList<Criterion>();
    do {
      all.add(term(draft, arguments));
      if (arguments.take("or") || arguments.take("||")) {
        any.add(new All(all));
        all.clear();
        if (!arguments.more()) {
          throw Refusal.value("a condition must follow 'or'");
        }
      }
    } while (arguments.more());
    any.add(new All(all));
    var condition = any.size() == 1 ? any.getFirst() : new Any(any);
    return unless ? not(condition) : condition;
  }

  private static Criterion term(ProxyDraft draft, Arguments arguments) throws Refusal {
    var word = arguments.next("a condition");
    boolean not = false;
    while (word.startsWith("!")) {
      not = !not;
      word = word.length() == 1 ? arguments.next("a condition behind '!'") : word.substring(1);
    }
    Criterion criterion;
    if (word.equals("{")) {
      var words = new ArrayList<String>();
      while (!arguments.take("}")) {
        words.add(arguments.next("a '}' behind '{'"));
      }
      criterion = new CriterionText(draft, arguments).read(words);
    } else {
      criterion = named(draft.acls, word);
    }
    return not ? not(criterion) : criterion;
  }

  private static Criterion not(Criterion criterion) throws Refusal {
    if (criterion.asksForHello()) {
      throw Refusal.unsupported(
          "what is not TLS goes to the default backend: write 'default_backend' instead of"
              + " '!{ req.ssl_hello_type 1 }'");
    }
    return new Not(criterion);
  }

  private static Criterion named(Map<String, Acl> acls, String name) throws Refusal {
    var acl = acls.get(name);
    if (acl != null) {
      return new Named(acl);
    }
    switch (name) {
      case "TRUE", "HTTP" -> {
        return new Always(true);
      }
      case "FALSE" -> {
        return new Always(false);
      }
      default -> {
        if (name.matches("METH_.*|HTTP_.*|LOCALHOST|REQ_CONTENT|WAIT_END|RDP_COOKIE")) {
          throw Refusal.unsupported(
              "'%s' is a condition of HAProxy's own; %s".formatted(name, CriterionText.KNOWN));
        }
        throw Refusal.value(
            "there is no 'acl %s' above%s"
                .formatted(name, Refusals.suggestion(name, acls.keySet())));
      }
    }
  }
}
