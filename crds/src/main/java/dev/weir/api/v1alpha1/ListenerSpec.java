package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// A port that accepts traffic and what is done with it.
public record ListenerSpec(
    String name,
    Integer port,
    @Nullable Protocol protocol,
    @Nullable String address,
    @Nullable String defaultPool,
    @Nullable HttpSpec http,
    @Nullable ListenerTimeoutsSpec timeouts,
    @Nullable ListenerLimitsSpec limits,
    @Nullable AccessLogSpec accessLog) {

  /// What a listener speaks.
  public enum Protocol {
    HTTP,
    TCP
  }
}
