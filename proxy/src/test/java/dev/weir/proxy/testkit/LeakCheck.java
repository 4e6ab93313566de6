package dev.weir.proxy.testkit;

import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Fails a test class after which a buffer was found that nobody released. Applies to all test
/// classes by itself.
public final class LeakCheck implements AfterAllCallback {
  private static final int ROUNDS = 2;

  @Override
  public void afterAll(ExtensionContext context) {
    List<String> leaks = find();
    if (!leaks.isEmpty()) {
      throw new AssertionError(leaks.size() + " leaks, the first: " + leaks.getFirst());
    }
  }

  /// Collects garbage, then has Netty look for buffers that were garbage without being released.
  static List<String> find() {
    for (int i = 0; i < ROUNDS; i++) {
      System.gc();
      // Leaks are reported when the next buffer is made.
      Unpooled.directBuffer(1).release();
      Unpooled.buffer(1).release();
    }
    return LeakRecorder.take();
  }
}
