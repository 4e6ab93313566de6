package dev.weir.controller.tools;

import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.api.v1alpha1.LoadBalancerStatus.Condition;
import dev.weir.controller.gather.ClusterReader;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.tools.CommandLine.UsageException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `weir status [NAME]`.
final class StatusCommand {
  static final String HELP =
      """
      usage: weir status [NAME] [options]

      Says of all LoadBalancers, or of one in full, whether a client would be served
      now, by how many proxies and endpoints, and what is wrong.

        -n NAMESPACE          [the current one]
        -A                    all namespaces
        -o json               for machines: the statuses as they are
      %s
      exit code: 0 all are ready, 1 one is not or its status is about an older
      generation, 64 wrong usage, 69 the cluster cannot be asked
      """
          .formatted(Access.HELP);

  private StatusCommand() {}

  /// One LoadBalancer as it is printed for machines.
  ///
  /// @param ready whether `Ready` is true, and about the latest generation
  record Entry(
      String namespace,
      String name,
      long generation,
      boolean ready,
      @Nullable LoadBalancerStatus status) {}

  /// What is printed for machines.
  record Entries(List<Entry> loadBalancers) {}

  static int run(List<String> arguments, PrintStream out, PrintStream err) throws UsageException {
    var options = new ArrayList<>(Access.OPTIONS);
    options.addAll(List.of("-n", "-o"));
    var line = new CommandLine(arguments, options, List.of("-A"));
    if (line.words().size() > 1 || !line.words().isEmpty() && line.has("-A")) {
      throw new UsageException("name one LoadBalancer of one namespace, or none for all");
    }
    boolean json = line.json();
    try (var client = Access.client(line)) {
      String namespace = Access.namespace(line, client);
      List<Observed> found =
          ClusterReader.loadBalancers(client, namespace).stream()
              .filter(o -> line.words().isEmpty() || o.resource().name().name().equals(name(line)))
              .sorted(Comparator.comparing(o -> o.resource().name()))
              .toList();
      if (found.isEmpty() && !line.words().isEmpty()) {
        err.println("there is no LoadBalancer " + namespace + "/" + name(line));
        return ExitCode.PROBLEMS;
      }
      if (json) {
        out.print(Json.write(new Entries(found.stream().map(StatusCommand::entry).toList())));
      } else if (found.isEmpty()) {
        err.println(
            "there are no LoadBalancers" + (namespace == null ? "" : " in namespace " + namespace));
      } else {
        out.print(
            line.words().isEmpty()
                ? table(found, Instant.now())
                : detail(found.getFirst(), Instant.now()));
      }
      return found.stream().allMatch(StatusCommand::ready) ? ExitCode.OK : ExitCode.PROBLEMS;
    }
  }

  private static String name(CommandLine line) {
    return line.words().getFirst();
  }

  private static Entry entry(Observed seen) {
    var name = seen.resource().name();
    return new Entry(name.namespace(), name.name(), seen.generation(), ready(seen), seen.status());
  }

  private static boolean ready(Observed seen) {
    Condition ready = condition(seen.status(), "Ready");
    return ready != null
        && ready.status().equals("True")
        && Objects.equals(ready.observedGeneration(), seen.generation());
  }

  static String table(List<Observed> found, Instant now) {
    var table =
        new Table("")
            .row("NAMESPACE", "NAME", "READY", "WHY", "PROXIES", "ENDPOINTS", "ADDRESS", "AGE");
    for (var seen : found) {
      var name = seen.resource().name();
      var status = seen.status();
      Condition ready = condition(status, "Ready");
      var proxies = status == null ? null : status.proxies();
      var endpoints = status == null ? null : status.endpoints();
      table.row(
          name.namespace(),
          name.name(),
          ready == null ? "Unknown" : ready.status(),
          why(seen, ready),
          proxies == null ? "-" : proxies.summary(),
          endpoints == null ? "-" : endpoints.summary(),
          addresses(status),
          age(seen.resource().created(), now));
    }
    return table.toString();
  }

