/// Scenarios: the real proxy process between peers of the testkit, one story a test.
///
/// They know the proxy's command line, its manifest and its ports, and no class of it. Each test
/// awaits conditions with a deadline; nothing sleeps to synchronise.
@NullMarked
package dev.weir.proxy.scenario;

import org.jspecify.annotations.NullMarked;
