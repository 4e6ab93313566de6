package dev.weir.controller.stream;

import dev.weir.config.stream.Frame;

/// What proxies report. Calls about one session come one after the other, `connected` first and
/// `disconnected` last, on that session's virtual thread; calls about different sessions come at
/// the same time. They may block briefly, which slows only that proxy.
public interface ProxyReports {
  /// A proxy has been authenticated and has said hello.
  void connected(ProxyInfo proxy);

  /// A proxy runs another version, or what is bound changed. The full picture, with what was
  /// rejected earlier and is not sent again, is in [StreamServer#sessions].
  void acked(ProxyInfo proxy, Frame.Ack ack);

  /// Endpoints of a proxy changed. Pools and endpoints are the proxy's words: count only those that
  /// are wanted.
  void health(ProxyInfo proxy, Frame.Health health);

  /// A proxy said what it counted for LoadBalancers that are being tried.
  default void traffic(ProxyInfo proxy) {}

  /// A proxy has not acked what it was sent within the deadline. It is not sent anything more until
  /// it does.
  void lagging(ProxyInfo proxy);

  /// The stream is gone: nothing is known of the proxy from now on.
  void disconnected(ProxyInfo proxy, String reason);
}
