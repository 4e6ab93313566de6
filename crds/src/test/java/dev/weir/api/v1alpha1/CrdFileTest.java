package dev.weir.api.v1alpha1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CrdFileTest {
  private static final Path FILE = Path.of("loadbalancers.weir.dev.yaml");

  @Test
  void theCommittedCrdIsWhatTheRecordsSay() throws Exception {
    var generated = CrdText.generate();
    if (Boolean.getBoolean("crd.update")) {
      Files.writeString(FILE, generated);
    }
    assertEquals(Files.readString(FILE), generated, "run `make crds` and look at the difference");
  }

  @Test
  void theCrdFitsIntoTheAnnotationThatKubectlApplyWrites() throws Exception {
    assertTrue(Files.size(FILE) < 128 * 1024);
  }
}
