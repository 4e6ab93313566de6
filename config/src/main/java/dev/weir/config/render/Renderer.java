package dev.weir.config.render;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.config.LoadBalancerConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Renders LoadBalancers: applies defaults, checks everything that one LoadBalancer can be checked
/// for, resolves its references. Pure: the same input gives equal output.
///
/// Structure (types, limits, patterns) is the CRD's business and is taken for granted here.
public final class Renderer {
  private final RenderOptions options;

  public Renderer(RenderOptions options) {
    this.options = options;
  }

  /// Renders one LoadBalancer. Never throws for what a user wrote: everything wrong is in the
  /// result.
  public Rendered render(LoadBalancerResource resource, References references) {
    var problems = new Problems();
    var spec = resource.spec();
    var pools = requireNonNullElse(spec.pools(), List.<PoolSpec>of());
    var credentials = new CredentialReferences(resource.name(), references, problems);
    var listeners = new Listeners(options, spec, credentials, problems);
    var renderedListeners = listeners.render();
    var renderedRoutes = new Routes(spec, renderedListeners, problems).render();
    var renderedPools = new Pools(options, credentials, problems).render(pools);
    var resolver = new PoolEndpoints(options, resource.name(), references, problems);
    var endpoints = pools.stream().map(resolver::render).toList();
    if (problems.fatal()) {
      return Rendered.refused(resource.name(), problems.all());
    }
    var config =
        new LoadBalancerConfig(
            resource.name().toString(),
            listeners.binds(),
            renderedListeners,
            renderedRoutes,
            renderedPools);
    return new Rendered(
        resource.name(), config, endpoints, credentials.credentials(), problems.all());
  }

  /// Renders the endpoints of one pool alone: equal to what [#render] gives for it. For changes of
  /// EndpointSlices of a LoadBalancer that renders.
  ///
  /// @return null when there is no such pool
  public @Nullable RenderedEndpoints endpoints(
      LoadBalancerResource resource, String pool, References references) {
    var pools = requireNonNullElse(resource.spec().pools(), List.<PoolSpec>of());
    for (var spec : pools) {
      if (spec.name().equals(pool)) {
        var problems = new Problems();
        var endpoints =
            new PoolEndpoints(options, resource.name(), references, problems).render(spec);
        return new RenderedEndpoints(endpoints, problems.all());
      }
    }
    return null;
  }

  /// What this renderer was made with.
  public RenderOptions options() {
    return options;
  }
}
