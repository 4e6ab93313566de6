package dev.weir.controller.tools;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Why a URL is answered as it is.
///
/// @param answers one for each listener on the URL's port, of different proxies; empty when there
///   is none
/// @param listeners all listeners that there are, when none is on the port
record Explanation(String url, List<Answer> answers, List<String> listeners) {

  /// Whether some client would get something else than an error of ours.
  boolean served() {
    return answers.stream().anyMatch(Answer::served);
  }

  /// What the proxies of one LoadBalancer do with it.
  ///
  /// @param loadBalancer `namespace/name`
  /// @param proxies whose proxies: a fleet's or its own; null for those that read the files
  /// @param listener its name
  /// @param bind `address:port`
  /// @param protocol HTTP or TCP
  /// @param note why it is not what is said here; null when it is
  /// @param route which takes the request; null when none does
  /// @param by what of the route fits; null without a route
  /// @param others routes that fit too and are less specific
  /// @param result what the client gets, in words
  /// @param served whether that is more than an error of ours
  /// @param pools where it may go
  record Answer(
      String loadBalancer,
      @Nullable String proxies,
      String listener,
      String bind,
      String protocol,
      @Nullable String note,
      @Nullable String route,
      @Nullable String by,
      List<String> others,
      String result,
      boolean served,
      List<Pool> pools) {}

  /// A pool that may get the request.
  ///
  /// @param share how much of the route's traffic, as `3 of 4`; null when it gets all
  /// @param algorithm how it chooses
  record Pool(String pool, @Nullable String share, String algorithm, List<Endpoint> endpoints) {

    /// How many endpoints may get it.
    long in() {
      return endpoints.stream().filter(Endpoint::in).count();
    }
  }

  /// One endpoint.
  ///
  /// @param name its own; null when it has none
  /// @param in whether it may get the request
  /// @param why what speaks for or against it
  record Endpoint(String endpoint, @Nullable String name, boolean in, String why) {}

  /// For people.
  String text() {
    var text = new StringBuilder(url).append('\n');
    if (answers.isEmpty()) {
      text.append("  nobody listens on this port; there are:\n");
      listeners.forEach(listener -> text.append("    ").append(listener).append('\n'));
    }
    answers.forEach(answer -> text.append(answer(answer)));
    return text.toString();
  }

  private static String answer(Answer answer) {
    var text = new StringBuilder("\n");
    text.append(
        "%s, listener %s: %s on %s%s\n"
            .formatted(
                answer.loadBalancer,
                answer.listener,
                answer.protocol,
                answer.bind,
                answer.proxies == null ? "" : ", proxies of " + answer.proxies));
    if (answer.note != null) {
      text.append("  note: ").append(answer.note).append('\n');
    }
    if (answer.route != null) {
      text.append("  route %s, by %s\n".formatted(answer.route, answer.by));
    }
    if (!answer.others.isEmpty()) {
      text.append("    fits too, less specific: ")
          .append(String.join(", ", answer.others))
          .append('\n');
    }
    text.append("  ").append(answer.result).append('\n');
    for (var pool : answer.pools) {
      text.append(
          "  pool %s%s, %s, %d of %d endpoints\n"
              .formatted(
                  pool.pool,
                  pool.share == null ? "" : ", " + pool.share,
                  pool.algorithm,
                  pool.in(),
                  pool.endpoints.size()));
      var table = new Table("    ");
      for (var endpoint : pool.endpoints) {
        String name = endpoint.name == null ? "" : " (" + endpoint.name + ")";
        table.row(endpoint.in ? "in" : "out", endpoint.endpoint + name, endpoint.why);
      }
      text.append(table);
    }
    return text.toString();
  }
}
