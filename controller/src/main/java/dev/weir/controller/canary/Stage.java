package dev.weir.controller.canary;

import dev.weir.config.stream.Digest;
import org.jspecify.annotations.Nullable;

/// How far the latest of a LoadBalancer has come.
///
/// @param proven what every proxy may have, by [Stages#content]; null while nothing has proved good
/// @param trial what is being tried; null for nothing
public record Stage(@Nullable Digest proven, @Nullable Trial trial) {
  /// Nothing is known.
  public static final Stage UNKNOWN = new Stage(null, null);

  /// One content on one proxy.
  ///
  /// @param proxy its name; null while there is none
  /// @param stopped why it goes no further; null while nothing speaks against it
  public record Trial(Digest content, @Nullable String proxy, @Nullable String stopped) {}
}
