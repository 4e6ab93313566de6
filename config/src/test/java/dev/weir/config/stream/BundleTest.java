package dev.weir.config.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.EndpointsConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BundleTest {
  private static final ProxyGroup EDGE = new ProxyGroup.Fleet("edge");
  private static final int PART = 1024;

  private final byte[] key = Bundle.newKey();

  /// A snapshot of about that many bytes that cannot be compressed.
  private static Snapshot snapshot(long counter, int size) {
    var random = new Random(counter);
    var endpoints = new ArrayList<EndpointsConfig.Endpoint>();
    for (int i = 0; i < size / 40; i++) {
      endpoints.add(
          new EndpointsConfig.Endpoint(
              "host-" + Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong()),
              80,
              1,
              0,
              EndpointsConfig.State.Ready,
              0,
              true,
              null,
              null));
    }
    return new Snapshot(
        new Version("lease", 1, 1, counter),
        Resources.of(List.of(Resource.of(new EndpointsConfig("ns/web/p", endpoints)))));
  }

  private List<byte[]> seal(Snapshot snapshot) throws IOException {
    return Bundle.seal(EDGE, snapshot, key, PART);
  }

  @Test
  void whatIsSealedOpensWhateverTheOrderOfItsParts() throws IOException {
    var wanted = snapshot(1, 20_000);
    var parts = new ArrayList<>(seal(wanted));
    assertTrue(parts.size() > 5, parts.size() + " parts");
    assertTrue(parts.stream().allMatch(part -> part.length <= PART));
    Collections.shuffle(parts, new Random(3));
    parts.add("something else".getBytes(StandardCharsets.UTF_8));
    parts.add(new byte[0]);
    assertEquals(wanted, Bundle.open(parts, EDGE, key));
  }

  @Test
  void ofSeveralTheNewestThatIsWholeIsTaken() throws IOException {
    var older = snapshot(1, 5_000);
    var newer = snapshot(2, 5_000);
    var all = new ArrayList<>(seal(older));
    all.addAll(seal(newer));
    assertEquals(newer, Bundle.open(all, EDGE, key));
    all.removeLast();
    assertEquals(older, Bundle.open(all, EDGE, key));
    assertNull(Bundle.open(all.subList(1, 3), EDGE, key));
  }

  @Test
  void aChangedByteIsNoticed() throws IOException {
    var parts = seal(snapshot(1, 500));
    parts.getLast()[parts.getLast().length - 1] ^= 1;
    assertNull(Bundle.open(parts, EDGE, key));
  }

  @Test
  void anotherKeyAndAnotherGroupDoNotOpenIt() throws IOException {
    var parts = seal(snapshot(1, 500));
    assertThrows(IOException.class, () -> Bundle.open(parts, EDGE, Bundle.newKey()));
    assertThrows(IOException.class, () -> Bundle.open(parts, new ProxyGroup.Fleet("other"), key));
  }

  @Test
  void nothingCanBeReadInIt() throws IOException {
    var parts = seal(snapshot(1, 500));
    assertNotNull(Bundle.open(parts, EDGE, key));
    assertFalse(new String(parts.getFirst(), StandardCharsets.ISO_8859_1).contains("host-"));
  }
}
