package dev.weir.proxy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.weir.config.Addresses;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `weir demo`: starts the servers of a manifest itself, runs a proxy in front of them, and lets
/// the user kill and revive them by key or by call.
final class DemoCommand {
  private static final String HELP =
      """
      usage: weir demo [FILE]

      Starts a little HTTP server for each local endpoint of the manifest (by default
      examples/quickstart.yaml) and a proxy that runs the manifest.
      """;
  private static final Path DEFAULT_FILE = Path.of("examples", "quickstart.yaml");
  private static final int CONTROL_OFFSET = 1;

  private final Path file;
  private final PrintStream out;
  private final List<DemoServer> servers = new ArrayList<>();

  private DemoCommand(Path file, PrintStream out) {
    this.file = file;
    this.out = out;
  }

  static int run(
      List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err)
      throws InterruptedException {
    if (arguments.size() > 1 || arguments.stream().anyMatch(a -> a.startsWith("-"))) {
      err.print(HELP);
      return arguments.contains("--help") ? ExitCode.OK : ExitCode.USAGE;
    }
    Path file = arguments.isEmpty() ? DEFAULT_FILE : Path.of(arguments.getFirst());
    try {
      return new DemoCommand(file, out).serve(environment, err);
    } catch (IOException e) {
      err.println("weir demo: " + e.getMessage());
      return ExitCode.PROBLEMS;
    }
  }

  private int serve(Map<String, String> environment, PrintStream err)
      throws IOException, InterruptedException {
    StandaloneConfig config =
        StandaloneConfig.load(
            List.of(file), RenderOptions.standalone(Set.of(RenderOptions.HEALTH_PORT)));
    if (config.failed()) {
      throw new IOException(config.findings().getFirst().toString());
    }
    for (EndpointsConfig endpoints : config.loadBalancers().getFirst().endpoints()) {
      endpoints.endpoints().forEach(this::add);
    }
    for (DemoServer server : servers) {
      start(server);
    }
    int controlPort = control();
    Path socket = Files.createTempDirectory("weir-demo").resolve("admin.sock");
    var arguments = List.of("--config", file.toString(), "--admin-socket", socket.toString());
    var parsed = new OptionsParser(List.of(), "demo").parse(arguments, environment);
    if (parsed.options() == null) {
      parsed.problems().forEach(problem -> err.println("weir demo: " + problem));
      return ExitCode.USAGE;
    }
    int port =
        config.loadBalancers().getFirst().config() == null
            ? 0
            : config.loadBalancers().getFirst().config().binds().getFirst().port();
    explain(port, controlPort, socket);
    Thread.ofPlatform().name("weir-demo").daemon().start(this::readKeys);
    return ProxyCommand.run(parsed.options(), environment, err);
  }

  private void add(EndpointsConfig.Endpoint endpoint) {
    InetAddress address = Addresses.literal(endpoint.address());
    if (address != null && address.isLoopbackAddress()) {
      String name = "server " + (servers.size() + 1);
      servers.add(new DemoServer(name, new InetSocketAddress(address, endpoint.port())));
    }
  }

  private static void start(DemoServer server) throws IOException {
    try {
      server.revive();
    } catch (IOException e) {
      throw new IOException(
          "port %d is needed for a server and cannot be had: %s"
              .formatted(server.address().getPort(), e.getMessage()),
          e);
    }
  }

  private int control() throws IOException {
    int last = servers.stream().mapToInt(s -> s.address().getPort()).max().orElse(0);
    int port = last == 0 ? 0 : last + CONTROL_OFFSET;
    HttpServer control;
    try {
      control = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (IOException e) {
      control = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }
    control.createContext("/", this::answer);
    control.start();
    return control.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String[] words = exchange.getRequestURI().getPath().substring(1).split("/");
    int number = words.length == 2 ? number(words[1]) : -1;
    boolean known = number >= 0 && exchange.getRequestMethod().equals("POST");
    String text = "POST /kill/N or /revive/N with N from 1 to " + servers.size();
    if (known && words[0].equals("kill")) {
      text = servers.get(number).kill();
    } else if (known && words[0].equals("revive")) {
      text = servers.get(number).revive();
    } else {
      known = false;
    }
    byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(known ? 200 : 404, body.length);
    try (var to = exchange.getResponseBody()) {
      to.write(body);
    }
  }

  private int number(String text) {
    for (int i = 0; i < servers.size(); i++) {
      if (text.equals(Integer.toString(i + 1))) {
        return i;
      }
    }
    return -1;
  }

  private void readKeys() {
    var keys = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      for (String line = keys.readLine(); line != null; line = keys.readLine()) {
        int number = number(line.strip());
        out.println(number < 0 ? "type 1 to " + servers.size() : servers.get(number).toggle());
      }
    } catch (IOException e) {
      out.println("no more keys: " + e.getMessage());
    }
  }

  private void explain(int port, int controlPort, Path socket) {
    out.printf(
        """

        Weir balances %d little servers (%s).

          curl http://localhost:%d/                               each call meets the next server
          for i in $(seq 20); do curl -s http://localhost:%d/; done | sort | uniq -c
          curl -X POST http://localhost:%d/kill/1                 kills server 1; no request is lost
          curl -X POST http://localhost:%d/revive/1               and brings it back
          curl --unix-socket %s http://weir/state
          curl http://localhost:9901/metrics

        Or type 1 or 2 and Enter to kill or revive a server. Ctrl-C ends it.

        """,
        servers.size(), file, port, port, controlPort, controlPort, socket);
    out.flush();
  }
}
