package dev.weir.api.v1alpha1;

/// The syntax of texts that several fields share, as the CRD has it.
public final class Patterns {
  /// A DNS label: listeners, pools, fleets, Services.
  static final String NAME = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

  /// A DNS name: Secrets, ConfigMaps.
  static final String OBJECT_NAME =
      "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

  /// A Gateway API duration.
  static final String DURATION = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

  /// The longest text that DURATION takes.
  static final int DURATION_LENGTH = 28;

  /// A Kubernetes quantity without a sign.
  static final String QUANTITY =
      "^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$";

  /// A number of bytes: a Kubernetes quantity without a fraction.
  static final String SIZE = "^[0-9]{1,15}(k|M|G|T|Ki|Mi|Gi|Ti)?$";

  /// A host of a request without its port: a DNS name, in lower case.
  public static final String HOST = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

  /// A host, or `*.` and a host.
  static final String HOST_PATTERN = "^([*][.])?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

  /// A path without a query: visible ASCII.
  public static final String PATH = "^/[!\"$-;=@-~]*$";

  /// A token (RFC 9110 section 5.6.2): the name of a header field.
  static final String FIELD_NAME = "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$";

  /// A header field's value: no control characters but tabs.
  static final String FIELD_VALUE = "^[^\\x00-\\x08\\x0A-\\x1F\\x7F]*$";

  private Patterns() {}
}
