package dev.weir.config.render;

import dev.weir.config.EndpointsConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Renders LoadBalancers: applies defaults, checks everything that one LoadBalancer can be checked for, resolves its
/// references. Pure: the same input gives equal output.
public final class Renderer {
  private final RenderOptions options;

  public Renderer(RenderOptions options) {
    this.options = options;
  }

  /// Renders one LoadBalancer. Never throws for what a user wrote: everything wrong is in the result.
  public Rendered render(LoadBalancerResource resource, References references) {
    return new Rendered(resource.name(), null, List.of(), List.of());
  }

  /// Renders the endpoints of one pool alone: equal to what [#render] gives for it. For changes of EndpointSlices.
  ///
  /// @return null when there is no such pool
  public @Nullable RenderedEndpoints endpoints(
      LoadBalancerResource resource, String pool, References references) {
    return new RenderedEndpoints(
        new EndpointsConfig(resource.name() + "/" + pool, List.of()), List.of());
  }

  /// What this renderer was made with.
  public RenderOptions options() {
    return options;
  }
}
