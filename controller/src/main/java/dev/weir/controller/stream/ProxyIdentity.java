package dev.weir.controller.stream;

/// Whom a proxy's token belongs to.
///
/// @param namespace of the ServiceAccount
/// @param serviceAccount its name
public record ProxyIdentity(String namespace, String serviceAccount) {
  private static final String PREFIX = "system:serviceaccount:";

  /// Reads a TokenReview's user name.
  ///
  /// @throws IllegalArgumentException when it is not a ServiceAccount's
  public static ProxyIdentity ofUserName(String userName) {
    String[] parts =
        userName.startsWith(PREFIX)
            ? userName.substring(PREFIX.length()).split(":", -1)
            : new String[0];
    if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new IllegalArgumentException("not a ServiceAccount");
    }
    return new ProxyIdentity(parts[0], parts[1]);
  }

  @Override
  public String toString() {
    return namespace + "/" + serviceAccount;
  }
}
