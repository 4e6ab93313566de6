package dev.weir.proxy.health;

import dev.weir.config.stream.EndpointHealth;

/// Hears of every change of an endpoint's health or of its reason. Thread: the control loop.
@FunctionalInterface
public interface HealthListener {

  /// What is true of the endpoint now. An endpoint whose name has several addresses is healthy
  /// while one of them is.
  void changed(EndpointHealth health);
}
