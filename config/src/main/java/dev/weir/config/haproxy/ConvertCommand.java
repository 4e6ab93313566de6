package dev.weir.config.haproxy;

import dev.weir.config.haproxy.Report.Outcome;
import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.Finding.Severity;
import dev.weir.config.manifest.ManifestWriter;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.manifest.TextFile;
import dev.weir.config.render.RenderOptions;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `weir convert FILE`.
public final class ConvertCommand {
  private static final int OK = 0;
  private static final int PROBLEMS = 1;
  private static final int USAGE = 64;
  private static final String HELP =
      """
      usage: weir convert FILE

      Reads a haproxy.cfg and prints the same as a LoadBalancer manifest on standard
      output. What differs, what has no effect and what is refused goes to standard
      error, each with its line. When anything is refused, nothing is printed on
      standard output. Variables come from the environment.

      exit code: 0 converted, 1 refused, 64 wrong usage
      """;

  private ConvertCommand() {}

  /// Converts one file, with the variables of this process's environment.
  ///
  /// @param args the arguments after `convert`
  /// @param out for the manifest
  /// @param err for the report
  /// @return the exit code: 0 when it was converted, 1 when it was refused, 64 for wrong usage
  public static int run(List<String> args, PrintStream out, PrintStream err) {
    return run(args, System.getenv(), out, err);
  }

  static int run(
      List<String> args, Map<String, String> environment, PrintStream out, PrintStream err) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(HELP);
      return OK;
    }
    var unknown = args.stream().filter(arg -> arg.startsWith("-")).toList();
    if (args.size() != 1 || !unknown.isEmpty()) {
      unknown.forEach(arg -> err.println("weir convert: unknown option " + arg));
      err.print(HELP);
      return USAGE;
    }
    var file = args.getFirst();
    var read = TextFile.read(Path.of(file));
    if (read.problem() != null) {
      err.println(file + ": " + read.problem());
      return PROBLEMS;
    }
    return convert(HaproxyImport.read(file, read.text(), environment), out, err);
  }

  private static int convert(Imported imported, PrintStream out, PrintStream err) {
    var options = RenderOptions.standalone(Set.of(RenderOptions.HEALTH_PORT));
    var config = StandaloneConfig.render(imported.manifests(), options);
    boolean refused = imported.report().failed();
    var findings = refused ? imported.report().findings() : config.findings();
    for (Finding finding : findings) {
      err.println((finding.severity() == Severity.Notice ? "notice: " : "") + finding);
    }
    var report = imported.report();
    err.println(
        "%d lines: %d mapped, %d noted, %d refused"
            .formatted(
                report.lines().size(),
                report.count(Outcome.Mapped),
                report.count(Outcome.Noted),
                report.count(Outcome.Refused)));
    if (refused || config.failed()) {
      return PROBLEMS;
    }
    out.print(options(imported.processSettings()));
    out.print(ManifestWriter.write(imported.documents()));
    return OK;
  }

  /// What no manifest has a field for, as a comment.
  private static String options(ProcessSettings settings) {
    var options = new ArrayList<String>();
    if (settings.maxConnections() != null) {
      options.add("--max-connections " + settings.maxConnections());
    }
    if (settings.loops() != null) {
      options.add("--loops " + settings.loops());
    }
    if (settings.log() != null) {
      options.add("--log " + settings.log());
    }
    if (settings.ticketSecrets() != null) {
      options.add("--ticket-secrets-file " + settings.ticketSecrets());
    }
    return options.isEmpty() ? "" : "# Options of weir proxy: " + String.join(" ", options) + "\n";
  }
}
