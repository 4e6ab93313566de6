package dev.weir.config.render;

import dev.weir.config.EndpointsConfig;
import java.util.List;

/// The endpoints of one pool and what is wrong with them; none of these problems is fatal.
public record RenderedEndpoints(EndpointsConfig endpoints, List<Problem> problems) {

  public RenderedEndpoints {
    problems = List.copyOf(problems);
  }
}
