package dev.weir.controller.tools;

import dev.weir.controller.state.ProxiesState;
import dev.weir.controller.tools.CommandLine.UsageException;
import dev.weir.controller.tools.Controllers.Answer;
import dev.weir.controller.tools.Controllers.UnavailableException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// `weir diff`.
final class DiffCommand {
  static final String HELP =
      """
      usage: weir diff [options]

      Compares what every proxy runs with what it should: which resources are missing,
      different or superfluous, which version it runs, what it rejects. Asks the
      controllers, which compare by hash.

        --fleet NAME          only that fleet
        --load-balancer NAMESPACE/NAME
                              only the own proxies of that LoadBalancer
        -o json               for machines: what each controller says
      %s%s
      exit code: 0 no difference, 1 differences or no proxy, 64 wrong usage, 69 no
      controller can be asked
      """
          .formatted(Controllers.HELP, Access.HELP);

  private DiffCommand() {}

  /// What is printed for machines.
  record Answers(List<Answer<ProxiesState>> controllers) {}

  static int run(List<String> arguments, PrintStream out, PrintStream err)
      throws UsageException, UnavailableException {
    var options = new ArrayList<>(Access.OPTIONS);
    options.addAll(Controllers.OPTIONS);
    options.addAll(List.of("--fleet", "--load-balancer", "-o"));
    var line = new CommandLine(arguments, options, List.of());
    if (!line.words().isEmpty()) {
      throw new UsageException("there is nothing to name but options");
    }
    boolean json = line.json();
    var answers =
        new Controllers(line)
            .ask("/state/proxies", ProxiesState.class, false).stream()
                .map(answer -> new Answer<>(answer.name(), only(answer.state(), line)))
                .toList();
    if (json) {
      out.print(Json.write(new Answers(answers)));
    } else {
      answers.forEach(answer -> out.print(text(answer)));
    }
    var proxies =
        answers.stream()
            .flatMap(answer -> answer.state().groups().stream())
            .flatMap(group -> group.proxies().stream())
            .toList();
    if (proxies.isEmpty()) {
      err.println("no proxy is connected");
    }
    boolean same = proxies.stream().allMatch(p -> p.differences() == 0 && p.rejected().isEmpty());
    return same && !proxies.isEmpty() ? ExitCode.OK : ExitCode.PROBLEMS;
  }

  private static ProxiesState only(ProxiesState state, CommandLine line) {
    String fleet = line.value("--fleet");
    String own = line.value("--load-balancer");
    return fleet == null && own == null
        ? state
        : new ProxiesState(
            state.controller(),
            state.leading(),
            state.groups().stream()
                .filter(
                    group ->
                        group.group().equals("fleet " + fleet)
                            || group.group().equals("LoadBalancer " + own))
                .toList());
  }

  static String text(Answer<ProxiesState> answer) {
    var state = answer.state();
    var text = new StringBuilder();
    text.append("controller ")
        .append(state.controller())
        .append(state.leading() ? ", leads\n" : "\n");
    for (var group : state.groups()) {
      text.append("  ").append(group.group()).append(": ");
      text.append(
          group.version() == null
              ? "nothing is wanted yet"
              : "wanted %s, %d resources".formatted(group.version(), group.resources()));
      text.append(group.proxies().isEmpty() ? ", no proxy here\n" : "\n");
      if (!group.held().isEmpty()) {
        text.append("    held as they are, since they were never good here: ")
            .append(String.join(", ", group.held()))
            .append('\n');
      }
      group.proxies().forEach(proxy -> text.append(proxy(proxy)));
    }
    return text.toString();
  }

  private static String proxy(ProxiesState.Proxy proxy) {
    var table = new Table("      ");
    proxy.missing().forEach(name -> table.row("missing", name));
    proxy.different().forEach(name -> table.row("different", name));
    proxy.extra().forEach(name -> table.row("extra", name));
    int named = proxy.missing().size() + proxy.different().size() + proxy.extra().size();
    if (named < proxy.differences()) {
      table.row("and", proxy.differences() - named + " more");
    }
    proxy.rejected().forEach(reason -> table.row("rejected", reason));
    proxy.waiting().forEach(name -> table.row("waits", name + " is tried by another proxy first"));
    return "    %s runs %s, %s%s\n%s"
        .formatted(
            proxy.proxy(),
            proxy.version() == null ? "nothing yet" : proxy.version(),
            proxy.differences() == 0
                ? "no difference"
                : proxy.differences() == 1 ? "1 difference" : proxy.differences() + " differences",
            proxy.lagging() ? ", lagging: it owes an ack" : "",
            table);
  }
}
