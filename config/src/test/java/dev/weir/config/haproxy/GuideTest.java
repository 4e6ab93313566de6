package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.EndpointsConfig.Endpoint;
import dev.weir.config.check.CheckCommand;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example works, and the guide quotes what the importer really says.
class GuideTest {
  private static final Path EXAMPLE = Path.of("../examples/haproxy.cfg");
  private static final Path GUIDE = Path.of("../docs/guides/haproxy.md");

  @Test
  void theExampleIsGood() {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        CheckCommand.run(List.of(EXAMPLE.toString()), new PrintStream(out), new PrintStream(err));
    assertEquals("", out.toString(StandardCharsets.UTF_8));
    assertEquals(0, code);
  }

  @Test
  void theExampleServesWhatTheQuickstartServes() throws Exception {
    var options = RenderOptions.standalone(Set.of(9901));
    var theirs = HaproxyImport.read("haproxy.cfg", Files.readString(EXAMPLE), Map.of()).manifests();
    var imported = StandaloneConfig.render(theirs, options).loadBalancers().getFirst();
    var quickstart =
        StandaloneConfig.load(List.of(Path.of("../examples/quickstart.yaml")), options)
            .loadBalancers()
            .getFirst();
    assertEquals(
        quickstart.endpoints().getFirst().endpoints().stream().map(Endpoint::authority).toList(),
        imported.endpoints().getFirst().endpoints().stream().map(Endpoint::authority).toList());
    assertEquals(
        Objects.requireNonNull(quickstart.config()).pools(),
        Objects.requireNonNull(imported.config()).pools());
  }

  @Test
  void haproxyTakesTheExampleToo(@TempDir Path directory) throws Exception {
    assertEquals("", RealHaproxy.find().check(Files.readString(EXAMPLE), Map.of(), directory));
  }

  @Test
  void theGuideQuotesWhatIsSaid() throws Exception {
    var guide = Files.readString(GUIDE);
    var text =
        """
        defaults
          mode http
          timeout connect 5s
          timeout client 5s
          timeout server 5s
        backend apps
          server s 192.0.2.1:80




        frontend web
          bind :80
          acl api path_end .php
          default_bakend apps
        """;
    for (var error : Cfg.errors(Cfg.read(text))) {
      assertTrue(guide.contains(error), error);
    }
  }
}
