package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Secrets of session tickets, from the Secret to proxies of two replicas of the controller.
class SharedTicketsTest {
  @TempDir private Path directory;

  @Test
  void proxiesOfOneFleetHaveTheSameWhicheverReplicaTheyDial() throws Exception {
    var plane = new ControlPlane(directory);
    try {
      Controller other = plane.startReplica();
      try (var one = plane.simulated(plane.controller().streamPort(), "edge", "one", null);
          var two = plane.simulated(other.streamPort(), "edge", "two", null);
          var stranger = plane.simulated(other.streamPort(), "other", "stranger", null)) {
        Await.until(
            "all are told",
            () -> List.of(one, two, stranger).stream().noneMatch(p -> p.tickets.isEmpty()));
        assertEquals(texts(one), texts(two));
        assertTrue(texts(stranger).stream().noneMatch(texts(one)::contains), "another fleet");
      } finally {
        other.stop();
      }
    } finally {
      plane.close();
    }
  }

  private static List<String> texts(SimulatedProxy proxy) {
    return proxy.tickets.getLast().stream()
        .map(one -> Base64.getEncoder().encodeToString(one))
        .toList();
  }
}
