package dev.weir.proxy.runtime;

import dev.weir.config.Violation;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of the configurations that this process was given. Thread: any.
public final class History {
  private final InstantSource clock;
  private long applied;
  private long refused;
  private @Nullable Refusal lastRefused;

  /// @param problems everything that was wrong
  public record Refusal(Instant at, List<Violation> problems) {
    public Refusal {
      problems = List.copyOf(problems);
    }
  }

  /// The counts at one moment.
  ///
  /// @param applied configurations that run or ran, wholly or in part
  /// @param refused configurations that were refused, wholly or in part
  /// @param lastRefused null when none was
  public record Counts(long applied, long refused, @Nullable Refusal lastRefused) {}

  public History(InstantSource clock) {
    this.clock = clock;
  }

  /// A configuration was applied.
  public synchronized void applied() {
    applied++;
  }

  /// A configuration was refused, wholly or in part.
  public synchronized void refused(List<Violation> problems) {
    refused++;
    lastRefused = new Refusal(clock.instant(), problems);
  }

  /// The counts now.
  public synchronized Counts counts() {
    return new Counts(applied, refused, lastRefused);
  }
}
