package dev.weir.controller.tools;

import dev.weir.config.ConfigJson;
import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.Finding.Severity;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Rendered;
import dev.weir.config.source.ConfigSource;
import dev.weir.config.stream.Resource;
import dev.weir.controller.tools.CommandLine.UsageException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `weir render -f FILE…`.
final class RenderCommand {
  static final String HELP =
      """
      usage: weir render -f FILE... [options]

      Prints what proxies would run, without a cluster: each resource of the config
      stream with its type and name on one line and its document as JSON on the next.
      The same files give the same bytes. Keys of certificates are not printed.

        -f FILE               a manifest, a directory of them, or a haproxy.cfg; can be
                              given several times, all are one set
        --kubernetes          as a controller renders them: no local addresses, no unix
                              sockets [as a proxy that reads files]
        --allow-local-endpoints
                              with --kubernetes: as a controller with that option

      Problems go to standard error as FILE:LINE: path: message.

      exit code: 0 rendered, 1 problems, 64 wrong usage
      """;

  private RenderCommand() {}

  static int run(List<String> arguments, PrintStream out, PrintStream err) throws UsageException {
    var line =
        new CommandLine(
            arguments, List.of("-f"), List.of("--kubernetes", "--allow-local-endpoints"));
    List<String> files = line.values("-f");
    if (files.isEmpty() || !line.words().isEmpty()) {
      throw new UsageException("name the files, each with -f");
    }
    return render(files, options(line), System.getenv(), out, err);
  }

  /// How files are rendered.
  static RenderOptions options(CommandLine line) {
    return line.has("--kubernetes")
        ? RenderOptions.kubernetes(line.has("--allow-local-endpoints"))
        : RenderOptions.standalone(Set.of(RenderOptions.HEALTH_PORT));
  }

  private static int render(
      List<String> files,
      RenderOptions options,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err) {
    var config =
        ConfigSource.load(files.stream().map(Path::of).toList(), options, environment).config();
    boolean problems = false;
    for (Finding finding : config.findings()) {
      boolean notice = finding.severity() == Severity.Notice;
      err.println((notice ? "notice: " : "") + finding);
      problems |= !notice;
    }
    config.loadBalancers().forEach(rendered -> print(rendered, out));
    return problems ? ExitCode.PROBLEMS : ExitCode.OK;
  }

  private static void print(Rendered rendered, PrintStream out) {
    if (rendered.config() == null) {
      return;
    }
    document(out, "LoadBalancer " + rendered.name(), rendered.config());
    rendered.endpoints().forEach(e -> document(out, "Endpoints " + e.pool(), e));
    for (var certificate : rendered.credentials().certificates()) {
      out.println("Certificate " + certificate.name());
      out.println("(not printed; SHA-256 " + Resource.of(certificate).hash() + ")");
    }
    rendered.credentials().trusts().forEach(t -> document(out, "Trust " + t.name(), t));
  }

  private static void document(PrintStream out, String name, Object body) {
    out.println(name);
    out.println(new String(ConfigJson.write(body), StandardCharsets.UTF_8));
  }
}
