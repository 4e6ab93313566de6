package dev.weir.controller.reconcile;

/// What is to be done for a LoadBalancer; the later includes the earlier.
enum Work {
  /// Publishing, when the epoch is another one.
  PUBLISH,
  /// The endpoints of its pools.
  ENDPOINTS,
  /// Everything.
  RENDER;

  static Work both(Work a, Work b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
