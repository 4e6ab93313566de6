package dev.weir.controller.infra;

import dev.weir.api.v1alpha1.IntOrString;
import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.ProxySpec;
import dev.weir.api.v1alpha1.ResourcesSpec;
import dev.weir.api.v1alpha1.ServiceSpec;
import dev.weir.config.render.Defaults;
import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.gather.Watches;
import dev.weir.controller.stream.TokenReviewAuthenticator;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.VolumeProjectionBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The objects that a LoadBalancer's own proxies are made of. Pure.
///
/// The pod template depends on `spec.proxy` and the image alone: no change of listeners, pools or
/// anything else that is configuration ever rolls a pod.
public final class InfraRenderer {
  private static final long USER = 65532;
  private static final int HEALTH_PORT = 9901;
  private static final int GRACE_SECONDS = 60;
  private static final int TOKEN_SECONDS = 3600;
  private static final String IDENTITY = "/var/run/secrets/weir";
  private static final String BUNDLE = "/var/run/secrets/weir-bundle";
  private static final String CA_ANNOTATION = "weir.dev/controller-ca";

  private final Supplier<InfraOptions> options;

  public InfraRenderer(InfraOptions options) {
    this(() -> options);
  }

  /// @param options as they are whenever something is rendered: the CA may be rotated
  public InfraRenderer(Supplier<InfraOptions> options) {
    this.options = options;
  }

  /// All objects, in the order in which they should be made.
  public List<HasMetadata> render(Observed seen) {
    ObjectName name = seen.resource().name();
    String owned = OwnedNames.of(name.name());
    ProxySpec proxy =
        Objects.requireNonNullElse(
            seen.resource().spec().proxy(), new ProxySpec(null, null, null, null));
    List<HasMetadata> objects = new ArrayList<>();
    objects.add(
        new ServiceAccountBuilder()
            .withMetadata(meta(seen, owned))
            .withAutomountServiceAccountToken(false)
            .build());
    objects.add(workload(seen, owned, proxy));
    objects.add(service(seen, owned, proxy.service()));
    objects.add(
        new PodDisruptionBudgetBuilder()
            .withMetadata(meta(seen, owned))
            .withNewSpec()
            .withNewMaxUnavailable(1)
            .withSelector(selector(owned))
            .endSpec()
            .build());
    return objects;
  }

  private static ObjectMeta meta(Observed seen, String owned) {
    ObjectName name = seen.resource().name();
    Map<String, String> labels = new LinkedHashMap<>(labels(owned));
    labels.put(Watches.MANAGED_BY, "weir");
    return new ObjectMetaBuilder()
        .withName(owned)
        .withNamespace(name.namespace())
        .withLabels(labels)
        .addNewOwnerReference()
        .withApiVersion("weir.dev/v1alpha1")
        .withKind("LoadBalancer")
        .withName(name.name())
        .withUid(seen.uid())
        .withController(true)
        .endOwnerReference()
        .build();
  }

