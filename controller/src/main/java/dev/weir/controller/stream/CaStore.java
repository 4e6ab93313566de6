package dev.weir.controller.stream;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Where the controller's CA is kept, so that all replicas and all restarts share one: the Secret
/// `weir-ca`.
public interface CaStore {
  /// What is stored; null when there is nothing.
  @Nullable Material load() throws IOException;

  /// Stores the material unless something is stored already, and returns what is stored then: of
  /// two replicas that start at once, one wins and both use its CA.
  Material createIfAbsent(Material material) throws IOException;

  /// A CA as PEM: the certificate (`ca.crt`), which proxies trust, and its PKCS #8 key (`ca.key`),
  /// which nobody else sees.
  record Material(String certificate, String key) {
    @Override
    public String toString() {
      return "CA material";
    }
  }
}
