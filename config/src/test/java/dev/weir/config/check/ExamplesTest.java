package dev.weir.config.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.ConfigJson;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every example is good, and renders to the bytes of its golden file. The controller's tests
/// compare with the same files. Run with -Dgolden.update=true to write them.
class ExamplesTest {
  /// What only a proxy without a controller takes.
  private static final Path STANDALONE = Path.of("../examples/standalone");

  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  static Stream<Path> files() throws IOException {
    var files = new ArrayList<Path>();
    for (var directory : List.of(Path.of("../examples"), STANDALONE)) {
      try (var listed = Files.list(directory)) {
        listed.filter(f -> f.toString().endsWith(".yaml")).sorted().forEach(files::add);
      }
    }
    return files.stream();
  }

  @ParameterizedTest
  @MethodSource("files")
  void checkFindsNothing(Path file) {
    var out = new ByteArrayOutputStream();
    int code =
        CheckCommand.run(
            List.of(file.toString()),
            new PrintStream(out),
            new PrintStream(new ByteArrayOutputStream()));
    assertEquals("", out.toString(StandardCharsets.UTF_8));
    assertEquals(0, code);
  }

  @ParameterizedTest
  @MethodSource("files")
  void itRendersToTheBytesOfItsGoldenFile(Path file) throws Exception {
    var config = StandaloneConfig.load(List.of(file), RenderOptions.standalone(Set.of(9901)));
    assertTrue(!config.failed());
    var text = new StringBuilder();
    for (var rendered : config.loadBalancers()) {
      line(text, "LoadBalancer " + rendered.name(), Objects.requireNonNull(rendered.config()));
      rendered.endpoints().forEach(e -> line(text, "Endpoints " + e.pool(), e));
    }
    var golden = GOLDEN.resolve(file.getFileName() + ".golden");
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(GOLDEN);
      Files.writeString(golden, text);
    }
    assertEquals(Files.readString(golden), text.toString());
  }

  private static void line(StringBuilder text, String key, Object body) {
    text.append(key).append('\n');
    text.append(new String(ConfigJson.write(body), StandardCharsets.UTF_8)).append('\n');
  }
}
