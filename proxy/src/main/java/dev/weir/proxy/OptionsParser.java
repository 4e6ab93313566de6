package dev.weir.proxy;

import dev.weir.config.Durations;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.proxy.net.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads the options of `weir proxy` from arguments and, for those not given, from environment
/// variables: `--max-connections` is `WEIR_MAX_CONNECTIONS`. Finds everything that is wrong.
final class OptionsParser {
  /// Every option and what it takes, in the order of the help.
  static final Map<String, String> FLAGS = flags();

  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<Path> config = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private final List<Path> defaultConfigs;
  private final String hostName;

  /// @param defaultConfigs where to look when neither `--config` nor `--controller` is given
  /// @param hostName the default of `--proxy-id`
  OptionsParser(List<Path> defaultConfigs, String hostName) {
    this.defaultConfigs = List.copyOf(defaultConfigs);
    this.hostName = hostName;
  }

  /// @param options null when there are problems
  record Result(@Nullable ProxyOptions options, List<String> problems) {}

  Result parse(List<String> arguments, Map<String, String> environment) {
    readEnvironment(environment);
    readArguments(arguments);
    ProxyOptions options = options();
    return problems.isEmpty() ? new Result(options, List.of()) : new Result(null, problems);
  }

  private static Map<String, String> flags() {
    var flags = new LinkedHashMap<String, String>();
    flags.put("--config", "FILE|DIR");
    flags.put("--controller", "HOST:PORT");
    flags.put("--fleet", "NAME");
    flags.put("--load-balancer", "NAMESPACE/NAME");
    flags.put("--token-file", "FILE");
    flags.put("--certificate-file", "FILE");
    flags.put("--ca-file", "FILE");
    flags.put("--proxy-id", "NAME");
    flags.put("--zone", "NAME");
    flags.put("--state-dir", "DIR");
    flags.put("--ticket-secrets-file", "FILE");
    flags.put("--bundle-dir", "DIR");
    flags.put("--loops", "NUMBER");
    flags.put("--max-connections", "NUMBER");
    flags.put("--transport", "auto|epoll|nio");
    flags.put("--log", "stdout|stderr|FILE");
    flags.put("--health-address", "IP:PORT");
    flags.put("--admin-socket", "FILE|none");
    flags.put("--admin-address", "IP:PORT");
    flags.put("--admin-token-file", "FILE");
    flags.put("--drain-delay", "DURATION");
    flags.put("--drain-timeout", "DURATION");
    return flags;
  }

  /// The environment variable of a flag.
  static String variable(String flag) {
    return "WEIR_" + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
  }

  private void readEnvironment(Map<String, String> environment) {
    for (String flag : FLAGS.keySet()) {
      String value = environment.get(variable(flag));
      if (value != null && !value.isEmpty()) {
        values.put(flag, value);
      }
    }
  }

