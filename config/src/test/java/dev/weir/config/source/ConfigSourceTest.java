package dev.weir.config.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.render.RenderOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigSourceTest {
  private static final String CFG =
      """
      global
        maxconn 4000
      defaults
        mode http
        timeout connect 5000
        timeout client 50000
        timeout server 50000
      frontend web
        bind :8080
        default_backend servers
      backend servers
        server s1 127.0.0.1:8081 check
      """;
  private static final String MANIFEST =
      """
      apiVersion: weir.dev/v1alpha1
      kind: LoadBalancer
      metadata: {name: lb}
      spec: {listeners: [{name: http, port: 80}]}
      """;

  @TempDir private Path directory;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private static ConfigSource load(Path... paths) {
    return ConfigSource.load(List.of(paths), RenderOptions.standalone(Set.of(9901)), Map.of());
  }

  private static String said(ConfigSource source) {
    assertTrue(source.config().failed());
    return source.config().findings().getFirst().violation().message();
  }

  @Test
  void aCfgFileIsImported() throws Exception {
    var source = load(file("haproxy.cfg", CFG));
    assertFalse(source.config().failed(), source.config().findings()::toString);
    assertEquals(1, source.config().loadBalancers().size());
    assertEquals(4000, source.process().maxConnections());
  }

  @Test
  void aDirectoryWithACfgFileAloneIsImported() throws Exception {
    file("haproxy.cfg", CFG);
    assertFalse(load(directory).config().failed());
  }

  @Test
  void manifestsSayNothingAboutTheProcess() throws Exception {
    var source = load(file("lb.yaml", MANIFEST));
    assertEquals(1, source.config().loadBalancers().size());
    assertEquals(null, source.process().maxConnections());
  }

  @Test
  void nobodyGuessesWhichOfTwoIsMeant() throws Exception {
    var cfg = file("haproxy.cfg", CFG);
    var manifest = file("lb.yaml", MANIFEST);
    assertEquals("has manifests and a .cfg file; name one of them", said(load(directory)));
    assertEquals(
        "a haproxy.cfg stands alone; `weir convert` makes a manifest of it",
        said(load(cfg, manifest)));
    file("other.cfg", CFG);
    assertEquals("has several .cfg files; name one of them", said(load(directory)));
  }

  @Test
  void aCfgFileThatIsNotThereIsAFinding() {
    assertEquals("cannot be read: no such file", said(load(directory.resolve("haproxy.cfg"))));
  }
}
