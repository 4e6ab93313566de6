package dev.weir.proxy.testkit;

import java.io.IOException;
import java.util.concurrent.Semaphore;

/// Holds requests for `/held` until the test lets them go, one by one; everything else, and what is
/// let go, is answered as [Origin#answer] does. One may stand in front of several origins.
public final class Gate implements Call.Handler {
  private final Semaphore permits = new Semaphore(0);

  @Override
  public void handle(Call call) throws IOException, InterruptedException {
    if (call.path().equals("/held")) {
      permits.acquire();
    }
    Origin.answer(call);
  }

  /// Lets one request go: one that waits, or the next.
  public void letGo() {
    permits.release();
  }
}
