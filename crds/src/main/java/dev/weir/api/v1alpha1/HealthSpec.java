package dev.weir.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Active health checks. At most one of `http` and `tcp`; without either a TCP connect.
public record HealthSpec(
    @Nullable Boolean enabled,
    @Nullable Http http,
    @Nullable Tcp tcp,
    @Nullable String interval,
    @Nullable String timeout,
    @Nullable Integer rise,
    @Nullable Integer fall) {

  /// An HTTP request whose status decides.
  public record Http(
      @Nullable String method,
      @Nullable String path,
      @Nullable String host,
      @Nullable Expect expect) {}

  /// A TCP connection that is opened and closed.
  public record Tcp() {}

  /// `status`: codes and ranges, for example `200-399`.
  public record Expect(@Nullable List<String> status) {}
}
