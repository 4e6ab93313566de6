package dev.weir.proxy.corpus;

import dev.weir.proxy.testkit.HaproxyProcess;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A balancer in front of one origin, ours or HAProxy, with its usual settings.
final class Balancer implements AutoCloseable {
  private static final Pattern REFUSED =
      Pattern.compile(
          "(?m)^weir_(?:listener_refused_requests|pool_refused_responses)_total\\{.*reason=\"(\\w+)\"} (\\d+)$");

  private final int port;
  private final AutoCloseable process;

  private Balancer(int port, AutoCloseable process) {
    this.port = port;
    this.process = process;
  }

  static Balancer weir(Path directory, int origin) throws IOException {
    int port = Ports.free();
    Path file = directory.resolve("corpus.yaml");
    Files.writeString(
        file,
        """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: corpus}
        spec:
          listeners: [{name: http, port: %d, address: 127.0.0.1, http: {versions: [HTTP1]}}]
          pools:
            - {name: web, endpoints: [{address: 127.0.0.1, port: %d}], health: {enabled: false}}
        """
            .formatted(port, origin));
    return new Balancer(port, ProxyProcess.config(file).loops(1).start());
  }

  static Balancer haproxy(Path program, Path directory, int origin) throws IOException {
    int port = Ports.free();
    Path file = directory.resolve("corpus.cfg");
    Path socket = directory.resolve("haproxy.sock");
    Files.writeString(
        file,
        """
        global
            stats socket %s mode 660 level admin
        defaults
            mode http
            timeout connect 1s
            timeout client 400ms
            timeout server 400ms
            timeout http-request 400ms
        frontend web
            bind 127.0.0.1:%d
            default_backend apps
        backend apps
            server s1 127.0.0.1:%d
        """
            .formatted(socket, port, origin));
    return new Balancer(port, HaproxyProcess.start(program, file, socket));
  }

  int port() {
    return port;
  }

  /// How many messages ours refused, by reason.
  Map<String, Integer> refusals() throws IOException {
    var counts = new TreeMap<String, Integer>();
    var samples = REFUSED.matcher(((ProxyProcess) process).health("/metrics"));
    while (samples.find()) {
      counts.merge(samples.group(1), Integer.parseInt(samples.group(2)), Integer::sum);
    }
    return counts;
  }

  /// Ends it; ours fails when it left buffers behind.
  @Override
  public void close() throws Exception {
    if (process instanceof ProxyProcess ours) {
      ours.collectGarbage();
      for (int i = 0; i < 20; i++) {
        ours.health("/live");
      }
    }
    process.close();
  }
}