  private static Map<String, String> labels(String owned) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("app.kubernetes.io/name", "weir-proxy");
    labels.put("app.kubernetes.io/instance", owned);
    return labels;
  }

  private static LabelSelector selector(String owned) {
    return new LabelSelectorBuilder().withMatchLabels(labels(owned)).build();
  }

  private HasMetadata workload(Observed seen, String owned, ProxySpec proxy) {
    PodTemplateSpec template = template(seen.resource().name(), owned, proxy);
    return switch (Objects.requireNonNullElse(proxy.kind(), Defaults.PROXY_KIND)) {
      case Deployment ->
          new DeploymentBuilder()
              .withMetadata(meta(seen, owned))
              .withNewSpec()
              .withReplicas(replicas(proxy))
              .withSelector(selector(owned))
              .withNewStrategy()
              .withType("RollingUpdate")
              .withNewRollingUpdate()
              .withNewMaxUnavailable(0)
              .withNewMaxSurge(1)
              .endRollingUpdate()
              .endStrategy()
              .withTemplate(template)
              .endSpec()
              .build();
      case DaemonSet ->
          new DaemonSetBuilder()
              .withMetadata(meta(seen, owned))
              .withNewSpec()
              .withSelector(selector(owned))
              .withTemplate(template)
              .endSpec()
              .build();
    };
  }

  /// How many proxies a Deployment is to have.
  static int replicas(ProxySpec proxy) {
    return Objects.requireNonNullElse(proxy.replicas(), Defaults.PROXY_REPLICAS);
  }

  private PodTemplateSpec template(ObjectName name, String owned, ProxySpec proxy) {
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .withLabels(labels(owned))
        .addToAnnotations(CA_ANNOTATION, options.get().caPem())
        .endMetadata()
        .withNewSpec()
        .withServiceAccountName(owned)
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withTerminationGracePeriodSeconds((long) GRACE_SECONDS)
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(USER)
        .withRunAsGroup(USER)
        .withFsGroup(USER)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .addNewSysctl("net.ipv4.ip_unprivileged_port_start", "0")
        .endSecurityContext()
        .addNewTopologySpreadConstraint()
        .withMaxSkew(1)
        .withTopologyKey("kubernetes.io/hostname")
        .withWhenUnsatisfiable("ScheduleAnyway")
        .withLabelSelector(selector(owned))
        .endTopologySpreadConstraint()
        .withContainers(container(name, proxy.resources()))
        .withVolumes(volumes(name))
        .endSpec()
        .build();
  }

  private Container container(ObjectName name, @Nullable ResourcesSpec resources) {
    return new ContainerBuilder()
        .withName("proxy")
        .withImage(options.get().image())
        .withImagePullPolicy("IfNotPresent")
        .withArgs("proxy")
        .withEnv(environment(name))
        .addNewPort()
        .withName("health")
        .withContainerPort(HEALTH_PORT)
        .withProtocol("TCP")
        .endPort()
        .withReadinessProbe(probe("/ready", 1, 2))
        .withLivenessProbe(probe("/live", 10, 6))
        .withResources(resources(resources))
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .withVolumeMounts(mounts())
        .build();
  }

  private List<VolumeMount> mounts() {
    List<VolumeMount> mounts = new ArrayList<>();
    mounts.add(mount("identity", IDENTITY, true));
    mounts.add(mount("state", "/var/lib/weir", false));
    mounts.add(mount("run", "/run/weir", false));
    mounts.add(mount("tmp", "/tmp", false));
    if (options.get().bundles()) {
      mounts.add(mount("bundle", BUNDLE, true));
    }
    return mounts;
  }

  private List<EnvVar> environment(ObjectName name) {
    List<EnvVar> environment = new ArrayList<>();
    Collections.addAll(
        environment,
        env("WEIR_CONTROLLER", options.get().controller()),
        env("WEIR_LOAD_BALANCER", name.toString()),
        fieldEnv("WEIR_PROXY_ID", "metadata.name"),
        env("WEIR_TOKEN_FILE", IDENTITY + "/token"),
        env("WEIR_CA_FILE", IDENTITY + "/ca.crt"),
        env("WEIR_STATE_DIR", "/var/lib/weir"),
        env("WEIR_HEALTH_ADDRESS", "0.0.0.0:" + HEALTH_PORT),
        env("WEIR_DRAIN_DELAY", "5s"),
        env("WEIR_DRAIN_TIMEOUT", "40s"));
    if (options.get().bundles()) {
      environment.add(env("WEIR_BUNDLE_DIR", BUNDLE));
    }
    return environment;
  }

  private static EnvVar env(String key, String value) {
    return new EnvVar(key, value, null);
  }

  private static EnvVar fieldEnv(String key, String path) {
    return new EnvVarBuilder()
        .withName(key)
        .withNewValueFrom()
        .withNewFieldRef("v1", path)
        .endValueFrom()
        .build();
  }

  private static Probe probe(String path, int period, int failures) {
    return new ProbeBuilder()
        .withNewHttpGet()
        .withPath(path)
        .withNewPort(HEALTH_PORT)
        .withScheme("HTTP")
        .endHttpGet()
        .withPeriodSeconds(period)
        .withFailureThreshold(failures)
        .withTimeoutSeconds(2)
        .withSuccessThreshold(1)
        .build();
  }

  private static VolumeMount mount(String name, String path, boolean readOnly) {
    var builder = new VolumeMountBuilder().withName(name).withMountPath(path);
    return readOnly ? builder.withReadOnly(true).build() : builder.build();
  }

  /// The token proves who the proxy is; the controller's CA comes with the pod, as an annotation,
  /// so that neither a ConfigMap nor a Secret has to be written into the LoadBalancer's namespace.
  private List<Volume> volumes(ObjectName name) {
    List<Volume> volumes = new ArrayList<>();
    volumes.add(
        new VolumeBuilder()
            .withName("identity")
            .withNewProjected()
            .addNewSource()
            .withNewServiceAccountToken(
                TokenReviewAuthenticator.AUDIENCE, (long) TOKEN_SECONDS, "token")
            .endSource()
            .addNewSource()
            .withNewDownwardAPI()
            .addNewItem()
            .withPath("ca.crt")
            .withNewFieldRef("v1", "metadata.annotations['" + CA_ANNOTATION + "']")
            .endItem()
            .endDownwardAPI()
            .endSource()
            .endProjected()
            .build());
    volumes.add(memory("state", "64Mi"));
    volumes.add(memory("run", "1Mi"));
    volumes.add(memory("tmp", "32Mi"));
    if (options.get().bundles()) {
      volumes.add(bundle(name));
    }
    return volumes;
  }

  /// What there is of the bundle when the pod starts; none of it has to be there.
  private static Volume bundle(ObjectName name) {
    var place = BundlePlace.of(new ProxyGroup.Own(name.namespace(), name.name()), "");
    List<VolumeProjection> sources = new ArrayList<>();
    sources.add(secret(place.key(), BundlePlace.KEY, BundlePlace.KEY));
    for (BundlePlace.Mounted part : place.mounted()) {
      sources.add(secret(part.secret(), BundlePlace.PART, part.file()));
    }
    return new VolumeBuilder()
        .withName("bundle")
        .withNewProjected()
        .withSources(sources)
        .endProjected()
        .build();
  }

  private static VolumeProjection secret(String name, String key, String path) {
    return new VolumeProjectionBuilder()
        .withNewSecret()
        .withName(name)
        .withOptional(true)
        .addNewItem()
        .withKey(key)
        .withPath(path)
        .endItem()
        .endSecret()
        .build();
  }

  private static Volume memory(String name, String size) {
    return new VolumeBuilder()
        .withName(name)
        .withNewEmptyDir()
        .withMedium("Memory")
        .withSizeLimit(new Quantity(size))
        .endEmptyDir()
        .build();
  }

  private static ResourceRequirements resources(@Nullable ResourcesSpec spec) {
    Map<String, Quantity> requests = new TreeMap<>();
    requests.put("cpu", quantity(Defaults.CPU_REQUEST));
    requests.put("memory", quantity(Defaults.MEMORY_REQUEST));
    Map<String, Quantity> limits = new TreeMap<>();
    if (spec != null) {
      if (spec.requests() != null) {
        requests.clear();
        spec.requests().forEach((key, value) -> requests.put(key, quantity(value)));
      }
      if (spec.limits() != null) {
        spec.limits().forEach((key, value) -> limits.put(key, quantity(value)));
      }
    }
    var builder = new ResourceRequirementsBuilder().withRequests(requests);
    return limits.isEmpty() ? builder.build() : builder.withLimits(limits).build();
  }

  private static Quantity quantity(IntOrString value) {
    return Quantity.parse(value.toString());
  }

  private static HasMetadata service(Observed seen, String owned, @Nullable ServiceSpec spec) {
    ServiceSpec.Type type =
        spec == null || spec.type() == null ? Defaults.SERVICE_TYPE : spec.type();
    ObjectMeta meta = meta(seen, owned);
    if (spec != null && spec.annotations() != null) {
      meta.setAnnotations(new TreeMap<>(spec.annotations()));
    }
    var builder =
        new ServiceBuilder()
            .withMetadata(meta)
            .withNewSpec()
            .withType(type.name())
            .withSelector(labels(owned))
            .withPorts(ports(seen));
    if (type != ServiceSpec.Type.ClusterIP) {
      ServiceSpec.TrafficPolicy policy =
          spec == null || spec.externalTrafficPolicy() == null
              ? Defaults.EXTERNAL_TRAFFIC_POLICY
              : spec.externalTrafficPolicy();
      builder.withExternalTrafficPolicy(policy.name());
    }
    return builder.endSpec().build();
  }

  /// One port for each port that any listener has.
  private static List<ServicePort> ports(Observed seen) {
    Map<Integer, String> names = new TreeMap<>();
    for (ListenerSpec listener :
        Objects.requireNonNullElse(seen.resource().spec().listeners(), List.<ListenerSpec>of())) {
      names.putIfAbsent(listener.port(), listener.name());
    }
    List<ServicePort> ports = new ArrayList<>();
    names.forEach(
        (port, name) ->
            ports.add(
                new ServicePortBuilder()
                    .withName(name)
                    .withPort(port)
                    .withNewTargetPort(port)
                    .withProtocol("TCP")
                    .build()));
    return ports;
  }
}
