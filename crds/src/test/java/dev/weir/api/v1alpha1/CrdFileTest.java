package dev.weir.api.v1alpha1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CrdFileTest {
  private static final Path FILE = Path.of("loadbalancers.weir.dev.yaml");
  private static final Path SCHEMA = Path.of("src/main/resources/dev/weir/api/loadbalancer.schema");

  @Test
  void theCommittedCrdIsWhatTheRecordsSay() throws Exception {
    assertCommitted(FILE, CrdText.generate());
  }

  @Test
  void theSchemaThatManifestsAreCheckedAgainstIsTheCrds() throws Exception {
    assertCommitted(SCHEMA, SchemaText.of(CrdText.schema()));
  }

  @Test
  void theCrdFitsIntoTheAnnotationThatKubectlApplyWrites() throws Exception {
    assertTrue(Files.size(FILE) < 128 * 1024);
  }

  private static void assertCommitted(Path file, String generated) throws Exception {
    if (Boolean.getBoolean("crd.update")) {
      Files.writeString(file, generated);
    }
    assertEquals(Files.readString(file), generated, "run `make crds` and look at the difference");
  }
}
