package dev.weir.config.check;

import static java.util.function.Predicate.not;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.render.Conflicts;
import dev.weir.config.render.Problem;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every file of examples/invalid gets what its head says: from `weir check`, and as conditions
/// from the renderer with the options of Kubernetes. (What the API server says is tested where
/// there is one.)
class InvalidExamplesTest {
  private static final Path DIRECTORY = Path.of("../examples/invalid");

  static Stream<Path> files() throws IOException {
    try (var listed = Files.list(DIRECTORY)) {
      return listed.filter(f -> f.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void checkSaysWhatTheHeadSays(Path file) throws Exception {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        CheckCommand.run(List.of(file.toString()), new PrintStream(out), new PrintStream(err));
    var expected = head(file, "check").stream().filter(not("good"::equals)).toList();
    var said =
        out.toString(StandardCharsets.UTF_8)
            .lines()
            .map(line -> line.substring(file.toString().length() + 1))
            .toList();
    assertEquals(expected, said);
    assertEquals(expected.isEmpty() ? 0 : 1, code, err.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @MethodSource("files")
  void theConditionsAreWhatTheHeadSays(Path file) throws Exception {
    boolean refused = head(file, "api").stream().noneMatch("accepts"::equals);
    if (refused) {
      assertEquals(List.of(), head(file, "condition"), "what is refused has no condition");
      return;
    }
    var manifests = ManifestReader.read(List.of(file));
    var renderer = new Renderer(RenderOptions.kubernetes(false));
    var said = new TreeSet<String>();
    var candidates = new ArrayList<Conflicts.Candidate>();
    for (var resource : manifests.loadBalancers()) {
      var rendered = renderer.render(resource, manifests.references());
      rendered.problems().forEach(problem -> said.add(condition(problem)));
      if (rendered.config() != null) {
        candidates.add(new Conflicts.Candidate(resource.name(), null, rendered.config()));
      }
    }
    Conflicts.find(candidates)
        .forEach(
            (name, problems) ->
                problems.forEach(p -> said.add(condition(p) + " on " + name.name())));
    assertEquals(new TreeSet<>(head(file, "condition")), said);
  }

  private static String condition(Problem problem) {
    var value = problem.condition() == Problem.Condition.Conflicted ? "True" : "False";
    return problem.condition() + "=" + value + "/" + problem.reason();
  }

  private static List<String> head(Path file, String word) throws IOException {
    var mark = "# " + word + ": ";
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(mark))
        .map(line -> line.substring(mark.length()))
        .toList();
  }
}
