package dev.weir.config.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return CheckCommand.run(List.of(args), new PrintStream(out), new PrintStream(err));
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String complained() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void goodFilesGiveZeroAndACount() {
    assertEquals(0, run("../examples/quickstart.yaml"));
    assertEquals("", said());
    assertEquals("good: 1 LoadBalancer\n", complained());
  }

  @Test
  void filesAreCheckedAsOneSet() {
    assertEquals(1, run("../examples/quickstart.yaml", "../examples/fleet.yaml"));
    assertEquals(
        "../examples/quickstart.yaml:6: spec.listeners[http].port: port 8080 is taken by"
            + " listener http of LoadBalancer default/blog; listeners that share a port need hosts"
            + " of their own\n",
        said());
  }

  @Test
  void wrongUsageGives64() {
    assertEquals(64, run());
    assertEquals(64, run("--verbose", "x.yaml"));
    assertTrue(complained().contains("unknown option --verbose"));
  }

  @Test
  void helpGoesToStandardOutput() {
    assertEquals(0, run("--help"));
    assertTrue(said().startsWith("usage: weir check FILE..."));
  }
}
