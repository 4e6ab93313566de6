package dev.weir.controller.gather;

import dev.weir.config.render.ObjectName;

/// Who is told what an event touched. Called on the informers' threads; must not block.
public interface Changes {

  /// The LoadBalancer was added, changed or deleted, or a Service that it refers to.
  void loadBalancer(ObjectName name);

  /// Endpoints of a Service that the LoadBalancer refers to.
  void endpoints(ObjectName loadBalancer);

  /// An object that belongs to the LoadBalancer, or its status: nothing to render.
  void owned(ObjectName loadBalancer);
}
