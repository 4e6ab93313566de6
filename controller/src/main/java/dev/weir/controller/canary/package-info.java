/// Changes that go to one proxy first. The leader tries each change of a LoadBalancer on one proxy
/// of its group ([dev.weir.controller.canary.Canary]) and says what came of it; every replica keeps
/// that ([dev.weir.controller.canary.Stages]) and lets its own proxies have what they may.
@NullMarked
package dev.weir.controller.canary;

import org.jspecify.annotations.NullMarked;
