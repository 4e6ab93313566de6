package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.RedirectSpec;
import dev.weir.config.RouteConfig;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A line `redirect` or `http-request redirect`.
///
/// @param scheme null for the request's
/// @param host null for the request's
/// @param port null for the request's, or the scheme's
/// @param path what all of the path becomes, or with `prefix` what stands in front of it; empty for
///   nothing
record RedirectText(
    @Nullable String scheme,
    @Nullable String host,
    @Nullable Integer port,
    String path,
    boolean prefix,
    int status) {
  private static final Pattern TARGET =
      Pattern.compile(
          "(?:(https?)://([A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?)(?::([0-9]{1,5}))?)?"
              + "((?:/[!\"$&-;=@-~]*)?)");

  static RedirectText parse(Arguments arguments) throws Refusal {
    var kind = arguments.next("scheme, prefix or location");
    var target = arguments.next("a target");
    int status = 302;
    boolean keepQuery = false;
    while (arguments.more()
        && !"if".equals(arguments.peek())
        && !"unless".equals(arguments.peek())) {
      var option = arguments.next("an option");
      switch (option) {
        case "code" -> {
          status = Units.number("'code'", arguments.next("a status behind 'code'"), 301, 308);
          if (!RouteConfig.Redirect.STATUSES.contains(status)) {
            throw Refusal.value("'code' must be 301, 302, 303, 307 or 308");
          }
        }
        case "keep-query" -> keepQuery = true;
        case "ignore-empty" -> {}
        default -> throw Refusal.unsupported(option(option));
      }
    }
    return switch (kind) {
      case "scheme" -> scheme(arguments, target, status);
      case "prefix" -> prefix(target, status);
      case "location" -> location(target, keepQuery, status);
      default ->
          throw Refusal.value(
              "'%s' is not a kind of redirect; they are scheme, prefix and location"
                  .formatted(kind));
    };
  }

  private static String option(String option) {
    return switch (option) {
      case "drop-query" -> "'drop-query' leaves the query out, which Weir always keeps; remove it";
      case "append-slash" -> "'append-slash' changes some paths only, which Weir cannot; remove it";
      case "set-cookie", "set-cookie-fmt", "clear-cookie" ->
          "'%s' sends a cookie along, which Weir cannot; remove it".formatted(option);
      default -> "a redirect cannot take '%s'; remove it".formatted(option);
    };
  }

  private static RedirectText scheme(Arguments arguments, String target, int status)
      throws Refusal {
    if (!target.equals("https") && !target.equals("http")) {
      throw Refusal.unsupported("'%s' is not a scheme; write http or https".formatted(target));
    }
    arguments.notice(
        "Differs",
        "a port that the client sends in Host is left out, so that the scheme's own holds; HAProxy"
            + " keeps it");
    return new RedirectText(target, null, null, "", false, status);
  }

  private static RedirectText prefix(String target, int status) throws Refusal {
    var text = read(target, "prefix", status);
    if (text.path().endsWith("/")) {
      throw Refusal.unsupported(
          "'redirect prefix %s' puts a second '/' in front of the path; remove the last '/'"
              .formatted(target));
    }
    return text;
  }

  private static RedirectText location(String target, boolean keepQuery, int status)
      throws Refusal {
    if (!keepQuery) {
      throw Refusal.unsupported(
          "'redirect location' leaves the query out, which Weir always keeps; write 'keep-query'"
              + " behind it, or 'redirect prefix'");
    }
    var text = read(target, "location", status);
    return text.path().isEmpty()
        ? new RedirectText(text.scheme(), text.host(), text.port(), "/", false, status)
        : text;
  }

  private static RedirectText read(String target, String kind, int status) throws Refusal {
    var matcher = TARGET.matcher(target);
    if (target.isEmpty() || !matcher.matches() || target.length() > 1024) {
      throw Refusal.unsupported(
          "'redirect %s %s': the target must be a path, or http:// or https:// with a host, without"
                  .formatted(kind, target)
              + " variables, '%', '?' or '#'; write 'redirect scheme https' for the same host");
    }
    var port = matcher.group(3) == null ? null : Integer.valueOf(matcher.group(3));
    if (port != null && (port < 1 || port > 65_535)) {
      throw Refusal.value("'%s' is not a port".formatted(port));
    }
    return new RedirectText(
        matcher.group(1),
        matcher.group(2) == null ? null : matcher.group(2).toLowerCase(Locale.ROOT),
        port,
        matcher.group(4),
        kind.equals("prefix"),
        status);
  }

  /// The redirect of requests with these paths.
  RedirectSpec spec(Area.Paths paths) {
    return new RedirectSpec(scheme, host, port, path(paths), status);
  }

  private RedirectSpec.@Nullable Path path(Area.Paths paths) {
    if (path.isEmpty()) {
      return null;
    }
    if (!prefix) {
      return new RedirectSpec.Path(path, null);
    }
    return paths.prefix()
        ? new RedirectSpec.Path(null, path + paths.path())
        : new RedirectSpec.Path(path + paths.path(), null);
  }
}