  private static String why(Observed seen, @Nullable Condition ready) {
    if (ready == null) {
      return "NoStatus";
    }
    if (!Objects.equals(ready.observedGeneration(), seen.generation())) {
      return "StatusIsOlder";
    }
    Condition degraded = condition(seen.status(), "Degraded");
    return !ready.status().equals("True")
        ? ready.reason()
        : degraded == null ? "" : degraded.reason();
  }

  static String detail(Observed seen, Instant now) {
    var status = seen.status();
    var text = new StringBuilder();
    text.append(seen.resource().name())
        .append(
            ready(seen) ? " is ready" : " is not ready: " + why(seen, condition(status, "Ready")))
        .append('\n');
    if (status == null) {
      return text.append("  it has no status yet: is a controller running?\n").toString();
    }
    var facts = new Table("  ");
    facts.row(
        "generation",
        seen.generation()
            + (Objects.equals(status.observedGeneration(), seen.generation())
                ? ""
                : ", the status is about " + status.observedGeneration()));
    facts.row("runs on", seen.group().toString());
    facts.row("addresses", addresses(status));
    var proxies = status.proxies();
    if (proxies != null) {
      facts.row(
          "proxies",
          "%s current, %d lagging, %d rejected"
              .formatted(proxies.summary(), proxies.lagging(), proxies.rejected()));
    }
    var endpoints = status.endpoints();
    if (endpoints != null) {
      facts.row("endpoints", endpoints.summary() + " healthy");
    }
    text.append(facts);
    section(text, "pools", pools(status));
    section(text, "conditions", conditions(status, now));
    section(text, "problems", problems(status, now));
    return text.toString();
  }

  private static void section(StringBuilder text, String name, Table table) {
    String lines = table.toString();
    if (!lines.isEmpty()) {
      text.append("  ").append(name).append('\n').append(lines);
    }
  }

  private static Table pools(LoadBalancerStatus status) {
    var table = new Table("    ");
    for (var pool : list(status.pools())) {
      table.row(pool.name(), pool.healthy() + "/" + pool.total() + " healthy");
    }
    return table;
  }

  private static Table conditions(LoadBalancerStatus status, Instant now) {
    var table = new Table("    ");
    for (var condition : list(status.conditions())) {
      table.row(
          condition.type(),
          condition.status(),
          condition.reason(),
          "for " + age(instant(condition.lastTransitionTime()), now),
          condition.message());
    }
    return table;
  }

  private static Table problems(LoadBalancerStatus status, Instant now) {
    var table = new Table("    ");
    for (var problem : list(status.problems())) {
      String where =
          problem.path() != null
              ? problem.path()
              : (problem.pool() == null ? "" : problem.pool() + " ")
                  + (problem.endpoint() == null ? "" : problem.endpoint());
      String since = problem.since() == null ? "" : "for " + age(instant(problem.since()), now);
      table.row(where.strip(), problem.reason(), since, problem.message());
    }
    return table;
  }

  private static <T> List<T> list(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static @Nullable Condition condition(@Nullable LoadBalancerStatus status, String type) {
    return status == null
        ? null
        : list(status.conditions()).stream()
            .filter(c -> c.type().equals(type))
            .findFirst()
            .orElse(null);
  }

  private static String addresses(@Nullable LoadBalancerStatus status) {
    String all =
        status == null
            ? ""
            : list(status.addresses()).stream()
                .map(LoadBalancerStatus.Address::value)
                .collect(Collectors.joining(","));
    return all.isEmpty() ? "-" : all;
  }

  private static @Nullable Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /// As kubectl tells ages: the largest unit that is not zero.
  static String age(@Nullable Instant since, Instant now) {
    if (since == null) {
      return "?";
    }
    var age = Duration.between(since, now);
    return age.toDays() > 0
        ? age.toDays() + "d"
        : age.toHours() > 0
            ? age.toHours() + "h"
            : age.toMinutes() > 0 ? age.toMinutes() + "m" : Math.max(age.toSeconds(), 0) + "s";
  }
}
