package dev.weir.architecture;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Needs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Shows the checks of the build failing: `test/checks` holds sources that are wrong on purpose,
/// and this builds them as the parent pom says.
class StaticChecksTest {
  private static String output = "";

  @BeforeAll
  static void build() throws IOException {
    Needs.that(
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "mvn"))),
        "the checks of the build need mvn on the PATH");
    var process =
        new ProcessBuilder("mvn", "-B", "-fae", "-f", "test/checks", "spotless:check", "compile")
            .directory(Path.of("..").toFile())
            .redirectErrorStream(true);
    process.environment().put("JAVA_HOME", System.getProperty("java.home"));
    var started = process.start();
    started.getOutputStream().close();
    output = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void soundSourcesPass() {
    assertSeen("weir-checks-clean \\.+ SUCCESS");
  }

  @Test
  void errorProneFailsTheBuild() {
    assertSeen("weir-checks-errorprone \\.+ FAILURE");
    assertSeen("errorprone/.*Fixture.java:.*\\[MissingOverride]");
  }

  @Test
  void nullAwayFailsTheBuild() {
    assertSeen("weir-checks-nullaway \\.+ FAILURE");
    assertSeen("nullaway/.*Fixture.java:.*\\[NullAway] dereferenced expression");
  }

  @Test
  void formattingFailsTheBuild() {
    assertSeen("weir-checks-format \\.+ FAILURE");
    assertSeen("format violations");
  }

  private static void assertSeen(String regex) {
    assertTrue(Pattern.compile(regex).matcher(output).find(), () -> regex + " in\n" + output);
  }
}
