package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// `docs/reference/attacks.md` names tests that are there.
class AttacksPageTest {
  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*Test)?(?:#(\\w+))?`");

  @Test
  void everyTestOfThePageIsThere() throws IOException {
    var sources = new HashMap<String, String>();
    try (var all = Files.walk(Path.of("src/test/java"))) {
      for (Path file : all.filter(one -> one.toString().endsWith("Test.java")).toList()) {
        sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
      }
    }
    var missing = new ArrayList<String>();
    String current = "";
    var named = NAMED.matcher(Files.readString(Path.of("../docs/reference/attacks.md")));
    int count = 0;
    while (named.find()) {
      current = named.group(1) == null ? current : named.group(1);
      String method = named.group(2) == null ? "class " + current : "void " + named.group(2) + "(";
      if (!sources.getOrDefault(current, "").contains(method)) {
        missing.add(current + "#" + method);
      }
      count++;
    }
    assertEquals(List.of(), missing);
    assertTrue(count > 50, count + " tests");
  }
}
