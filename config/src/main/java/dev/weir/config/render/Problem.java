package dev.weir.config.render;

/// One thing that is wrong with a LoadBalancer, and the condition that tells it.
///
/// @param reason a stable PascalCase word that goes into the condition: `PortConflict`,
///   `PoolNotFound`, …
/// @param path the field in manifest terms, lists keyed by name: `spec.pools[web].serviceRef`
/// @param message names field, value and rule in one sentence
/// @param fatal whether the LoadBalancer is refused as a whole, so that what runs now is kept;
///   otherwise everything else of it applies
public record Problem(
    Condition condition, String reason, String path, String message, boolean fatal) {

  /// The condition that a problem sets.
  public enum Condition {
    /// Set to False: the document says something impossible.
    Accepted,
    /// Set to False: something that it refers to is not there or may not be used.
    ResolvedRefs,
    /// Set to False, if the proxies do not say it already: there is nothing to serve with, such as
    /// a Service without a ready endpoint. Never fatal.
    Ready,
    /// Set to True: another LoadBalancer has the port.
    Conflicted
  }
}
