package dev.weir.controller.architecturefixture;

import dev.weir.proxy.message.Failure;

/// Breaks a rule on purpose: a test shows that it is seen.
final class KnowsTheProxy {
  private KnowsTheProxy() {}

  static String label() {
    return Failure.INTERNAL.label();
  }
}
