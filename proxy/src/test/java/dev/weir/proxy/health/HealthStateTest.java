package dev.weir.proxy.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.PoolConfig;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HealthStateTest {
  private static final PoolConfig.Probe.Http HTTP =
      new PoolConfig.Probe.Http(
          "GET", "/healthz", null, List.of(new PoolConfig.StatusRange(200, 399)));

  @Test
  void anEndpointThatWasNeverCheckedIsUpUntilItsFirstFailure() {
    assertTrue(new Health.Unchecked().healthy());
    assertEquals(new Health.Down(0), new Health.Unchecked().next(false, 2, 3));
    assertEquals(new Health.Up(0), new Health.Unchecked().next(true, 2, 3));
  }

  @Test
  void itTakesAsManyFailuresInARowAsFallSays() {
    assertEquals("UUUD", run(new Health.Up(0), "+--" + "-", 2, 3));
    assertEquals("UUUUUD", run(new Health.Up(0), "--+---", 2, 3));
    assertEquals("D", run(new Health.Up(0), "-", 2, 1));
  }

  @Test
  void itTakesAsManySuccessesInARowAsRiseSays() {
    assertEquals("DU", run(new Health.Down(0), "++", 2, 3));
    assertEquals("DDDU", run(new Health.Down(0), "+-++", 2, 3));
    assertEquals("U", run(new Health.Down(0), "+", 1, 3));
  }

  /// HAProxy counts `health` from 0 to rise + fall - 1 and calls it up from rise on (check.c).
  @Test
  void itAgreesWithHaproxysCounterOnAnySequence() {
    var random = new Random(7);
    for (int round = 0; round < 200; round++) {
      int rise = 1 + random.nextInt(4);
      int fall = 1 + random.nextInt(4);
      Health ours = new Health.Unchecked();
      int theirs = rise;
      for (int i = 0; i < 50; i++) {
        boolean success = random.nextInt(3) > 0;
        ours = ours.next(success, rise, fall);
        if (success) {
          theirs = Math.min(theirs + 1, rise + fall - 1);
          theirs = theirs >= rise ? rise + fall - 1 : theirs;
        } else {
          theirs = theirs > rise ? theirs - 1 : 0;
        }
        assertEquals(theirs >= rise, ours.healthy(), "rise " + rise + " fall " + fall);
      }
    }
  }

  @Test
  void aStatusLineIsJudgedStrictly() {
    assertTrue(Probe.judge(HTTP, "HTTP/1.1 200 OK").success());
    assertTrue(Probe.judge(HTTP, "HTTP/1.0 399").success());
    assertEquals("L7STS", Probe.judge(HTTP, "HTTP/1.1 503 Service Unavailable").code());
    assertEquals("L7RSP", Probe.judge(HTTP, "SSH-2.0-OpenSSH_9.6").code());
    assertEquals("L7RSP", Probe.judge(HTTP, "HTTP/1.1 2000").code());
    var failed = Probe.judge(HTTP, "HTTP/1.1 503 Service Unavailable");
    assertFalse(failed.success());
    assertEquals("HealthCheckFailed: HTTP 503 from /healthz (L7STS)", failed.reason());
  }

  private static String run(Health start, String results, int rise, int fall) {
    var text = new StringBuilder();
    Health health = start;
    for (char c : results.toCharArray()) {
      health = health.next(c == '+', rise, fall);
      text.append(health.healthy() ? 'U' : 'D');
    }
    return text.toString();
  }
}
