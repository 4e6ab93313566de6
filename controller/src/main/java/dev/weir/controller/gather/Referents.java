package dev.weir.controller.gather;

import dev.weir.config.render.Referent;

/// Who is told which objects are referred to, one by one: kinds of which the controller must not
/// read more than that. Called on an informer's thread; must not block.
interface Referents {
  /// Nobody cares.
  Referents NONE =
      new Referents() {
        @Override
        public void wanted(Referent object) {}

        @Override
        public void unwanted(Referent object) {}
      };

  /// A LoadBalancer refers to it, the first one to do so.
  void wanted(Referent object);

  /// No LoadBalancer refers to it any more.
  void unwanted(Referent object);
}
