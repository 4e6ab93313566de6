package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.config.HeaderNames;
import dev.weir.config.haproxy.ProxyDraft.LogFormat;
import dev.weir.config.haproxy.ProxyDraft.Timeout;
import dev.weir.config.haproxy.Statement.Prefix;
import java.util.List;

/// How the lines of [Directives] are taken into the draft of their section, where one expression is
/// not enough.
final class Lines {
  /// The words behind `stats` that are known.
  static final List<String> STATS =
      List.of(
          "enable",
          "uri",
          "auth",
          "realm",
          "refresh",
          "admin",
          "scope",
          "hide-version",
          "show-legends",
          "show-node",
          "show-desc",
          "show-modules",
          "http-request");

  /// Where our figures are.
  static final String STATS_NOTE =
      "Weir has no statistics page: figures are at /metrics on the health address"
          + " (127.0.0.1:9901), states at /state on the admin socket";

  private static final int MAX_BINDS = 64;
  private static final int MAX_SERVERS = 1000;

  private Lines() {}

  static void mode(ProxyDraft draft, Arguments arguments) throws Refusal {
    var mode = arguments.only("http or tcp");
    switch (mode) {
      case "http" -> draft.http = arguments.setting(true);
      case "tcp" -> draft.http = arguments.setting(false);
      default ->
          throw Refusal.unsupported(
              "mode '%s' is not known here; the modes are http and tcp".formatted(mode));
    }
  }

  static void bind(ProxyDraft draft, Arguments arguments) throws Refusal {
    var options = new BindOptions();
    var text = arguments.address("an address, such as *:80");
    var binds = AddressText.bind(text, options, arguments.line());
    while (arguments.more()) {
      var word = arguments.next("an option");
      var option = Directives.BIND.get(word);
      if (option == null) {
        throw Refusals.directive(word, "bind", RefusedWords.BIND, Directives.BIND.keySet());
      }
      option.handler().apply(options, arguments, Prefix.None);
    }
    if (binds.stream().anyMatch(Bind::unix)) {
      socketMode(options, arguments);
    }
    if (draft.binds.size() + binds.size() > MAX_BINDS) {
      throw new Refusal(
          "TooMany", "a section can listen on at most " + MAX_BINDS + " addresses and ports");
    }
    for (var bind : binds) {
      boolean any = options.bothFamilies && bind.address().equals("::");
      draft.binds.add(any ? bind.on("*") : bind);
    }
  }

  private static void socketMode(BindOptions options, Arguments arguments) throws Refusal {
    var mode = options.mode == null ? null : options.mode.value();
    if (mode == null) {
      arguments.notice("Differs", "the socket has mode 660, whatever the umask");
    } else if (!mode.equals("660") && !mode.equals("0660")) {
      throw Refusal.unsupported(
          "'mode %s' is not the mode of Weir's sockets, which is 660: give clients the group"
                  .formatted(mode)
              + " that Weir runs as");
    }
  }

  static void log(ProxyDraft draft, Arguments arguments, Prefix prefix) throws Refusal {
    if (prefix != Prefix.None) {
      arguments.end();
      draft.logs.clear();
      draft.globalLog = null;
      draft.noLog = arguments.setting(true);
    } else if (arguments.take("global")) {
      arguments.end();
      draft.globalLog = arguments.setting(true);
    } else {
      draft.logs.add(LogTarget.parse(arguments));
    }
  }

  static void logFormat(ProxyDraft draft, Arguments arguments, LogFormat format) throws Refusal {
    if (arguments.take("clf")) {
      throw Refusal.unsupported(
          "'clf' is the format of web servers, which Weir does not write; remove it");
    }
    arguments.end();
    draft.logFormat = arguments.setting(format);
  }

  static void forwardFor(ProxyDraft draft, Arguments arguments) throws Refusal {
    if (arguments.more()) {
      var option = arguments.next("an option");
      throw Refusal.unsupported(
          switch (option) {
            case "except" ->
                "'except' leaves clients of a network out, which Weir cannot; remove it";
            case "header" -> "'header' chooses the header; Weir writes X-Forwarded-For, remove it";
            case "if-none" ->
                "'if-none' writes the header when there is none; remove it, Weir appends";
            default -> "'option forwardfor' cannot take '%s'".formatted(option);
          });
    }
    draft.forwardFor = arguments.setting(true);
    arguments.notice(
        "Differs",
        "as in HAProxy, what a client sends in X-Forwarded-For is kept and appended to: narrow"
            + " http.forwarded.trust to the proxies in front of this one; X-Forwarded-Proto and"
            + " X-Forwarded-Host are written as well");
  }

  /// The name of a header field that may be edited.
  static String headerName(Arguments arguments) throws Refusal {
    var name = arguments.next("a name");
    var refusal = HeaderNames.refusal(name);
    if (refusal != null) {
      throw Refusal.unsupported("'%s' %s; remove the line".formatted(name, refusal));
    }
    return name;
  }

