package dev.weir.controller;

import dev.weir.config.stream.Frame;
import dev.weir.controller.stream.ProxyInfo;
import dev.weir.controller.stream.ProxyReports;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Stands for whoever hears from proxies while the server is made, which that one needs itself.
final class LateReports implements ProxyReports {
  private volatile @Nullable ProxyReports target;

  void to(ProxyReports reports) {
    target = reports;
  }

  private ProxyReports target() {
    return Objects.requireNonNull(target, "the server accepts before it is wired");
  }

  @Override
  public void connected(ProxyInfo proxy) {
    target().connected(proxy);
  }

  @Override
  public void acked(ProxyInfo proxy, Frame.Ack ack) {
    target().acked(proxy, ack);
  }

  @Override
  public void health(ProxyInfo proxy, Frame.Health health) {
    target().health(proxy, health);
  }

  @Override
  public void lagging(ProxyInfo proxy) {
    target().lagging(proxy);
  }

  @Override
  public void disconnected(ProxyInfo proxy, String reason) {
    target().disconnected(proxy, reason);
  }
}
