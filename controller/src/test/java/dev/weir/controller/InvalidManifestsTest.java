package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the API server takes and is wrong all the same is said by a condition: what the heads of
/// `examples/invalid` promise, but for `Ready`: no proxy is connected here, which comes first
/// there.
class InvalidManifestsTest {
  private static final Path EXAMPLES = Path.of("../examples/invalid");
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Pattern PROMISE =
      Pattern.compile("# condition: (?!Ready)(\\w+)=(\\w+)/(\\w+)(?: on (\\S+))?");
  private static final Pattern NAME = Pattern.compile("metadata: \\{name: ([a-z0-9-]+)");

  @Test
  void everyManifestGetsTheConditionThatItsHeadPromises(@TempDir Path directory) throws Exception {
    try (var plane = new ControlPlane(directory, false)) {
      List<String> manifests = manifests();
      assertTrue(manifests.size() > 5, "there are such manifests");
      manifests.forEach(text -> documents(text).forEach(plane::apply));
      for (String text : manifests) {
        var promise = PROMISE.matcher(text);
        while (promise.find()) {
          String name = promise.group(4) == null ? firstName(text) : promise.group(4);
          var condition = plane.awaitCondition(name, promise.group(1), promise.group(2), DEADLINE);
          // Where several problems are promised, the condition has the reason of one.
          var reasons = reasons(text, promise.group(1));
          assertTrue(reasons.contains(condition.reason()), name + ": " + condition);
        }
      }
    }
  }

  private static List<String> manifests() throws IOException {
    try (var files = Files.list(EXAMPLES)) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .sorted()
          .map(InvalidManifestsTest::read)
          .filter(text -> PROMISE.matcher(text).find())
          .toList();
    }
  }

  private static List<String> reasons(String text, String type) {
    return PROMISE
        .matcher(text)
        .results()
        .filter(promise -> promise.group(1).equals(type))
        .map(promise -> promise.group(3))
        .toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> documents(String text) {
    return List.of(text.split("(?m)^---$", -1));
  }

  private static String firstName(String text) {
    var name = NAME.matcher(text);
    assertTrue(name.find(), text);
    return name.group(1);
  }
}
