package dev.weir.config.check;

import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.Finding.Severity;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.source.ConfigSource;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// `weir check FILE...`.
public final class CheckCommand {
  private static final int OK = 0;
  private static final int PROBLEMS = 1;
  private static final int USAGE = 64;
  private static final String HELP =
      """
      usage: weir check FILE...

      Checks manifests (files, or directories with .yaml, .yml and .json files) as one
      set, or a haproxy.cfg, as `weir proxy --config` would run them. Prints every
      problem as FILE:LINE: path: message on standard output and notices on standard
      error.

      exit code: 0 no problem, 1 problems, 64 wrong usage
      """;

  private CheckCommand() {}

  /// Checks files and directories and prints one line per finding: `FILE:LINE: path: message`.
  ///
  /// @param args the arguments after `check`
  /// @return the exit code: 0 when all is well (notices are), 1 when problems were found, 64 for
  ///   wrong usage
  public static int run(List<String> args, PrintStream out, PrintStream err) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(HELP);
      return OK;
    }
    var unknown = args.stream().filter(arg -> arg.startsWith("-")).toList();
    if (args.isEmpty() || !unknown.isEmpty()) {
      unknown.forEach(arg -> err.println("weir check: unknown option " + arg));
      err.print(HELP);
      return USAGE;
    }
    var files = args.stream().map(Path::of).toList();
    var options = RenderOptions.standalone(Set.of(RenderOptions.HEALTH_PORT));
    return report(ConfigSource.load(files, options, System.getenv()).config(), out, err);
  }

  private static int report(StandaloneConfig config, PrintStream out, PrintStream err) {
    int problems = 0;
    for (Finding finding : config.findings()) {
      if (finding.severity() == Severity.Notice) {
        err.println("notice: " + finding);
      } else {
        out.println(finding);
        problems++;
      }
    }
    if (problems > 0) {
      err.println(problems == 1 ? "1 problem" : problems + " problems");
      return PROBLEMS;
    }
    int count = config.loadBalancers().size();
    err.println("good: " + (count == 1 ? "1 LoadBalancer" : count + " LoadBalancers"));
    return OK;
  }
}
