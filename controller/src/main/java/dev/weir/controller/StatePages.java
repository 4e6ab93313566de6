package dev.weir.controller;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.config.render.ObjectName;
import dev.weir.controller.reconcile.Member;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.state.EndpointsState;
import dev.weir.controller.state.ProxiesState;
import dev.weir.controller.status.HealthBook;
import dev.weir.controller.stream.StreamServer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The pages that `weir diff` and `weir explain` read, as JSON.
///
/// @param identity which replica this is
/// @param health what connected proxies say of endpoints
/// @param leading whether it leads
record StatePages(
    String identity,
    Reconciler reconciler,
    StreamServer stream,
    HealthBook health,
    BooleanSupplier leading) {
  private static final JsonMapper JSON =
      JsonMapper.builder().serializationInclusion(JsonInclude.Include.NON_NULL).build();

  /// Each proxy's difference from what it should run. Any thread.
  String proxies() {
    return json(ProxiesState.of(identity, leading.getAsBoolean(), reconciler, stream));
  }

  /// How proxies find the endpoints of a LoadBalancer; null when there is none of that name. Any
  /// thread.
  ///
  /// @param loadBalancer `namespace/name`
  @Nullable String endpoints(String loadBalancer) {
    int slash = loadBalancer.indexOf('/');
    Member member =
        slash < 0
            ? null
            : reconciler.member(
                new ObjectName(
                    loadBalancer.substring(0, slash), loadBalancer.substring(slash + 1)));
    return member == null
        ? null
        : json(EndpointsState.of(member, stream.sessions(member.seen().group()), health));
  }

  private static String json(Object state) {
    try {
      return JSON.writeValueAsString(state) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record that has no JSON form", e);
    }
  }
}
