package dev.weir.controller;

import dev.weir.config.stream.Frame;
import dev.weir.controller.stream.ProxyInfo;
import dev.weir.controller.stream.ProxyReports;
import java.util.List;

/// Hands on what proxies say to all who hear of it, in their order. Stands for them while the
/// server is made, which they need themselves.
final class LateReports implements ProxyReports {
  private volatile List<ProxyReports> targets = List.of();

  void to(ProxyReports... reports) {
    targets = List.of(reports);
  }

  private List<ProxyReports> targets() {
    if (targets.isEmpty()) {
      throw new IllegalStateException("the server accepts before it is wired");
    }
    return targets;
  }

  @Override
  public void connected(ProxyInfo proxy) {
    targets().forEach(target -> target.connected(proxy));
  }

  @Override
  public void acked(ProxyInfo proxy, Frame.Ack ack) {
    targets().forEach(target -> target.acked(proxy, ack));
  }

  @Override
  public void health(ProxyInfo proxy, Frame.Health health) {
    targets().forEach(target -> target.health(proxy, health));
  }

  @Override
  public void traffic(ProxyInfo proxy) {
    targets().forEach(target -> target.traffic(proxy));
  }

  @Override
  public void lagging(ProxyInfo proxy) {
    targets().forEach(target -> target.lagging(proxy));
  }

  @Override
  public void disconnected(ProxyInfo proxy, String reason) {
    targets().forEach(target -> target.disconnected(proxy, reason));
  }
}
