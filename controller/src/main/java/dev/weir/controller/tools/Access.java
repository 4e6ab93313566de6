package dev.weir.controller.tools;

import dev.weir.controller.tools.CommandLine.UsageException;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.File;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How commands reach the cluster: as kubectl does.
final class Access {
  /// The options of all commands that ask a cluster.
  static final List<String> OPTIONS = List.of("--kubeconfig", "--context");

  /// What the options mean, for help texts.
  static final String HELP =
      """
        --kubeconfig FILE     [$KUBECONFIG or ~/.kube/config]
        --context NAME        [the current one]
      """;

  private Access() {}

  /// A client, to be closed.
  ///
  /// @throws UsageException when there is no such file or context
  static KubernetesClient client(CommandLine line) throws UsageException {
    String file = line.value("--kubeconfig");
    String context = line.value("--context");
    Config config;
    if (file == null) {
      config = Config.autoConfigure(context);
    } else {
      File kubeconfig = new File(file);
      if (!kubeconfig.canRead()) {
        throw new UsageException("--kubeconfig: cannot read " + file);
      }
      config = Config.fromKubeconfig(kubeconfig);
      if (context != null && !choose(config, context)) {
        throw new UsageException("--context: there is no context " + context + " in " + file);
      }
    }
    config.setRequestRetryBackoffLimit(1);
    return new KubernetesClientBuilder().withConfig(new ConfigBuilder(config).build()).build();
  }

  private static boolean choose(Config config, String context) {
    for (var known : config.getContexts()) {
      if (known.getName().equals(context)) {
        config.setCurrentContext(known);
        config.setNamespace(known.getContext().getNamespace());
        return true;
      }
    }
    return false;
  }

  /// The namespace that a command is about; null for all.
  static @Nullable String namespace(CommandLine line, KubernetesClient client) {
    if (line.has("-A")) {
      return null;
    }
    String given = line.value("-n");
    String current = client.getConfiguration().getNamespace();
    return given != null ? given : current == null ? "default" : current;
  }

  /// Why the cluster does not answer, in one sentence.
  static String explain(KubernetesClientException e) {
    return switch (e.getCode()) {
      case 0 -> {
        Throwable root = e;
        while (root.getCause() != null) {
          root = root.getCause();
        }
        String why =
            root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        yield "the cluster cannot be reached: " + why;
      }
      case 401 -> "the cluster does not accept the credentials of the kubeconfig";
      case 404 -> "the cluster has no LoadBalancers of weir.dev: apply the CRD (crds/)";
      default -> String.valueOf(e.getMessage());
    };
  }
}
