package dev.weir.controller.stream;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the secrets of TLS session tickets are kept, so that all replicas and all restarts share
/// them: the Secret `weir-tickets`.
public interface TicketStore {
  /// What is stored; null when there is nothing.
  @Nullable Material load() throws IOException;

  /// Stores the material unless something is stored already, and returns what is stored then.
  Material createIfAbsent(Material material) throws IOException;

  /// Stores the material in place of what was loaded.
  ///
  /// @throws IOException also when something else was stored meanwhile
  void replace(Material loaded, Material material) throws IOException;

  /// The secrets that those of all groups come from.
  ///
  /// @param secrets in base64: the one in use, the next, then the one before
  /// @param rotated when the first came into use
  record Material(List<String> secrets, Instant rotated) {
    public Material {
      secrets = List.copyOf(secrets);
    }

    /// Without the secrets.
    @Override
    public String toString() {
      return "ticket secrets of " + rotated;
    }
  }
}
