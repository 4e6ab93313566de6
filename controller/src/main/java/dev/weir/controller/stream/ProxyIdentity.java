package dev.weir.controller.stream;

import org.jspecify.annotations.Nullable;

/// Whom a proxy's token belongs to.
///
/// @param namespace of the ServiceAccount
/// @param serviceAccount its name
/// @param pod the pod that the token is bound to, of the same namespace; null for a token that was
///   not made for a pod
/// @param node where that pod runs; null where the API server does not say
public record ProxyIdentity(
    String namespace, String serviceAccount, @Nullable String pod, @Nullable String node) {
  private static final String PREFIX = "system:serviceaccount:";

  /// One whose token is not bound to a pod.
  public ProxyIdentity(String namespace, String serviceAccount) {
    this(namespace, serviceAccount, null, null);
  }

  /// Whether it is that ServiceAccount.
  boolean is(String otherNamespace, String otherAccount) {
    return namespace.equals(otherNamespace) && serviceAccount.equals(otherAccount);
  }

  /// Reads a TokenReview's user name.
  ///
  /// @param pod the pod that the review names; null for none
  /// @param node the node that the review names; null for none
  /// @throws IllegalArgumentException when it is not a ServiceAccount's
  public static ProxyIdentity ofUserName(
      String userName, @Nullable String pod, @Nullable String node) {
    String[] parts =
        userName.startsWith(PREFIX)
            ? userName.substring(PREFIX.length()).split(":", -1)
            : new String[0];
    if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new IllegalArgumentException("not a ServiceAccount");
    }
    return new ProxyIdentity(parts[0], parts[1], pod, node);
  }

  @Override
  public String toString() {
    return namespace + "/" + serviceAccount;
  }
}
