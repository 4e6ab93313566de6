package dev.weir.config.haproxy;

/// A line that decides where requests go: the first whose condition holds does.
///
/// @param line 1-based
record RouteRule(Criterion condition, Action action, int line) {

  /// What becomes of the request.
  sealed interface Action {}

  /// `use_backend`.
  record Use(String backend) implements Action {}

  /// `redirect`, and `http-request redirect`.
  ///
  /// @param target where to
  record Redirect(RedirectText target) implements Action {}
}
