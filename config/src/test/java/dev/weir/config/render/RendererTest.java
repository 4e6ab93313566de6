package dev.weir.config.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.ConfigJson;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.PoolConfig;
import dev.weir.config.manifest.ManifestReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RendererTest {
  private static final String HEAD =
      "apiVersion: weir.dev/v1alpha1\n"
          + "kind: LoadBalancer\n"
          + "metadata: {name: lb, namespace: ns}\n"
          + "spec:\n";
  private static final String WEB =
      "  pools: [{name: web, endpoints: [{address: 10.0.0.1, port: 80}]}]\n";
  private static final RenderOptions KUBERNETES = RenderOptions.kubernetes(false);

  private static Rendered render(String spec) {
    return render(spec, KUBERNETES);
  }

  private static Rendered render(String spec, RenderOptions options) {
    var manifests = ManifestReader.read("test.yaml", HEAD + spec);
    assertEquals(List.of(), manifests.findings());
    return new Renderer(options)
        .render(manifests.loadBalancers().getFirst(), manifests.references());
  }

  private static List<String> said(Rendered rendered) {
    return rendered.problems().stream()
        .map(p -> p.condition() + "/" + p.reason() + " " + p.path())
        .toList();
  }

  @Test
  void theShortestManifestGetsEveryDefault() {
    var rendered = render("  listeners: [{name: http, port: 80}]\n" + WEB);
    assertEquals(List.of(), rendered.problems());
    var config = rendered.config();
    assertNotNull(config);
    assertEquals("ns/lb", config.name());
    var listener = config.listeners().getFirst();
    assertEquals("*:80", listener.bind());
    assertEquals(ListenerConfig.Protocol.HTTP, listener.protocol());
    assertEquals("web", listener.defaultPool());
    assertEquals(
        new ListenerConfig.Timeouts(
            Duration.ofSeconds(10),
            Duration.ofSeconds(50),
            Duration.ofSeconds(50),
            Duration.ofHours(1),
            Duration.ofSeconds(30),
            null),
        listener.timeouts());
    assertEquals(new ListenerConfig.Limits(0, 0, 32768, 128, 0, 1024), listener.limits());
    assertEquals(
        new ListenerConfig.AccessLog(ListenerConfig.LogFormat.JSON, true), listener.accessLog());
    var pool = config.pools().getFirst();
    assertEquals(
        new PoolConfig(
            "web",
            PoolConfig.Protocol.HTTP1,
            PoolConfig.Algorithm.RoundRobin,
            new PoolConfig.HealthCheck(
                new PoolConfig.Probe.Tcp(), Duration.ofSeconds(2), Duration.ofSeconds(2), 2, 3),
            PoolConfig.Connections.UNLIMITED,
            new PoolConfig.Queue(0, Duration.ofSeconds(5)),
            3,
            new PoolConfig.Timeouts(
                Duration.ofSeconds(5),
                Duration.ofSeconds(50),
                Duration.ofSeconds(50),
                Duration.ofSeconds(60)),
            false,
            null,
            null,
            null,
            null),
        pool);
    assertEquals(
        List.of(
            new EndpointsConfig(
                "ns/lb/web",
                List.of(
                    new EndpointsConfig.Endpoint(
                        "10.0.0.1", 80, 1, 0, EndpointsConfig.State.Ready, 0, true, null, null)))),
        rendered.endpoints());
  }

  @Test
  void anEmptyHttpCheckIsAGetOfTheRoot() {
    var rendered =
        render(
            "  listeners: [{name: http, port: 80}]\n"
                + "  pools: [{name: web, health: {http: {}}, endpoints: [{address: a, port:"
                + " 80}]}]\n");
    var config = rendered.config();
    assertNotNull(config);
    var health = config.pools().getFirst().health();
    assertNotNull(health);
    assertEquals(
        new PoolConfig.Probe.Http("GET", "/", null, List.of(new PoolConfig.StatusRange(200, 399))),
        health.probe());
  }

  @Test
  void aConnectionLimitSwitchesTheQueueOn() {
    var config =
        render(
                """
                  listeners: [{name: http, port: 80}]
                  pools: [{name: web, endpoints: [{address: 10.0.0.1, port: 80, maxConnections: 5}]}]
                """)
            .config();
    assertNotNull(config);
    assertEquals(1000, config.pools().getFirst().queue().length());
  }

  @Test
  void noConditionsOfRetryMeanNoRetry() {
    var config =
        render(
                """
                  listeners: [{name: http, port: 80}]
                  pools: [{name: web, retry: {conditions: []}, endpoints: [{address: a, port: 80}]}]
                """)
            .config();
    assertNotNull(config);
    assertEquals(0, config.pools().getFirst().retries());
  }

  @Test
  void anHttpListenerWithoutADefaultAnswers404AndATcpListenerIsRefused() {
    var pools =
        """
          pools:
            - {name: a, endpoints: [{address: 10.0.0.1, port: 80}]}
            - {name: b, endpoints: [{address: 10.0.0.1, port: 80}]}
        """;
    var http = render("  listeners: [{name: http, port: 80}]\n" + pools).config();
    assertNotNull(http);
    assertNull(http.listeners().getFirst().defaultPool());
    var tcp = render("  listeners: [{name: db, port: 80, protocol: TCP}]\n" + pools);
    assertNull(tcp.config());
    assertEquals(List.of("Accepted/DefaultPoolRequired spec.listeners[db].defaultPool"), said(tcp));
  }

  @Test
  void everythingWrongIsSaidAtOnceAndNothingIsRendered() {
    var rendered =
        render(
            """
              listeners:
                - {name: one, port: 9901, defaultPool: nope}
                - {name: two, port: 9901, timeouts: {idle: 0s}}
              pools: [{name: web, endpoints: [{address: 1.2.3.4.5, port: 80}]}]
            """);
    assertNull(rendered.config());
    assertEquals(List.of(), rendered.endpoints());
    assertEquals(
        List.of(
            "Accepted/PortReserved spec.listeners[one].port",
            "ResolvedRefs/PoolNotFound spec.listeners[one].defaultPool",
            "Accepted/PortReserved spec.listeners[two].port",
            "Accepted/InvalidDuration spec.listeners[two].timeouts.idle",
            "Accepted/PortConflict spec.listeners[two].port",
            "Accepted/InvalidAddress spec.pools[web].endpoints[1.2.3.4.5:80].address"),
        said(rendered));
  }

  @Test
  void fromKubernetesLocalAddressesGetNoTrafficAndTheRestDoes() {
    var spec =
        """
          listeners: [{name: http, port: 80}]
          pools:
            - name: web
              endpoints: [{address: 127.0.0.1, port: 80}, {address: 10.0.0.1, port: 80}]
        """;
    var rendered = render(spec);
    assertEquals(
        List.of("ResolvedRefs/AddressNotAllowed spec.pools[web].endpoints[127.0.0.1:80].address"),
        said(rendered));
    assertNotNull(rendered.config());
    assertEquals(1, rendered.endpoints().getFirst().endpoints().size());
    var standalone = render(spec, RenderOptions.standalone(Set.of(9901)));
    assertEquals(List.of(), standalone.problems());
    assertEquals(2, standalone.endpoints().getFirst().endpoints().size());
  }

  @Test
  void addressesThatAreSpelledDifferentlyAreStillDuplicates() {
    var rendered =
        render(
            """
              listeners: [{name: http, port: 80}]
              pools:
                - name: web
                  endpoints:
                    - {address: "fd00::1", port: 80}
                    - {address: "fd00:0::1", port: 80}
                    - {address: Web.example, port: 80}
                    - {address: web.example, port: 80}
            """);
    assertEquals(
        List.of(
            "Accepted/DuplicateEndpoint spec.pools[web].endpoints[[fd00:0::1]:80]",
            "Accepted/DuplicateEndpoint spec.pools[web].endpoints[web.example:80]"),
        said(rendered));
  }

  private static final String SERVICE =
      """
        listeners: [{name: http, port: 80}]
        pools: [{name: web, serviceRef: {name: web, port: %s}}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: ns}
      spec: {type: %s, ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]}
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: web-1, namespace: ns, labels: {kubernetes.io/service-name: web}}
      addressType: IPv4
      ports: [{name: http, port: 8080}]
      endpoints: [{addresses: [10.244.0.1]}]
      """;

  @Test
  void aServicePortIsFoundByNameAndByNumber() {
    for (var port : List.of("http", "80", "\"80\"")) {
      var rendered = render(SERVICE.formatted(port, "ClusterIP"));
      assertEquals(List.of(), rendered.problems());
      assertEquals(
          "10.244.0.1:8080", rendered.endpoints().getFirst().endpoints().getFirst().authority());
    }
  }

  @Test
  void whatDoesNotResolveIsSaidAndEverythingElseApplies() {
    var port = render(SERVICE.formatted("dns", "ClusterIP"));
    assertEquals(List.of("ResolvedRefs/PortNotFound spec.pools[web].serviceRef.port"), said(port));
    assertNotNull(port.config());
    var nobody =
        render(
            SERVICE
                .formatted("http", "ClusterIP")
                .replace("web-1, namespace: ns", "web-1, namespace: other"));
    assertEquals(List.of("Ready/NoEndpoints spec.pools[web].serviceRef"), said(nobody));
    assertTrue(nobody.problems().stream().noneMatch(Problem::fatal));
  }

  @Test
  void aServiceOfTypeExternalNameStandsForItsName() {
    for (var port : List.of("http", "80")) {
      var rendered = render(external(port, "api.example.com"));
      assertEquals(List.of(), rendered.problems());
      assertEquals(
          "api.example.com:80", rendered.endpoints().getFirst().endpoints().getFirst().authority());
    }
    assertEquals(
        "api.example.com:8443",
        render(external("8443", "api.example.com"))
            .endpoints()
            .getFirst()
            .endpoints()
            .getFirst()
            .authority(),
        "it needs no ports of its own");
    assertEquals(
        List.of("ResolvedRefs/PortNotFound spec.pools[web].serviceRef.port"),
        said(render(external("admin", "api.example.com"))));
    assertEquals(
        List.of("ResolvedRefs/AddressNotAllowed spec.pools[web].serviceRef"),
        said(render(external("http", "localhost"))));
  }

  private static String external(String port, String target) {
    return SERVICE.formatted(port, "ExternalName, externalName: " + target);
  }

  @Test
  void aServiceOfAnotherNamespaceNeedsAGrant() {
    var manifest =
        SERVICE
            .formatted("http", "ClusterIP")
            .replace("namespace: ns", "namespace: shared")
            .replace("serviceRef: {name: web,", "serviceRef: {name: web, namespace: shared,");
    var manifests = ManifestReader.read("test.yaml", HEAD + manifest);
    var resource = manifests.loadBalancers().getFirst();
    var granted = new Renderer(KUBERNETES).render(resource, manifests.references());
    assertEquals(List.of(), granted.problems());
    assertEquals(
        "10.244.0.1:8080", granted.endpoints().getFirst().endpoints().getFirst().authority());
    var refused = new Renderer(KUBERNETES).render(resource, References.NONE);
    assertEquals(
        List.of("ResolvedRefs/RefNotPermitted spec.pools[web].serviceRef.namespace"),
        said(refused));
    assertNotNull(refused.config());
  }

  @Test
  void theEndpointsOfOnePoolAreThoseOfTheWhole() {
    var manifests = ManifestReader.read("test.yaml", HEAD + SERVICE.formatted("http", "ClusterIP"));
    var resource = manifests.loadBalancers().getFirst();
    var renderer = new Renderer(KUBERNETES);
    var whole = renderer.render(resource, manifests.references());
    var alone = renderer.endpoints(resource, "web", manifests.references());
    assertNotNull(alone);
    assertEquals(whole.endpoints().getFirst(), alone.endpoints());
    assertEquals(whole.problems(), alone.problems());
    var other =
        new Problem(
            Problem.Condition.ResolvedRefs,
            "SecretNotFound",
            "spec.listeners[https].tls.certificates[0].secretRef",
            "no",
            false);
    var gone =
        new Problem(
            Problem.Condition.Ready, "NoEndpoints", "spec.pools[web].serviceRef", "no", false);
    assertEquals(
        List.of(other),
        RenderedEndpoints.replaced(List.of(other, gone), alone.problems()),
        "problems of endpoints are replaced, others stay");
    assertNull(renderer.endpoints(resource, "other", manifests.references()));
  }

  @Test
  void theSameInputGivesTheSameBytes() {
    var spec = "  listeners: [{name: http, port: 80}]\n" + WEB;
    assertEquals(json(render(spec)), json(render(spec)));
  }

  private static String json(Rendered rendered) {
    var config = rendered.config();
    assertNotNull(config);
    return new String(ConfigJson.write(config), StandardCharsets.UTF_8);
  }
}
