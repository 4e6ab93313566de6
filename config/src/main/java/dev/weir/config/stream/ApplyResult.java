package dev.weir.config.stream;

import java.util.List;

/// What became of a snapshot in a proxy, once every loop runs the result.
///
/// @param live what runs now: the snapshot, with the last good set of each rejected LoadBalancer in
///   place of the rejected
/// @param rejected one entry for each problem; empty when everything applied
/// @param unbound the listeners of what runs that have no socket
/// @param applyMicros from the start of validation to the last loop's swap, in microseconds
public record ApplyResult(
    Snapshot live, List<Rejection> rejected, List<UnboundListener> unbound, long applyMicros) {

  public ApplyResult {
    rejected = List.copyOf(rejected);
    unbound = List.copyOf(unbound);
  }
}
