package dev.weir.config.haproxy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the `global` sections say. Used by one thread and thrown away.
final class GlobalDraft {
  @Nullable Setting<Integer> maxConnections;
  @Nullable Setting<Integer> threads;
  final List<LogTarget> logs = new ArrayList<>();

  /// Of binds that do not say it.
  final TlsSpeech bindTls = new TlsSpeech();

  /// Of servers that do not say it.
  final TlsSpeech serverTls = new TlsSpeech();

  @Nullable Setting<Boolean> verify;
  @Nullable Setting<String> certificatesBase;
  @Nullable Setting<String> authoritiesBase;

  /// A file, in its directory when it is relative.
  String based(@Nullable Setting<String> base, String file, Places places) {
    if (base == null || file.startsWith("/") || file.startsWith("@")) {
      return file;
    }
    var directory = places.use(base, "");
    return directory == null ? file : directory.replaceFirst("/+$", "") + "/" + file;
  }
}
