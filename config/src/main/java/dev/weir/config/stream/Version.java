package dev.weir.config.stream;

/// A label that orders snapshots of one controller lineage. Equality of content is the [Digest]'s
/// business, never this.
///
/// @param lease the UID of the Lease that fences the writers; empty for a standalone proxy
/// @param leaseCreated when that Lease was created, in epoch seconds: another Lease is only
///   followed when it is younger
/// @param transitions how often the Lease changed hands
/// @param counter counts snapshots within one epoch
public record Version(String lease, long leaseCreated, long transitions, long counter) {

  /// `epoch.counter`, as status and logs show it.
  public String label() {
    return transitions + "." + counter;
  }

  /// Whether this one came earlier: by Lease, transitions, then counter.
  public boolean before(Version other) {
    if (!lease.equals(other.lease)) {
      return leaseCreated < other.leaseCreated;
    }
    return transitions < other.transitions
        || transitions == other.transitions && counter < other.counter;
  }

  /// Whether a proxy that has followed `seen` may follow this one: never fewer transitions of the
  /// same Lease, and another Lease only when it is younger. The counter does not matter: replicas
  /// count for themselves, and see to it that no proxy is sent a lower one.
  public boolean mayFollow(Version seen) {
    return lease.equals(seen.lease)
        ? transitions >= seen.transitions
        : leaseCreated > seen.leaseCreated;
  }
}
