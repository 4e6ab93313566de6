package dev.weir.config.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManifestWriterTest {

  @Test
  void whatIsWrittenReadsBackEqual() {
    for (var name : List.of("health", "weights-and-backup", "service", "tcp", "fleet")) {
      var read = ManifestReader.read(List.of(Path.of("../examples/" + name + ".yaml")));
      var written = ManifestWriter.write(read.loadBalancers());
      var again = ManifestReader.read("written", written);
      assertEquals(read.loadBalancers(), again.loadBalancers(), written);
    }
  }

  @Test
  void absentAndEmptyBlocksStayWhatTheyAre() {
    var text =
        """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata:
          name: lb
        spec:
          listeners:
            - name: http
              port: 80
              http: {}
          pools:
            - name: web
              serviceRef:
                name: web
                port: 80
              health:
                tcp: {}
        """;
    assertEquals(text, ManifestWriter.write(ManifestReader.read("f", text).loadBalancers()));
  }

  @Test
  void textsThatLookLikeSomethingElseAreQuoted() {
    var text =
        """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata:
          name: "on"
        spec:
          listeners:
            - name: "80"
              port: 80
        """;
    var written = ManifestWriter.write(ManifestReader.read("f", text).loadBalancers());
    assertEquals(text, written);
    assertTrue(ManifestReader.read("f", written).findings().isEmpty());
  }
}
