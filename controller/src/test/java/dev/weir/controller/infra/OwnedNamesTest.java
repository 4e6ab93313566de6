package dev.weir.controller.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OwnedNamesTest {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  @Test
  void aShortNameGetsTheSuffix() {
    assertEquals("web-weir", OwnedNames.of("web"));
    assertEquals("a".repeat(58) + "-weir", OwnedNames.of("a".repeat(58)));
  }

  @Test
  void aLongNameIsCutAndToldApartByAHash() {
    String one = OwnedNames.of("a".repeat(59));
    String other = OwnedNames.of("a".repeat(60));
    assertNotEquals(one, other);
    for (String name : new String[] {one, other, OwnedNames.of("x".repeat(253))}) {
      assertTrue(LABEL.matcher(name).matches(), name);
      assertTrue(name.endsWith("-weir"), name);
    }
  }

  @Test
  void dotsDoNotMakeTwoNamesOne() {
    assertTrue(LABEL.matcher(OwnedNames.of("a.b")).matches());
    assertNotEquals(OwnedNames.of("a.b"), OwnedNames.of("a-b"));
    assertTrue(LABEL.matcher(OwnedNames.of("a".repeat(48) + "." + "b".repeat(200))).matches());
  }
}
