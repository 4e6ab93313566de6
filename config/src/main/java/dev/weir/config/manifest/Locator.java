package dev.weir.config.manifest;

import dev.weir.config.render.ObjectName;

/// Finds where a field of a LoadBalancer stands.
@FunctionalInterface
public interface Locator {

  /// A file and a line of it.
  ///
  /// @param file as the user named it
  /// @param line 1-based; 0 when only the file is known
  record Location(String file, int line) {
    /// Nobody knows.
    public static final Location NOWHERE = new Location("", 0);
  }

  /// The place of a field.
  ///
  /// @param path as in [dev.weir.config.Violation#path]
  Location locate(ObjectName loadBalancer, String path);
}
