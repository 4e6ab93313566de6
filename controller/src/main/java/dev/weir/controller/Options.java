package dev.weir.controller;

import dev.weir.config.Durations;
import dev.weir.config.stream.ProxyGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// How a controller process is run: flags, and environment variables of the same names
/// (`--proxy-image` is `WEIR_PROXY_IMAGE`). A flag wins.
///
/// @param namespace where the controller's own objects live: its Lease, its CA
/// @param managed whether LoadBalancers without a fleet get proxies of their own
/// @param proxyImage of those proxies
/// @param streamHost IP to listen on for proxies, `*` for all
/// @param healthHost IP to listen on for health and metrics
/// @param advertise `host[:port]` that proxies dial
/// @param replicaAddress `host:port` at which other replicas reach this one; null for this host's
///   address and the stream's port
/// @param localEndpoints whether endpoints may be loopback addresses and the like: for development
/// @param servingCertificate where a certificate for the stream is mounted; null for one of the
///   controller's CA
/// @param bundleInterval how often the bundle of a group is written at most; null for no bundles
/// @param canaryHold how long one proxy has to run a change before the others get it; null for all
///   at once
/// @param kubeconfig null for the usual places, or the pod's own credentials
/// @param issue prints a certificate for proxies of that group and ends; null to do neither
/// @param printCa prints the CA's certificate and ends
/// @param rotateCa takes the next step of a rotation of the CA and ends
record Options(
    String namespace,
    boolean managed,
    String proxyImage,
    String streamHost,
    int streamPort,
    String healthHost,
    int healthPort,
    String advertise,
    @Nullable String replicaAddress,
    boolean localEndpoints,
    @Nullable Path servingCertificate,
    @Nullable Duration bundleInterval,
    @Nullable Duration canaryHold,
    @Nullable String kubeconfig,
    @Nullable ProxyGroup issue,
    boolean printCa,
    boolean rotateCa) {

  static final String USAGE =
      """
      weir controller [options]      reconciles LoadBalancers and feeds proxies

        --namespace NAME             its own namespace: Lease, CA [weir-system]
        --proxy-mode managed|external
                                     managed: LoadBalancers without a fleet get proxies of their own;
                                     external: proxies are started by somebody else [managed]
        --proxy-image IMAGE          of those proxies [weir/proxy:dev]
        --stream-address HOST:PORT   where proxies connect [*:9443]
        --health-address HOST:PORT   /ready, /live, /metrics [*:9902]
        --advertise HOST[:PORT]      what proxies dial [weir-controller.NAMESPACE.svc:9443]
        --replica-address HOST:PORT  where other replicas reach this one [this host, the stream's port]
        --allow-local-endpoints      lets endpoints be loopback addresses: for development only
        --serving-certificate DIR    tls.crt, tls.key and ca.crt of somebody else for the stream, such as
                                     a Secret of cert-manager [one of its own CA]
        --bundle-interval DURATION   keeps what proxies run in Secrets, encrypted, for pods that start
                                     while no controller is there; each is written once in that time
                                     at most [no bundles]
        --canary-hold DURATION       each change of a LoadBalancer goes to one proxy first, and to the
                                     others when that has run it for so long [to all at once]
        --kubeconfig FILE            [the current one, or the pod's]
        --issue fleets/NAME|loadbalancers/NAMESPACE/NAME
                                     prints a certificate and its key with which proxies outside of
                                     Kubernetes get that config (--certificate-file), and ends
        --print-ca                   prints the CA that proxies need (--ca-file) and ends
        --rotate-ca                  takes the next of three steps to another CA, says what to do
                                     then, and ends

      Each option can be an environment variable: --proxy-image is WEIR_PROXY_IMAGE.
      """;

  /// Reads options.
  ///
  /// @throws UsageException with everything that is wrong
  static Options parse(List<String> arguments, Map<String, String> environment)
      throws UsageException {
    return new Parser(arguments, environment).parse();
  }

  /// Options that cannot be understood.
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(List<String> problems) {
      super(String.join("\n", problems));
    }
  }

  private static final class Parser {
    private static final List<String> WITH_VALUE =
        List.of(
            "namespace",
            "proxy-mode",
            "proxy-image",
            "stream-address",
            "health-address",
            "advertise",
            "replica-address",
            "serving-certificate",
            "bundle-interval",
            "canary-hold",
            "issue",
            "kubeconfig");
    private static final List<String> SWITCHES =
        List.of("allow-local-endpoints", "print-ca", "rotate-ca");
    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    Parser(List<String> arguments, Map<String, String> environment) {
      for (String name : new TreeSet<>(all())) {
        String value = environment.get("WEIR_" + name.toUpperCase(Locale.ROOT).replace('-', '_'));
        if (value != null && !value.isEmpty()) {
          values.put(name, value);
        }
      }
      for (int i = 0; i < arguments.size(); i++) {
        i = flag(arguments, i);
      }
    }

    private static List<String> all() {
      List<String> names = new ArrayList<>(WITH_VALUE);
      names.addAll(SWITCHES);
      return names;
    }

    private int flag(List<String> arguments, int at) {
      String argument = arguments.get(at);
      int equals = argument.indexOf('=');
      String name =
          argument.startsWith("--")
              ? argument.substring(2, equals < 0 ? argument.length() : equals)
              : "";
      if (SWITCHES.contains(name)) {
        values.put(name, equals < 0 ? "true" : argument.substring(equals + 1));
      } else if (!WITH_VALUE.contains(name)) {
        problems.add(argument + ": there is no such option");
      } else if (equals >= 0) {
        values.put(name, argument.substring(equals + 1));
      } else if (at + 1 < arguments.size()) {
        values.put(name, arguments.get(at + 1));
        return at + 1;
      } else {
        problems.add(argument + ": needs a value");
      }
      return at;
    }

    Options parse() throws UsageException {
      String namespace = values.getOrDefault("namespace", "weir-system");
      HostPort stream = hostPort("stream-address", "*:9443");
      HostPort health = hostPort("health-address", "*:9902");
      String advertise =
          values.getOrDefault(
              "advertise", "weir-controller." + namespace + ".svc:" + stream.port());
      if (advertise.indexOf(':') < 0) {
        advertise += ":" + stream.port();
      }
      String mode = values.getOrDefault("proxy-mode", "managed");
      if (!mode.equals("managed") && !mode.equals("external")) {
        problems.add("--proxy-mode: " + mode + " is neither managed nor external");
      }
      Options options =
          new Options(
              namespace,
              mode.equals("managed"),
              values.getOrDefault("proxy-image", "weir/proxy:dev"),
              stream.host(),
              stream.port(),
              health.host(),
              health.port(),
              advertise,
              replicaAddress(),
              on("allow-local-endpoints"),
              path("serving-certificate"),
              duration("bundle-interval", "1m"),
              duration("canary-hold", "10s"),
              values.get("kubeconfig"),
              issue(),
              on("print-ca"),
              on("rotate-ca"));
      if (!problems.isEmpty()) {
        throw new UsageException(problems);
      }
      return options;
    }

    private @Nullable Path path(String name) {
      String text = values.get(name);
      return text == null ? null : Path.of(text);
    }

    private @Nullable Duration duration(String name, String example) {
      String text = values.get(name);
      if (text == null) {
        return null;
      }
      Duration interval = Durations.valid(text) ? Durations.parse(text) : Duration.ZERO;
      if (interval.isZero()) {
        problems.add("--" + name + ": " + text + " is not a duration above 0, such as " + example);
        return null;
      }
      return interval;
    }

    private @Nullable ProxyGroup issue() {
      String path = values.get("issue");
      try {
        return path == null ? null : ProxyGroup.parse(ProxyGroup.PREFIX + path);
      } catch (IllegalArgumentException e) {
        problems.add(
            "--issue: "
                + path
                + " is neither fleets/NAME nor loadbalancers/NAMESPACE/NAME: "
                + e.getMessage());
        return null;
      }
    }

    private @Nullable String replicaAddress() {
      if (!values.containsKey("replica-address")) {
        return null;
      }
      HostPort address = hostPort("replica-address", "");
      return address.host() + ":" + address.port();
    }

    private record HostPort(String host, int port) {}

    private HostPort hostPort(String name, String preset) {
      String value = values.getOrDefault(name, preset);
      int colon = value.lastIndexOf(':');
      try {
        int port = Integer.parseInt(value.substring(colon + 1));
        if (colon > 0 && port >= 0 && port <= 65535) {
          String host = value.substring(0, colon);
          return new HostPort(host.equals("0.0.0.0") ? "*" : host, port);
        }
      } catch (NumberFormatException e) {
        // said below
      }
      problems.add("--" + name + ": " + value + " is not HOST:PORT");
      return new HostPort("*", 0);
    }

    private boolean on(String name) {
      String value = values.getOrDefault(name, "false");
      if (!value.equals("true") && !value.equals("false")) {
        problems.add("--" + name + ": " + value + " is neither true nor false");
      }
      return value.equals("true");
    }
  }
}