  /// A line that edits the header of requests or of responses.
  static void header(
      ProxyDraft draft, Arguments arguments, boolean request, HeaderRule.Action action)
      throws Refusal {
    var name = headerName(arguments);
    var value = "";
    if (action != HeaderRule.Action.Remove) {
      value = LogFormatText.value(arguments.next("a value"));
    } else if (arguments.take("-m") && !arguments.next("a method").equals("str")) {
      throw Refusal.unsupported(
          "'-m' takes out names that look alike; write one line for each name");
    }
    var condition = condition(draft, arguments);
    if (!condition.holds(Area.Hosts.ELSE, Area.Paths.ELSE, true)
        && !condition.holds(Area.Hosts.ELSE, Area.Paths.ELSE, false)
        && condition.names().findAny().isEmpty()) {
      arguments.noted("has no effect: the condition is never true here");
      return;
    }
    HeaderSamples.notices(value, arguments);
    if (request && value.contains("%{endpoint}")) {
      arguments.notice("Differs", "it becomes the server; HAProxy writes <NOSRV>");
    }
    var rules = request ? draft.requestHeaders : draft.responseHeaders;
    rules.add(new HeaderRule(action, name, value, condition, arguments.line()));
  }

  /// One that TLS alone may decide about, since edits are a listener's.
  private static Criterion condition(ProxyDraft draft, Arguments arguments) throws Refusal {
    try {
      var condition = Conditions.take(draft, arguments);
      if (!condition.tellsRequestsApart()) {
        return condition;
      }
    } catch (Refusal refusal) {
      if (!refusal.rule().equals("Unsupported")) {
        throw refusal;
      }
    }
    throw Refusal.unsupported(
        "'if' and 'unless' edit some messages only, and Weir edits all of a listener or pool:"
            + " remove the condition, or send these requests to a backend of their own");
  }

  static void redispatch(ProxyDraft draft, Arguments arguments, Prefix prefix) throws Refusal {
    if (prefix == Prefix.None && arguments.more()) {
      Units.number("'option redispatch':", arguments.next("an interval"), 0, Integer.MAX_VALUE);
      arguments.notice(
          "Differs", "the interval is not kept: every further attempt goes to another server");
    }
    arguments.end();
    if (prefix != Prefix.None) {
      arguments.notice("Differs", "failed connections are tried on another server anyway");
    }
    draft.redispatch = arguments.setting(prefix == Prefix.None);
  }

  static void timeout(ProxyDraft draft, Arguments arguments, Timeout timeout) throws Refusal {
    long millis = arguments.time();
    if (millis == 0) {
      throw Refusal.unsupported(
          "'timeout %s 0' waits forever, which Weir never does; write a long time, such as 24d"
              .formatted(timeout.word()));
    }
    draft.timeouts.put(timeout, arguments.setting(millis));
  }

  static void balance(ProxyDraft draft, Arguments arguments) throws Refusal {
    var algorithm = arguments.next("an algorithm");
    switch (algorithm) {
      case "roundrobin" -> draft.leastConnections = arguments.setting(false);
      case "leastconn" -> draft.leastConnections = arguments.setting(true);
      case "static-rr" ->
          throw Refusal.unsupported(
              "'static-rr' is roundrobin with weights that never change; write roundrobin");
      default ->
          throw Refusal.unsupported(
              "'balance %s' is not known here; write roundrobin or leastconn".formatted(algorithm));
    }
    arguments.end();
  }

  static void server(ProxyDraft draft, Arguments arguments) throws Refusal {
    var name = arguments.next("a name");
    var target = AddressText.server(arguments.address("an address, such as 192.0.2.1:80"));
    var options = draft.defaultServer.copy();
    serverOptions(options, arguments, "server");
    if (draft.servers.size() == MAX_SERVERS) {
      throw new Refusal(
          "TooMany", "a pool has at most " + MAX_SERVERS + " endpoints; make two backends");
    }
    for (var other : draft.servers) {
      if (other.name().equals(name)) {
        throw new Refusal(
            "DuplicateName", "line %d has the name '%s' already".formatted(other.line(), name));
      }
      if (other.address().equalsIgnoreCase(target.host()) && other.port() == target.port()) {
        throw new Refusal(
            "DuplicateEndpoint",
            "line %d has the same address; Weir knows an endpoint by it: raise its weight instead"
                .formatted(other.line()));
      }
    }
    draft.servers.add(new Server(name, target.host(), target.port(), options, arguments.line()));
  }

  static void defaultServer(ProxyDraft draft, Arguments arguments) throws Refusal {
    serverOptions(draft.defaultServer, arguments, "default-server");
  }

  private static void serverOptions(ServerOptions options, Arguments arguments, String line)
      throws Refusal {
    while (arguments.more()) {
      var word = arguments.next("an option");
      var option = Directives.SERVER.get(word);
      if (option == null) {
        throw Refusals.directive(word, line, RefusedWords.SERVER, Directives.SERVER.keySet());
      }
      option.handler().apply(options, arguments, Prefix.None);
    }
  }

  static long interval(Arguments arguments) throws Refusal {
    long millis = Units.millis("'inter'", arguments.next("a time behind 'inter'"));
    if (millis == 0) {
      throw Refusal.value("'inter' must be longer than 0");
    }
    return millis;
  }

  static PoolSpec.Protocol protocol(Arguments arguments) throws Refusal {
    var word = arguments.next("h1 or h2 behind 'proto'");
    return switch (word) {
      case "h1" -> PoolSpec.Protocol.HTTP1;
      case "h2" -> PoolSpec.Protocol.HTTP2;
      default -> throw Refusal.unsupported("'proto %s': write h1 or h2".formatted(word));
    };
  }

  static int number(Arguments arguments, String option, int min, int max) throws Refusal {
    return Units.number(
        "'" + option + "'", arguments.next("a number behind '" + option + "'"), min, max);
  }

  static void stats(ProxyDraft draft, Arguments arguments) {
    arguments.skip();
    draft.stats.add(arguments.line());
  }
}
