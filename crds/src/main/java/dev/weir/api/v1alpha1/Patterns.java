package dev.weir.api.v1alpha1;

/// The syntax of texts that several fields share, as the CRD has it.
final class Patterns {
  /// A DNS label: listeners, pools, fleets, Services.
  static final String NAME = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

  /// A Gateway API duration.
  static final String DURATION = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

  /// The longest text that DURATION takes.
  static final int DURATION_LENGTH = 28;

  /// A Kubernetes quantity without a sign.
  static final String QUANTITY =
      "^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$";

  private Patterns() {}
}
