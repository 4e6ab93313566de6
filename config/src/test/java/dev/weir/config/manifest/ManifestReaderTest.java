package dev.weir.config.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.render.RenderOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestReaderTest {
  private static final String HEAD =
      "apiVersion: weir.dev/v1alpha1\nkind: LoadBalancer\nmetadata: {name: lb}\nspec:\n";
  private static final String GOOD = HEAD + "  listeners: [{name: http, port: 80}]\n";

  private static List<String> said(String text) {
    return ManifestReader.read("f", text).findings().stream().map(Finding::toString).toList();
  }

  @Test
  void everyProblemHasItsLineAndPath() {
    assertEquals(
        List.of(
            "f:5: spec.listeners[http].port: must be an integer, and is a string: eighty",
            "f:7: spec.pools[web].endpoints[[::1]:80].health.prot: unknown field; did you mean"
                + " port?",
            "f:8: spec.pools[web].ballance: unknown field; did you mean balance?"),
        said(
            HEAD
                + """
                  listeners: [{name: http, port: eighty}]
                  pools:
                    - endpoints: [{address: "::1", port: 80, health: {prot: 1}}]
                      ballance: {}
                      name: web
                """));
  }

  @Test
  void duplicateKeysAreFoundWithTheirPath() {
    assertEquals(
        List.of("f:7: spec.listeners[http].port: is there twice; first on line 6"),
        said(HEAD + "  listeners:\n    - {name: http, port: 80,\n       port: 81}\n"));
  }

  @Test
  void scalarsMeanWhatKubectlTakesThemFor() {
    assertEquals(
        List.of(
            "f:5: spec.listeners[no].name: must be a string, and is a boolean: no; write it in"
                + " quotes",
            "f:5: spec.listeners[12].name: must be a string, and is an integer: 12; write it in"
                + " quotes"),
        said(HEAD + "  listeners: [{name: no, port: 80}, {name: 12, port: 010}]\n"));
    var octal = ManifestReader.read("f", GOOD.replace("80", "010"));
    assertEquals(8, octal.loadBalancers().getFirst().spec().listeners().getFirst().port());
  }

  @Test
  void nullCountsAsAbsentWithANotice() {
    var read = ManifestReader.read("f", HEAD + "  listeners: [{name: http, port: 80, http: }]\n");
    assertEquals(Finding.Severity.Notice, read.findings().getFirst().severity());
    assertEquals(1, read.loadBalancers().size());
  }

  @Test
  void manyDocumentsListsAndMergeKeysAreRead() {
    var read =
        ManifestReader.read(
            "f",
            """
            apiVersion: v1
            kind: List
            items:
              - apiVersion: weir.dev/v1alpha1
                kind: LoadBalancer
                metadata: {name: one, uid: x, creationTimestamp: "2026-01-01T00:00:00Z"}
                spec: &spec
                  listeners: [{name: http, port: 80}]
                status: {observedGeneration: 1}
            ---
            # nothing
            ---
            apiVersion: weir.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: two}
            spec: &base
              listeners: [&listener {name: http, port: 80}]
            ---
            apiVersion: weir.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: three}
            spec:
              listeners: [&l {name: http, port: 80}, {<<: *l, name: other, port: 81}]
            """);
    assertEquals(List.of(), read.findings());
    assertEquals(
        List.of("one", "two", "three"),
        read.loadBalancers().stream().map(lb -> lb.name().name()).toList());
  }

  @Test
  void namesAreUniqueAcrossDocuments() {
    assertEquals(
        List.of("f:9: metadata.name: there is another LoadBalancer default/lb: f:1"),
        said(GOOD + "---\n" + GOOD));
  }

  @Test
  void theEnvelopeIsCheckedToo() {
    assertEquals(
        List.of("f:1: apiVersion: 'weir.dev/v2' is not known for this kind; use weir.dev/v1alpha1"),
        said(GOOD.replace("v1alpha1", "v2")));
    assertEquals(
        List.of("f:3: metadata.nam: unknown field", "f:3: metadata.name: is required"),
        said(GOOD.replace("{name: lb}", "{nam: lb}")));
    assertEquals(
        List.of("f:3: metadata.name: 'L_B' is not a DNS name"), said(GOOD.replace("lb", "L_B")));
    assertEquals(List.of("f:6: specs: unknown field"), said(GOOD + "specs: {}\n"));
    assertEquals(List.of("f:1: a document must be an object, and is a list"), said("[]"));
    assertEquals(List.of("f:1: kind: is required"), said("apiVersion: v1"));
    assertEquals(
        List.of(
            "f:2: kind: Pod is ignored; these kinds mean something here: LoadBalancer, Service,"
                + " EndpointSlice, Secret, ConfigMap"),
        said("apiVersion: v1\nkind: Pod\n"));
  }

  @Test
  void otherKindsAreCheckedWhereTheyMatter() {
    assertEquals(
        List.of(
            "f:4: spec.ports[0].port: must be an integer, and is a string",
            "f:9: addressType: must be one of IPv4, IPv6, FQDN",
            "f:11: endpoints[0].addresses: is required"),
        said(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {ports: [{port: http}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
            addressType: IP
            endpoints:
              - {}
            """));
  }

  @Test
  void syntaxErrorsNameTheirLine() {
    var said = said(GOOD + "  pools: [\n").getFirst();
    assertTrue(said.startsWith("f:7: is not YAML: "), said);
    assertTrue(said("a: *x").getFirst().contains("the alias *x has no complete anchor"));
  }

  @Test
  void aliasBombsAndDeepNestingAreRefused() {
    var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a%d: &a%d [".formatted(i, i))
          .append(("*a" + (i - 1) + ", ").repeat(10))
          .append("]\n");
    }
    assertTrue(said(bomb.toString()).getFirst().contains("has more than 2000000 values"));
    assertTrue(said("[".repeat(100_000)).getFirst().contains("is nested deeper than 50 levels"));
    assertTrue(said("a: &a [*a]").getFirst().contains("no complete anchor"));
  }

  @Test
  void filesThatCannotBeReadAreFindings(@TempDir Path directory) throws Exception {
    var latin =
        Files.write(directory.resolve("latin.yaml"), new byte[] {'a', ':', ' ', (byte) 0xe4});
    var gone = directory.resolve("gone.yaml");
    var empty = Files.createDirectory(directory.resolve("empty"));
    assertEquals(
        List.of(
            latin + ": is not UTF-8",
            gone + ": cannot be read: no such file",
            empty + ": has no file that ends in .yaml, .yml or .json"),
        ManifestReader.read(List.of(latin, gone, empty)).findings().stream()
            .map(Finding::toString)
            .toList());
  }

  @Test
  void aDirectoryIsReadByNameWithoutItsHiddenFiles(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("b.yaml"), GOOD.replace("lb", "two"));
    Files.writeString(directory.resolve("a.yml"), GOOD.replace("lb", "one"));
    Files.writeString(directory.resolve(".hidden.yaml"), "nonsense");
    Files.writeString(directory.resolve("notes.txt"), "nonsense");
    Files.createDirectory(directory.resolve("..data"));
    assertEquals(
        List.of("one", "two"),
        ManifestReader.read(List.of(directory)).loadBalancers().stream()
            .map(lb -> lb.name().name())
            .toList());
  }

  @Test
  void aFileWithoutALoadBalancerIsRefused(@TempDir Path directory) throws Exception {
    var file = Files.write(directory.resolve("empty.yaml"), new byte[0]);
    var config = StandaloneConfig.load(List.of(file), RenderOptions.standalone(Set.of()));
    assertTrue(config.failed());
    assertEquals(
        file + ": there is no LoadBalancer document", config.findings().getFirst().toString());
  }

  @Test
  void jsonIsYamlToo() {
    var json =
        """
        {"apiVersion": "weir.dev/v1alpha1", "kind": "LoadBalancer", "metadata": {"name": "lb"},
         "spec": {"listeners": [{"name": "http", "port": 80}]}}
        """;
    assertEquals(1, ManifestReader.read("f.json", json).loadBalancers().size());
    assertEquals(
        json.length(), json.getBytes(StandardCharsets.UTF_8).length, "the sample is plain ASCII");
  }
}
