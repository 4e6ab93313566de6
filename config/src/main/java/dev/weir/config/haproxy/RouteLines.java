package dev.weir.config.haproxy;

import java.util.List;

/// How the lines that choose by the request are taken into the draft of their section.
final class RouteLines {
  private RouteLines() {}

  static void useBackend(ProxyDraft draft, Arguments arguments) throws Refusal {
    var backend = arguments.next("a name");
    if (backend.contains("%")) {
      throw Refusal.unsupported(
          "'use_backend %s' makes the name of the backend of the request; write one line for each"
              .formatted(backend));
    }
    var condition = Conditions.take(draft, arguments);
    draft.uses.add(new RouteRule(condition, new RouteRule.Use(backend), arguments.line()));
  }

  static void inspectDelay(ProxyDraft draft, Arguments arguments) throws Refusal {
    draft.inspectDelay = arguments.setting(arguments.time());
    arguments.notice(
        "Differs",
        "a client whose ClientHello does not come in time is closed; HAProxy sends it to the default"
            + " backend. In mode http the line has no effect");
  }

  /// Only what says that a ClientHello is waited for.
  static void content(ProxyDraft draft, Arguments arguments) throws Refusal {
    var action = arguments.next("an action");
    if (!action.equals("accept") || !(Conditions.take(draft, arguments).asksForHello())) {
      throw Refusal.unsupported(
          "'tcp-request content %s' decides about connections, and Weir knows only 'accept if {"
                  .formatted(action)
              + " req.ssl_hello_type 1 }'; remove it, or keep HAProxy for it");
    }
  }

  static void redirect(ProxyDraft draft, Arguments arguments, List<RouteRule> rules)
      throws Refusal {
    if (draft.kind() == SectionKind.Backend) {
      throw Refusal.unsupported(
          "Weir redirects before it chooses a backend: write the line in the frontends");
    }
    var target = RedirectText.parse(arguments);
    var condition = Conditions.take(draft, arguments);
    rules.add(new RouteRule(condition, new RouteRule.Redirect(target), arguments.line()));
  }
}
