package dev.weir.controller.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.ObjectName;
import dev.weir.controller.api.LoadBalancer;
import dev.weir.controller.gather.Observed;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class InfraRendererTest {
  private final InfraRenderer renderer =
      new InfraRenderer(new InfraOptions("weir/proxy:1", "controller:9443", "CA", false));

  @Test
  void allObjectsBelongToTheLoadBalancerAndAreCalledAlike() {
    var objects = render("listeners: [{name: http, port: 80}]");
    assertEquals(
        List.of("ServiceAccount", "Deployment", "Service", "PodDisruptionBudget"),
        objects.stream().map(HasMetadata::getKind).toList());
    for (HasMetadata object : objects) {
      assertEquals("web-weir", object.getMetadata().getName());
      assertEquals("shop", object.getMetadata().getNamespace());
      var owner = object.getMetadata().getOwnerReferences().getFirst();
      assertEquals("uid-1", owner.getUid());
      assertEquals(true, owner.getController());
      assertEquals("weir", object.getMetadata().getLabels().get("app.kubernetes.io/managed-by"));
    }
  }

  @Test
  void whatIsConfigurationNeverChangesThePodTemplate() {
    String before = template("listeners: [{name: http, port: 80}]");
    assertEquals(
        before,
        template(
            """
            listeners: [{name: http, port: 80}, {name: db, port: 5432, protocol: TCP}]
              defaultPool: web
              pools: [{name: web, serviceRef: {name: web, port: 80}}]
              proxy: {replicas: 5, service: {type: NodePort}}"""));
    assertNotEquals(
        before,
        template("proxy: {resources: {requests: {cpu: \"2\"}}}"),
        "the template depends on spec.proxy");
  }

  @Test
  void aBundleIsMountedWithoutHavingToBeThere() {
    var bundling =
        new InfraRenderer(new InfraOptions("weir/proxy:1", "controller:9443", "CA", true));
    var deployment = (Deployment) render(bundling, "listeners: [{name: http, port: 80}]").get(1);
    var pod = deployment.getSpec().getTemplate().getSpec();
    var volume =
        pod.getVolumes().stream()
            .filter(v -> v.getName().equals("bundle"))
            .findFirst()
            .orElseThrow();
    var secrets = volume.getProjected().getSources();
    assertEquals(17, secrets.size());
    assertTrue(secrets.stream().allMatch(s -> s.getSecret().getOptional()));
    assertEquals("web-weir-bundle-key", secrets.getFirst().getSecret().getName());
    assertEquals("web-weir-bundle-b7", secrets.getLast().getSecret().getName());
    assertTrue(
        pod.getContainers().getFirst().getEnv().stream()
            .anyMatch(e -> e.getName().equals("WEIR_BUNDLE_DIR")));
    assertTrue(!template("listeners: [{name: http, port: 80}]").contains("bundle"));
  }

  @Test
  void thePodMayDoNothingThatItDoesNotNeed() {
    var pod = deployment("listeners: [{name: http, port: 80}]").getSpec().getTemplate().getSpec();
    var container = pod.getContainers().getFirst();
    assertEquals(false, pod.getAutomountServiceAccountToken());
    assertEquals(true, pod.getSecurityContext().getRunAsNonRoot());
    assertEquals("RuntimeDefault", pod.getSecurityContext().getSeccompProfile().getType());
    assertEquals(true, container.getSecurityContext().getReadOnlyRootFilesystem());
    assertEquals(false, container.getSecurityContext().getAllowPrivilegeEscalation());
    assertEquals(List.of("ALL"), container.getSecurityContext().getCapabilities().getDrop());
    var sources = pod.getVolumes().getFirst().getProjected().getSources();
    assertEquals("weir-controller", sources.getFirst().getServiceAccountToken().getAudience());
    var account = (ServiceAccount) render("listeners: []").getFirst();
    assertEquals(false, account.getAutomountServiceAccountToken());
  }

  @Test
  void theTimeToDrainFitsIntoTheGracePeriod() {
    var pod = deployment("listeners: []").getSpec().getTemplate().getSpec();
    int seconds =
        pod.getContainers().getFirst().getEnv().stream()
            .filter(e -> e.getName().startsWith("WEIR_DRAIN"))
            .mapToInt(e -> Integer.parseInt(e.getValue().replace("s", "")))
            .sum();
    assertTrue(seconds < pod.getTerminationGracePeriodSeconds(), seconds + " s");
  }

  @Test
  void theServiceHasOneNumericPortForEachPortOfTheListeners() {
    var service =
        service(
            "listeners: [{name: b, port: 443}, {name: a, port: 80}, {name: c, port: 80, address: 10.0.0.1}]");
    assertEquals(
        List.of("a 80->80", "b 443->443"),
        service.getSpec().getPorts().stream()
            .map(p -> p.getName() + " " + p.getPort() + "->" + p.getTargetPort().getIntVal())
            .toList());
    assertEquals("ClusterIP", service.getSpec().getType());
  }

  @Test
  void aServiceOfTypeLoadBalancerTakesItsAnnotationsAndPolicy() {
    var service =
        service(
            "proxy: {service: {type: LoadBalancer, externalTrafficPolicy: Local, annotations: {a: b}}}");
    assertEquals("LoadBalancer", service.getSpec().getType());
    assertEquals("Local", service.getSpec().getExternalTrafficPolicy());
    assertEquals("b", service.getMetadata().getAnnotations().get("a"));
  }

  @Test
  void aDaemonSetIsMadeWhenItIsWanted() {
    var objects = render("proxy: {kind: DaemonSet}");
    assertTrue(objects.stream().anyMatch(DaemonSet.class::isInstance), objects.toString());
    assertTrue(objects.stream().noneMatch(Deployment.class::isInstance), objects.toString());
  }

  private List<HasMetadata> render(String spec) {
    return render(renderer, spec);
  }

  private static List<HasMetadata> render(InfraRenderer renderer, String spec) {
    var object =
        Serialization.unmarshal("kind: LoadBalancer\nspec:\n  " + spec, LoadBalancer.class);
    var name = new ObjectName("shop", "web");
    var resource = new LoadBalancerResource(name, Instant.EPOCH, object.getSpec());
    return renderer.render(new Observed(resource, "uid-1", 1, null, null));
  }

  private Deployment deployment(String spec) {
    return one(Deployment.class, spec);
  }

  private Service service(String spec) {
    return one(Service.class, spec);
  }

  private <T> T one(Class<T> type, String spec) {
    return render(spec).stream().filter(type::isInstance).map(type::cast).findFirst().orElseThrow();
  }

  private String template(String spec) {
    return Serialization.asYaml(deployment(spec).getSpec().getTemplate());
  }
}
