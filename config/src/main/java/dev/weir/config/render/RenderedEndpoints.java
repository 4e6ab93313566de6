package dev.weir.config.render;

import dev.weir.config.EndpointsConfig;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The endpoints of one pool and what is wrong with them; none of these problems is fatal.
public record RenderedEndpoints(EndpointsConfig endpoints, List<Problem> problems) {

  private static final Pattern PATH =
      Pattern.compile("^spec\\.pools\\[[^]]*]\\.(endpoints|serviceRef)\\b");

  public RenderedEndpoints {
    problems = List.copyOf(problems);
  }

  /// Problems of a whole rendering with those of endpoints replaced.
  ///
  /// @param whole of the LoadBalancer as it was rendered last
  /// @param endpoints of all its pools, as they are now
  public static List<Problem> replaced(List<Problem> whole, List<Problem> endpoints) {
    return Stream.concat(
            whole.stream().filter(problem -> !PATH.matcher(problem.path()).find()),
            endpoints.stream())
        .toList();
  }
}
