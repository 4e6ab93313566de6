package dev.weir.proxy;

import dev.weir.config.check.CheckCommand;
import dev.weir.config.haproxy.ConvertCommand;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The commands of the proxy's program: `proxy`, `check`, `convert`, `demo`; and `train`, which
/// `deploy/train` alone calls.
public final class Main {
  private static final List<Path> DEFAULT_CONFIGS =
      List.of(Path.of("/etc/weir"), Path.of("/usr/local/etc/haproxy/haproxy.cfg"));
  private static final String HELP =
      """
      usage: weir COMMAND [OPTION...]

        proxy     run a proxy from files or from a controller
        check     check files
        convert   turn a haproxy.cfg into a LoadBalancer
        demo      run a proxy in front of two little servers

      weir COMMAND --help says more.
      """;

  private Main() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] arguments) {
    ProcessLog.use(System.getenv());
    System.exit(run(List.of(arguments), System.getenv(), System.out, System.err));
  }

  static int run(
      List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
    String command = arguments.isEmpty() ? "" : arguments.getFirst();
    List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
    try {
      return switch (command) {
        case "proxy" -> proxy(rest, environment, out, err);
        case "check" -> CheckCommand.run(rest, out, err);
        case "convert" -> ConvertCommand.run(rest, out, err);
        case "train" -> {
          TrainCommand.rehearse(rest);
          yield proxy(rest, environment, out, err);
        }
        case "demo" -> DemoCommand.run(rest, environment, out, err);
        case "--version", "version" -> print(out, version());
        case "--help", "-h", "help" -> print(out, HELP);
        default -> {
          err.print(HELP);
          yield ExitCode.USAGE;
        }
      };
    } catch (InterruptedException e) {
      return ExitCode.INTERNAL;
    } catch (RuntimeException e) {
      err.println("weir " + command + ": internal error");
      e.printStackTrace(err);
      return ExitCode.INTERNAL;
    }
  }

  /// What this build is called.
  static String version() {
    return Objects.requireNonNullElse(
        Main.class.getPackage().getImplementationVersion(), "development");
  }

  private static int proxy(
      List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err)
      throws InterruptedException {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      return print(out, help());
    }
    var parsed = new OptionsParser(DEFAULT_CONFIGS, hostName()).parse(arguments, environment);
    if (parsed.options() == null) {
      parsed.problems().forEach(problem -> err.println("weir proxy: " + problem));
      err.println("weir proxy --help lists all options");
      return ExitCode.USAGE;
    }
    return ProxyCommand.run(parsed.options(), environment, err);
  }

  private static String help() {
    var text = new StringBuilder("usage: weir proxy [OPTION...]\n\n");
    OptionsParser.FLAGS.forEach(
        (flag, value) ->
            text.append("  %-18s %-16s %s%n".formatted(flag, value, OptionsParser.variable(flag))));
    return text.append("\nThe last column is the environment variable; options win over it.\n")
        .append("docs/reference/proxy.md describes all of them.\n")
        .toString();
  }

  private static int print(PrintStream out, String text) {
    out.println(text.stripTrailing());
    return ExitCode.OK;
  }

  private static String hostName() {
    try { // what gethostname(2) says, without asking the resolver
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "proxy";
    }
  }
}
