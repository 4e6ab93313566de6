package dev.weir.config.render;

import dev.weir.api.v1alpha1.IntOrString;
import dev.weir.config.Addresses;
import dev.weir.config.Durations;
import dev.weir.config.Sizes;
import dev.weir.config.render.Problem.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects the problems of one rendering. Used by one thread and thrown away.
final class Problems {
  private final List<Problem> found = new ArrayList<>();

  /// The document says something impossible.
  void refuse(String path, String reason, String message) {
    found.add(new Problem(Condition.Accepted, reason, path, message, true));
  }

  /// A name inside the document leads nowhere.
  void dangling(String path, String reason, String message) {
    found.add(new Problem(Condition.ResolvedRefs, reason, path, message, true));
  }

  /// Something outside the document is not there or may not be used; everything else applies.
  void unresolved(String path, String reason, String message) {
    found.add(new Problem(Condition.ResolvedRefs, reason, path, message, false));
  }

  /// There is nothing to serve with.
  void unready(String path, String reason, String message) {
    found.add(new Problem(Condition.Ready, reason, path, message, false));
  }

  /// A duration of the manifest; the fallback when it is absent or wrong, and wrong ones are
  /// reported.
  Duration duration(@Nullable String text, Duration fallback, String path) {
    var value = optionalZero(text, fallback, path);
    if (value.isZero()) {
      refuse(path, "InvalidDuration", "'" + text + "' must be longer than 0s");
      return fallback;
    }
    return value;
  }

  /// As [#duration], and 0s is good.
  Duration optionalZero(@Nullable String text, Duration fallback, String path) {
    if (text == null) {
      return fallback;
    }
    if (!Durations.valid(text)) {
      refuse(
          path,
          "InvalidDuration",
          "'" + text + "' is not a duration: use numbers with h, m, s or ms, as in 1h30m or 250ms");
      return fallback;
    }
    var value = Durations.parse(text);
    if (value.toHours() >= 99_999) {
      refuse(path, "InvalidDuration", "'" + text + "' must be shorter than 99999h");
      return fallback;
    }
    return value;
  }

  /// A size of the manifest in bytes; the fallback when it is absent or wrong, and wrong ones are
  /// reported.
  long size(@Nullable IntOrString text, long fallback, long least, long most, String path) {
    if (text == null) {
      return fallback;
    }
    long value = Sizes.parse(text.toString());
    if (value < 0) {
      refuse(path, "InvalidSize", "'" + text + "' is not a number of bytes, such as 32Ki or 100Mi");
      return fallback;
    }
    if (value < least || value > most) {
      refuse(
          path,
          "InvalidSize",
          "'%s' is not between %s and %s".formatted(text, Sizes.format(least), Sizes.format(most)));
      return fallback;
    }
    return value;
  }

  /// Checks a unix socket that stands in a field `address`.
  ///
  /// @param port what the field `port` says, 0 when it is absent
  /// @return whether all is well
  boolean socket(String address, int port, RenderOptions options, String path) {
    if (!options.unixSockets()) {
      refuse(
          path + ".address",
          "InvalidAddress",
          "'%s' is a unix socket, which only a proxy that reads files can use".formatted(address));
      return false;
    }
    var problem = Addresses.socketProblem(address);
    if (problem != null) {
      refuse(path + ".address", "InvalidAddress", "'%s' %s".formatted(address, problem));
    }
    if (port != 0) {
      refuse(path + ".port", "PortOfSocket", "a unix socket has no port: leave the field out");
    }
    return problem == null && port == 0;
  }

  boolean fatal() {
    return found.stream().anyMatch(Problem::fatal);
  }

  List<Problem> all() {
    return List.copyOf(found);
  }
}
