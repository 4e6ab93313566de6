package dev.weir.config.haproxy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the `global` sections say. Used by one thread and thrown away.
final class GlobalDraft {
  @Nullable Setting<Integer> maxConnections;
  @Nullable Setting<Integer> threads;
  final List<LogTarget> logs = new ArrayList<>();
}
