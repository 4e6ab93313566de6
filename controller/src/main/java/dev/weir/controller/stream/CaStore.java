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

  /// Stores the material in place of what was loaded.
  ///
  /// @throws IOException also when something else was stored meanwhile
  void replace(Material loaded, Material material) throws IOException;

  /// A CA as PEM.
  ///
  /// @param certificates those that proxies trust (`ca.crt`): its own, and during a rotation the
  ///   other one
  /// @param key its PKCS #8 key (`ca.key`), which nobody else sees
  /// @param next the key that comes next (`next.key`), while proxies are told of its certificate;
  ///   null when there is none
  record Material(String certificates, String key, @Nullable String next) {
    @Override
    public String toString() {
      return "CA material";
    }
  }
}
