package dev.weir.controller.tools;

import dev.weir.controller.tools.CommandLine.UsageException;
import dev.weir.controller.tools.Controllers.UnavailableException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintStream;
import java.util.List;

/// The commands for people, by name.
public enum Tools {
  /// Whether clients would be served.
  STATUS("status", StatusCommand.HELP),
  /// What proxies run and what they should.
  DIFF("diff", DiffCommand.HELP),
  /// What becomes of a request.
  EXPLAIN("explain", ExplainCommand.HELP),
  /// What proxies would run.
  RENDER("render", RenderCommand.HELP);

  private final String command;
  private final String help;

  Tools(String command, String help) {
    this.command = command;
    this.help = help;
  }

  /// Its name on the command line.
  public String command() {
    return command;
  }

  /// Runs the command.
  ///
  /// @param arguments those after its name
  /// @return the exit code: 0 all is well, 1 something is wrong, 64 wrong usage, 69 the cluster or
  ///   the controllers cannot be asked
  public int run(List<String> arguments, PrintStream out, PrintStream err) {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      out.print(help);
      return ExitCode.OK;
    }
    try {
      return switch (this) {
        case STATUS -> StatusCommand.run(arguments, out, err);
        case DIFF -> DiffCommand.run(arguments, out, err);
        case EXPLAIN -> ExplainCommand.run(arguments, out, err);
        case RENDER -> RenderCommand.run(arguments, out, err);
      };
    } catch (UsageException e) {
      err.println("weir " + command + ": " + e.getMessage());
      err.println("weir " + command + " --help says what there is");
      return ExitCode.USAGE;
    } catch (KubernetesClientException e) {
      err.println("weir " + command + ": " + Access.explain(e));
      return ExitCode.UNAVAILABLE;
    } catch (UnavailableException e) {
      err.println("weir " + command + ": " + e.getMessage());
      return ExitCode.UNAVAILABLE;
    }
  }
}