  private void readArguments(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      int equals = argument.indexOf('=');
      String flag = equals < 0 ? argument : argument.substring(0, equals);
      if (!FLAGS.containsKey(flag)) {
        problems.add(
            argument.startsWith("-")
                ? flag + " is not an option"
                : "'" + argument + "' belongs to no option");
        boolean hasValue = i + 1 < arguments.size() && !arguments.get(i + 1).startsWith("--");
        i += argument.startsWith("--") && equals < 0 && hasValue ? 1 : 0;
        continue;
      }
      String value = equals < 0 ? null : argument.substring(equals + 1);
      if (value == null && i + 1 < arguments.size() && !arguments.get(i + 1).startsWith("--")) {
        value = arguments.get(++i);
      }
      if (value == null || value.isEmpty()) {
        problems.add(flag + " needs a value: " + FLAGS.get(flag));
      } else if (flag.equals("--config")) {
        path(flag, value, config);
      } else {
        values.put(flag, value);
      }
    }
    String fromEnvironment = values.get("--config");
    if (config.isEmpty() && fromEnvironment != null) {
      path("--config", fromEnvironment, config);
    }
  }

  private ProxyOptions options() {
    ProxyOptions.Controller controller = controller();
    boolean controlled = values.containsKey("--controller");
    if (controlled && !config.isEmpty()) {
      problems.add("--config and --controller exclude each other");
    }
    List<Path> files = config.isEmpty() && !controlled ? defaultConfig() : config;
    HostPort admin = hostPort("--admin-address");
    Path tokenFile = file("--admin-token-file");
    if (admin != null && tokenFile == null) {
      problems.add("--admin-address needs --admin-token-file: /state is not for everybody");
    }
    HostPort health = hostPort("--health-address");
    String socket = values.getOrDefault("--admin-socket", "/run/weir/admin.sock");
    return new ProxyOptions(
        files,
        controller,
        number("--loops", 1, 1024),
        number("--max-connections", 0, 10_000_000),
        values.get("--log"),
        file("--state-dir"),
        tickets(controlled),
        file("--bundle-dir"),
        health == null ? new HostPort("127.0.0.1", 9901) : health,
        socket.equals("none") ? null : path("--admin-socket", socket),
        admin,
        tokenFile,
        duration("--drain-delay", Duration.ZERO),
        duration("--drain-timeout", Duration.ofSeconds(30)),
        values.getOrDefault("--proxy-id", hostName),
        values.get("--zone"),
        transport());
  }

  private @Nullable Path tickets(boolean controlled) {
    if (controlled && values.containsKey("--ticket-secrets-file")) {
      problems.add("--ticket-secrets-file: with --controller these secrets come from it");
    }
    return file("--ticket-secrets-file");
  }

  private ProxyOptions.@Nullable Controller controller() {
    String text = values.get("--controller");
    if (text == null) {
      for (String flag :
          List.of(
              "--fleet", "--load-balancer", "--token-file", "--certificate-file", "--ca-file")) {
        if (values.containsKey(flag)) {
          problems.add(flag + " means something only together with --controller");
        }
      }
      return null;
    }
    HostPort address = HostPort.parse(text, 1);
    if (address == null) {
      problems.add("--controller '" + text + "' is not HOST:PORT");
    }
    ProxyGroup group = group();
    Path ca = file("--ca-file");
    if (ca == null) {
      problems.add("--controller needs --ca-file: whom to trust");
    }
    Path token = file("--token-file");
    Path certificate = file("--certificate-file");
    if (token != null && certificate != null) {
      problems.add("--token-file and --certificate-file: one of them proves who this proxy is");
    }
    return address == null || group == null || ca == null
        ? null
        : new ProxyOptions.Controller(address, group, token == null ? certificate : token, ca);
  }

  private @Nullable ProxyGroup group() {
    String fleet = values.get("--fleet");
    String own = values.get("--load-balancer");
    if ((fleet == null) == (own == null)) {
      problems.add("--controller needs one of --fleet and --load-balancer");
      return null;
    }
    try {
      if (fleet != null) {
        return new ProxyGroup.Fleet(fleet);
      }
      String[] parts = String.valueOf(own).split("/", -1);
      if (parts.length == 2) {
        return new ProxyGroup.Own(parts[0], parts[1]);
      }
      problems.add("--load-balancer '" + own + "' is not NAMESPACE/NAME");
    } catch (IllegalArgumentException e) {
      problems.add((fleet != null ? "--fleet: " : "--load-balancer: ") + e.getMessage());
    }
    return null;
  }

  private List<Path> defaultConfig() {
    List<Path> present = defaultConfigs.stream().filter(OptionsParser::holdsConfig).toList();
    if (present.size() > 1) {
      problems.add(
          "there is a configuration both in "
              + present.get(0)
              + " and in "
              + present.get(1)
              + ": remove one, or say which with --config");
    }
    if (present.isEmpty()) {
      problems.add(
          "nothing to run: give --config FILE|DIR or --controller HOST:PORT, or mount a directory with manifests at "
              + defaultConfigs.get(0)
              + " or a file at "
              + defaultConfigs.get(1));
    }
    return present;
  }

  private static boolean holdsConfig(Path path) {
    if (!Files.isDirectory(path)) {
      return Files.exists(path);
    }
    try (Stream<Path> files = Files.list(path)) {
      Set<String> endings = Set.of("yaml", "yml", "json", "cfg");
      return files
          .map(file -> file.getFileName().toString())
          .anyMatch(name -> endings.contains(name.substring(name.lastIndexOf('.') + 1)));
    } catch (IOException e) {
      return true;
    }
  }

  private @Nullable Integer number(String flag, int min, int max) {
    String text = values.get(flag);
    if (text == null) {
      return null;
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below, as for a number out of range
    }
    problems.add("%s '%s' is not a number from %d to %d".formatted(flag, text, min, max));
    return null;
  }

  private Duration duration(String flag, Duration otherwise) {
    String text = values.get(flag);
    if (text == null) {
      return otherwise;
    }
    if (!Durations.valid(text)) {
      problems.add("%s '%s' is not a duration such as 5s or 1m30s".formatted(flag, text));
      return otherwise;
    }
    return Durations.parse(text);
  }

  private @Nullable HostPort hostPort(String flag) {
    String text = values.get(flag);
    HostPort parsed = text == null ? null : HostPort.parse(text, 0);
    if (text != null && (parsed == null || parsed.local() == null)) {
      problems.add("%s '%s' is not IP:PORT".formatted(flag, text));
      return null;
    }
    return parsed;
  }

  private Transport transport() {
    String text = values.getOrDefault("--transport", "auto");
    switch (text) {
      case "auto":
        return Transport.detect();
      case "nio":
        return Transport.NIO;
      case "epoll":
        if (Transport.detect() != Transport.EPOLL) {
          problems.add("--transport epoll is not available on this machine");
        }
        return Transport.detect();
      default:
        problems.add("--transport '" + text + "' is none of auto, epoll, nio");
        return Transport.NIO;
    }
  }

  private @Nullable Path file(String flag) {
    String text = values.get(flag);
    return text == null ? null : path(flag, text);
  }

  private void path(String flag, String text, List<Path> to) {
    Path path = path(flag, text);
    if (path != null) {
      to.add(path);
    }
  }

  private @Nullable Path path(String flag, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      problems.add("%s '%s' is not a path".formatted(flag, text));
      return null;
    }
  }
}
