package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Shows the leak check failing: a deliberate leak is found.
class LeakCheckTest {

  @Test
  void aBufferThatNobodyReleasesIsFound() throws Exception {
    assertEquals(ResourceLeakDetector.Level.PARANOID, ResourceLeakDetector.getLevel());
    leak();
    List<String> leaks = new ArrayList<>();
    Await.until(
        "the leak",
        () -> {
          leaks.addAll(LeakCheck.find());
          return !leaks.isEmpty();
        });
    assertFalse(leaks.getFirst().isEmpty());
  }

  private static void leak() {
    assertNotNull(PooledByteBufAllocator.DEFAULT.directBuffer(16));
  }
}
