package dev.weir.config.stream;

import java.util.List;

/// What became of a snapshot in a proxy, once every loop runs the result.
///
/// @param live what runs now: the snapshot, with the last good set of each rejected LoadBalancer in
///   place of the rejected
/// @param rejected one entry for each problem; empty when everything applied
/// @param bound every listener that runs now
/// @param applyMicros from the start of validation to the last loop's swap, in microseconds
public record ApplyResult(
    Snapshot live, List<Rejection> rejected, List<BoundListener> bound, long applyMicros) {

  public ApplyResult {
    rejected = List.copyOf(rejected);
    bound = List.copyOf(bound);
  }
}
