package dev.weir.controller.tools;

import dev.weir.api.v1alpha1.LoadBalancerSpec;
import dev.weir.config.manifest.Finding.Severity;
import dev.weir.config.render.Conflicts;
import dev.weir.config.render.Conflicts.Candidate;
import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.Problem;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Rendered;
import dev.weir.config.render.Renderer;
import dev.weir.config.source.ConfigSource;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.controller.gather.Cluster;
import dev.weir.controller.gather.ClusterReader;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.state.EndpointsState;
import dev.weir.controller.tools.CommandLine.UsageException;
import dev.weir.controller.tools.Controllers.Answer;
import dev.weir.controller.tools.Controllers.UnavailableException;
import dev.weir.controller.tools.EndpointReasons.ServicePort;
import dev.weir.controller.tools.Explainer.Subject;
import java.io.PrintStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// `weir explain URL`.
final class ExplainCommand {
  static final String HELP =
      """
      usage: weir explain URL [options]

      Says which listener gets a request for the URL, which route takes it, to which
      pools it may go, and why each of their endpoints is in or out. Routes as proxies
      do; names are not resolved, so any host can be asked for.

        -f FILE               files instead of a cluster: a manifest, a directory of
                              them, or a haproxy.cfg; can be given several times
        --kubernetes          with -f: as a controller renders them
        -n NAMESPACE          only LoadBalancers of that namespace [all]
        --allow-local-endpoints
                              as a controller with that option
        -o json               for machines
      %s%s
      Health comes from the controllers; where none can be asked, it is left out.

      exit code: 0 forwarded or redirected, 1 answered with an error or not at all,
      64 wrong usage, 69 the cluster cannot be asked
      """
          .formatted(Controllers.HELP, Access.HELP);

  private final CommandLine line;
  private final PrintStream err;

  private ExplainCommand(CommandLine line, PrintStream err) {
    this.line = line;
    this.err = err;
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err) throws UsageException {
    var options = new ArrayList<>(Access.OPTIONS);
    options.addAll(Controllers.OPTIONS);
    options.addAll(List.of("-f", "-n", "-o"));
    var line =
        new CommandLine(arguments, options, List.of("--kubernetes", "--allow-local-endpoints"));
    if (line.words().size() != 1) {
      throw new UsageException("name one URL, such as http://shop.example.com/cart");
    }
    URI url = url(line.words().getFirst());
    boolean json = line.json();
    var command = new ExplainCommand(line, err);
    Explanation explanation = line.has("-f") ? command.files(url) : command.cluster(url);
    if (explanation == null) {
      return ExitCode.PROBLEMS;
    }
    out.print(json ? Json.write(explanation) : explanation.text());
    return explanation.served() ? ExitCode.OK : ExitCode.PROBLEMS;
  }

  private static URI url(String text) throws UsageException {
    try {
      URI url = new URI(text.contains("://") ? text : "http://" + text);
      if (url.getHost() == null) {
        throw new UsageException(text + " has no host");
      }
      return url;
    } catch (URISyntaxException e) {
      throw new UsageException(text + " is not a URL: " + e.getReason());
    }
  }

  /// Null when the files are not good.
  private @Nullable Explanation files(URI url) {
    List<Path> files = line.values("-f").stream().map(Path::of).toList();
    var source = ConfigSource.load(files, RenderCommand.options(line), System.getenv());
    source.config().findings().stream()
        .filter(finding -> finding.severity() != Severity.Notice)
        .forEach(err::println);
    if (source.config().failed()) {
      return null;
    }
    Map<String, ServicePort> services = new HashMap<>();
    source.manifests().loadBalancers().forEach(resource -> services(resource, services));
    var reasons = new EndpointReasons(source.manifests().references(), services, Map.of());
    return new Explainer(reasons)
        .explain(
            url,
            source.config().loadBalancers().stream()
                .map(rendered -> new Subject(rendered, null, null, false))
                .toList());
  }

  private Explanation cluster(URI url) throws UsageException {
    Cluster cluster;
    try (var client = Access.client(line)) {
      cluster = ClusterReader.read(client, line.value("-n"));
    }
    var renderer = new Renderer(RenderOptions.kubernetes(line.has("--allow-local-endpoints")));
    Map<String, ServicePort> services = new HashMap<>();
    Map<ProxyGroup, List<Candidate>> groups = new HashMap<>();
    Map<ObjectName, Rendered> rendered = new TreeMap<>();
    for (Observed seen : cluster.loadBalancers()) {
      var resource = seen.resource();
      services(resource, services);
      Rendered made = renderer.render(resource, cluster);
      rendered.put(resource.name(), made);
      if (made.config() == null || seen.unreadable() != null) {
        err.println(
            resource.name() + " cannot be rendered; proxies run its last good version, if any");
      } else {
        groups
            .computeIfAbsent(seen.group(), g -> new ArrayList<>())
            .add(new Candidate(resource.name(), resource.created(), made.config()));
      }
    }
    List<Subject> subjects = subjects(cluster, groups, rendered.values());
    var answered = new Explainer(new EndpointReasons(cluster, services, Map.of()));
    var names =
        answered.explain(url, subjects).answers().stream()
            .map(Explanation.Answer::loadBalancer)
            .distinct()
            .toList();
    return new Explainer(new EndpointReasons(cluster, services, health(names)))
        .explain(url, subjects);
  }

  private static List<Subject> subjects(
      Cluster cluster, Map<ProxyGroup, List<Candidate>> groups, Collection<Rendered> rendered) {
    Map<ObjectName, List<Problem>> losers = new HashMap<>();
    groups.values().forEach(candidates -> losers.putAll(Conflicts.find(candidates)));
    List<Subject> subjects = new ArrayList<>();
    for (Rendered one : rendered) {
      Observed seen = cluster.loadBalancer(one.name());
      List<Problem> lost = losers.get(one.name());
      subjects.add(
          new Subject(
              one,
              seen == null ? null : seen.group().toString(),
              lost == null ? note(seen) : "not served as it is here: " + lost.getFirst().message(),
              lost != null));
    }
    return subjects;
  }

  /// What its status says against it; null for nothing.
  private static @Nullable String note(@Nullable Observed seen) {
    var status = seen == null ? null : seen.status();
    if (status == null || status.conditions() == null) {
      return "it has no status yet";
    }
    return status.conditions().stream()
        .filter(c -> c.type().equals("Programmed") && !c.status().equals("True"))
        .map(c -> "not in force: " + c.reason() + ": " + c.message())
        .findFirst()
        .orElse(null);
  }

  private Map<String, List<EndpointsState>> health(List<String> names) throws UsageException {
    Map<String, List<EndpointsState>> health = new HashMap<>();
    try {
      for (String name : names) {
        String path =
            "/state/endpoints?load_balancer=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
        health.put(
            name,
            new Controllers(line)
                .ask(path, EndpointsState.class, true).stream().map(Answer::state).toList());
      }
    } catch (UnavailableException e) {
      err.println("health is not known: " + e.getMessage());
    }
    return health;
  }

  private static void services(LoadBalancerResource resource, Map<String, ServicePort> services) {
    LoadBalancerSpec spec = resource.spec();
    if (spec.pools() == null) {
      return;
    }
    for (var pool : spec.pools()) {
      if (pool.serviceRef() != null) {
        services.put(
            resource.name() + "/" + pool.name(),
            new ServicePort(
                resource.name().referred(pool.serviceRef().namespace(), pool.serviceRef().name()),
                pool.serviceRef().port().toString()));
      }
    }
  }
}
