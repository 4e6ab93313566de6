package dev.weir.proxy.testkit;

import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Netty's leak detector for tests: remembers every leak, so that [LeakCheck] can fail the test
/// class that made it.
///
/// Netty makes one by name: `-Dio.netty.customResourceLeakDetector`.
public final class LeakRecorder<T> extends ResourceLeakDetector<T> {
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

  /// Called by Netty.
  public LeakRecorder(Class<?> resourceType, int samplingInterval) {
    super(resourceType, samplingInterval);
  }

  /// Called by Netty.
  public LeakRecorder(Class<?> resourceType, int samplingInterval, long maxActive) {
    super(resourceType, samplingInterval);
  }

  @Override
  protected void reportTracedLeak(String resourceType, String records) {
    LEAKS.add(resourceType + " was not released:" + records);
  }

  @Override
  protected void reportUntracedLeak(String resourceType) {
    LEAKS.add(resourceType + " was not released");
  }

  /// The leaks since the last call.
  static List<String> take() {
    List<String> found = List.copyOf(LEAKS);
    LEAKS.removeAll(found);
    return found;
  }
}
