package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.manifest.ManifestWriter;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Files of the common kind become the manifests and reports beside them. Run with
/// -Dgolden.update=true to write those.
class CorpusTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/haproxy");
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "TIMEOUT", "50s",
          "WEB_PORT", "8080",
          "BACKEND_A", "192.0.2.1",
          "BACKEND_B", "192.0.2.2",
          "WEIGHT", "5");

  @TempDir Path temporary;

  static Stream<Path> files() throws IOException {
    try (var listed = Files.list(DIRECTORY)) {
      return listed.filter(f -> f.toString().endsWith(".cfg")).sorted().toList().stream();
    }
  }

  private static Imported read(Path file) throws IOException {
    return HaproxyImport.read(name(file), Files.readString(file), ENVIRONMENT);
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  @ParameterizedTest
  @MethodSource("files")
  void itBecomesItsManifestAndReport(Path file) throws Exception {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        ConvertCommand.run(
            List.of(file.toString()), ENVIRONMENT, new PrintStream(out), new PrintStream(err));
    assertEquals(0, code, err.toString(StandardCharsets.UTF_8));
    golden(file, ".yaml", out.toString(StandardCharsets.UTF_8));
    golden(file, ".txt", err.toString(StandardCharsets.UTF_8).replace(file.toString(), name(file)));
  }

  private static void golden(Path file, String ending, String text) throws IOException {
    var golden = file.resolveSibling(name(file).replace(".cfg", ending));
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(golden, text);
    }
    assertEquals(Files.readString(golden), text, "run this test with -Dgolden.update=true");
  }

  @ParameterizedTest
  @MethodSource("files")
  void theManifestReadsBackAndRendersAlike(Path file) throws Exception {
    var imported = read(file);
    var read = ManifestReader.read("m.yaml", ManifestWriter.write(imported.documents()));
    var unexpected =
        read.findings().stream().filter(f -> !f.violation().rule().equals("NotVerified")).toList();
    assertEquals(List.of(), unexpected);
    assertEquals(imported.documents(), read.loadBalancers());
    var options = RenderOptions.standalone(Set.of(9901));
    var direct = StandaloneConfig.render(imported.manifests(), options);
    assertFalse(direct.failed(), () -> direct.findings().toString());
    assertEquals(StandaloneConfig.render(read, options).loadBalancers(), direct.loadBalancers());
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyLineIsAccountedFor(Path file) throws Exception {
    var lines = Files.readString(file).split("\n", -1);
    var report = read(file).report();
    for (int i = 0; i < lines.length; i++) {
      var line = lines[i].strip();
      boolean says = !line.isEmpty() && !line.startsWith("#");
      assertEquals(says, report.lines().containsKey(i + 1), "line " + (i + 1) + ": " + line);
    }
    for (var noted : report.lines().entrySet()) {
      if (noted.getValue() == Report.Outcome.Refused) {
        assertFalse(
            report.findings().stream().map(Finding::line).noneMatch(noted.getKey()::equals));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void haproxyTakesItToo(Path file) throws Exception {
    assertEquals("", RealHaproxy.find().check(Files.readString(file), ENVIRONMENT, temporary));
  }
}
