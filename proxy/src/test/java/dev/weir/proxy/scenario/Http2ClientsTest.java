package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Needs;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that others wrote: HTTP/1 and HTTP/2 on one port, without TLS and with it.
class Http2ClientsTest {
  @TempDir private Path directory;
  private final int port = Ports.free();
  private final int secure = Ports.free();
  private Origin origin;
  private ProxyProcess proxy;

  @BeforeEach
  void start() throws Exception {
    origin = Origin.start("one");
    Authority.write(
        directory.resolve("server.pem"), Authority.named("weir test").server("localhost"));
    var file = directory.resolve("weir.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener("http", port),
                Yaml.listener(
                    "https", secure, "tls: {certificates: [{file: {certificate: server.pem}}]}")),
            List.of(Yaml.pool("web", Yaml.UNCHECKED, origin))));
    proxy = ProxyProcess.config(file).loops(1).start();
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    origin.close();
  }

  @Test
  void curlSpeaksBothVersions() throws Exception {
    needs("curl", "curl");
    String format = "%{http_version} %{http_code}";
    String url = "http://127.0.0.1:" + port + "/digest";
    String sink = directory.resolve("body").toString();
    for (String version : new String[] {"--http1.1", "--http2-prior-knowledge"}) {
      String spoken = version.equals("--http1.1") ? "1.1" : "2";
      assertEquals(
          spoken + " 200", run("curl", "-s", version, "-o", sink, "-w", format, url).strip());
      Path upload = directory.resolve("upload");
      Files.write(upload, new byte[3_000_000]);
      assertEquals(
          spoken + " 200",
          run("curl", "-s", version, "-T", upload.toString(), "-o", sink, "-w", format, url)
              .strip());
    }
  }

  @Test
  void curlChoosesByAlpn() throws Exception {
    needs("curl", "curl");
    String format = "%{http_version} %{http_code}";
    String url = "https://localhost:" + secure + "/bytes/3000000";
    String sink = directory.resolve("body").toString();
    for (String version : new String[] {"--http1.1", "--http2"}) {
      String spoken = version.equals("--http1.1") ? "1.1" : "2";
      assertEquals(
          spoken + " 200", run("curl", "-s", "-k", version, "-o", sink, "-w", format, url).strip());
      assertEquals(3_000_000, Files.size(Path.of(sink)));
    }
  }

  @Test
  void h2loadGetsEveryResponseOverTls() throws Exception {
    needs("h2load", "nghttp2-client");
    String out =
        run("h2load", "-n", "2000", "-c", "4", "-m", "50", "https://127.0.0.1:" + secure + "/");
    assertTrue(out.contains("2000 succeeded, 0 failed, 0 errored"), out);
  }

  @Test
  void nghttpFetchesManyThingsAtOnce() throws Exception {
    needs("nghttp", "nghttp2-client");
    String out = run("nghttp", "-nsm", "50", "http://127.0.0.1:" + port + "/");
    assertEquals(50, out.lines().filter(line -> line.contains(" 200 ")).count(), out);
  }

  @Test
  void h2loadGetsEveryResponse() throws Exception {
    needs("h2load", "nghttp2-client");
    String out =
        run("h2load", "-n", "5000", "-c", "4", "-m", "50", "http://127.0.0.1:" + port + "/");
    assertTrue(out.contains("5000 succeeded, 0 failed, 0 errored"), out);
  }

  private static void needs(String program, String of) throws IOException, InterruptedException {
    int found =
        new ProcessBuilder("sh", "-c", "command -v " + program)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    Needs.that(found == 0, program + " (apt-get install " + of + ")");
  }

  private String run(String... command) throws IOException, InterruptedException {
    Path out = directory.resolve("out.txt");
    var process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    int exit = process.waitFor();
    String text = Files.readString(out, StandardCharsets.UTF_8);
    assertEquals(0, exit, text);
    return text;
  }
}
