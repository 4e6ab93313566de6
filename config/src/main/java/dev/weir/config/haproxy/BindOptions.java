package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.HttpSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What `bind` says behind its addresses. Used by one thread.
final class BindOptions {
  /// How clients prove who they are: the word behind `verify`.
  enum Verify {
    None,
    Optional,
    Required
  }

  boolean bothFamilies;
  boolean proxied;
  boolean tls;

  /// Of a unix socket.
  @Nullable Setting<String> mode;

  /// The files and directories of certificates.
  final List<Setting<String>> certificates = new ArrayList<>();

  @Nullable Setting<Verify> verify;
  @Nullable Setting<String> authorities;
  @Nullable Setting<String> revocations;
  @Nullable Setting<List<HttpSpec.Version>> versions;
  final TlsSpeech speech = new TlsSpeech();

  /// The file of secrets of session tickets.
  @Nullable Setting<String> ticketSecrets;

  /// A word that means something with `ssl` alone; null for none.
  @Nullable Setting<String> aboutTls;
}
