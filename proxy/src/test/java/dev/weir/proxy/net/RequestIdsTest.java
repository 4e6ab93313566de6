package dev.weir.proxy.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class RequestIdsTest {
  /// The message of two little-endian words, 00 01 … 0f, under the key 00 01 … 0f: the vector of
  /// that length that SipHash's authors publish for 128 bits.
  @Test
  void anIdIsSipHashOfLoopAndCount() {
    var ids =
        new RequestIds(
            0x0706050403020100L, 0x0f0e0d0c0b0a0908L, 0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    ids.next();
    assertEquals(0xbb54b067caa4e26eL, ids.low());
    assertEquals(0x77052385bf1533fdL, ids.high());
  }

  @Test
  void noTwoAreEqual() {
    var seen = new HashSet<String>();
    for (int loop = 0; loop < 4; loop++) {
      var ids = new RequestIds(loop);
      for (int i = 0; i < 10_000; i++) {
        ids.next();
        assertTrue(seen.add(ids.high() + " " + ids.low()));
      }
    }
  }
}
