package dev.weir.controller.gather;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.stream.ProxyGroup;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadBalancerReaderTest {

  @Test
  void aDocumentIsReadWithItsStatus() {
    var seen =
        read(
            """
            spec:
              listeners: [{name: http, port: 80}]
              pools: [{name: web, serviceRef: {name: web, port: http}, balance: {}}]
            status:
              observedGeneration: 3
            """);
    assertNull(seen.unreadable());
    assertEquals(80, seen.resource().spec().listeners().getFirst().port());
    assertNotNull(seen.resource().spec().pools().getFirst().balance(), "empty is not absent");
    assertNotNull(seen.status());
    assertEquals(new ProxyGroup.Own("shop", "web"), seen.group());
  }

  @Test
  void aFieldThatANewerCrdLetInIsNamedAndNotIgnored() {
    var seen = read("spec: {fleetRef: {name: edge}, listeners: [{name: a, port: 1, udp: {}}]}");
    var problem = seen.unreadable();
    assertNotNull(problem);
    assertEquals("spec.listeners[0].udp", problem.path());
    assertTrue(problem.fatal());
    assertEquals(new ProxyGroup.Fleet("edge"), seen.group());
  }

  @Test
  void aValueThatANewerCrdLetInIsNamed() {
    var problem = read("spec: {listeners: [{name: a, port: 1, protocol: QUIC}]}").unreadable();
    assertNotNull(problem);
    assertEquals("spec.listeners[0].protocol", problem.path());
    assertTrue(problem.message().contains("QUIC"), problem.message());
  }

  @Test
  void aStatusOfAnotherShapeIsAsGoodAsNone() {
    var seen = read("spec: {listeners: []}\nstatus: {conditions: 7}");
    assertNull(seen.status());
    assertNull(seen.unreadable());
  }

  @Test
  void aDocumentWithoutASpecIsEmpty() {
    assertEquals(List.of(), read("status: {}").resource().spec().listeners());
  }

  @Test
  void whatOnlyAStatusWasWrittenToKeepsItsSpec() {
    var spec = "spec: {listeners: [{name: a, port: 1}]}\n";
    var before = LoadBalancerReader.read(object("uid: u1, generation: 3", spec));
    var written = "status: {observedGeneration: 3}";
    var told = LoadBalancerReader.read(object("uid: u1, generation: 3", spec + written), before);
    assertSame(before.resource(), told.resource());
    assertNotNull(told.status());
    for (String other : List.of("uid: u1, generation: 4", "uid: u2, generation: 3")) {
      var changed = object(other, "spec: {listeners: [{name: a, port: 2}]}");
      assertEquals(
          2,
          LoadBalancerReader.read(changed, told).resource().spec().listeners().getFirst().port());
    }
  }

  private static Observed read(String body) {
    return LoadBalancerReader.read(object("generation: 3", body));
  }

  private static GenericKubernetesResource object(String metadata, String body) {
    return Serialization.unmarshal(
        "apiVersion: weir.dev/v1alpha1\nkind: LoadBalancer\n"
            + "metadata: {name: web, namespace: shop, "
            + metadata
            + "}\n"
            + body,
        GenericKubernetesResource.class);
  }
}
