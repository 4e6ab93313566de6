package dev.weir.config.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.weir.config.manifest.ManifestReader;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ReferentTest {
  private static final String MANIFEST =
      """
      apiVersion: weir.dev/v1alpha1
      kind: LoadBalancer
      metadata: {name: lb, namespace: ns}
      spec:
        listeners:
          - name: https
            port: 443
            tls:
              certificates: [{secretRef: {name: own}}, {secretRef: {name: theirs, namespace: other}}]
              clientAuth: {ca: {configMapRef: {name: partners}}}
          - name: sni
            port: 8443
            protocol: TCP
            tls: {mode: Passthrough}
            defaultPool: web
        defaultPool: web
        pools:
          - name: web
            serviceRef: {name: web, port: 80}
          - name: api
            endpoints: [{address: 10.0.0.1, port: 443}]
            tls: {ca: {secretRef: {name: internal}}, certificate: {secretRef: {name: client}}}
      """;

  @Test
  void everythingThatTheRendererAsksForIsNamed() {
    var resource = ManifestReader.read("test.yaml", MANIFEST).loadBalancers().getFirst();
    var names = new TreeSet<String>();
    Referent.of(resource).forEach(one -> names.add(one.kind() + " " + one.name()));
    assertEquals(
        Set.of(
            "Secret ns/own",
            "Secret other/theirs",
            "ConfigMap ns/partners",
            "Service ns/web",
            "Secret ns/internal",
            "Secret ns/client"),
        names);
    var config =
        new Renderer(RenderOptions.kubernetes(false)).render(resource, References.NONE).config();
    assertNotNull(config);
    assertEquals(
        Set.of(
            "ns/lb/Secret:ns:own",
            "ns/lb/Secret:other:theirs",
            "ns/lb/ConfigMap:ns:partners",
            "ns/lb/Secret:ns:internal",
            "ns/lb/Secret:ns:client"),
        config.credentials());
  }
}
