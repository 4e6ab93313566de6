/// Finds the route of a request: compiled once per generation, looked up by hash, so that a request
/// costs the same with one route and with a thousand. Pure; no pools, no connections, no clock.
@NullMarked
package dev.weir.proxy.route;

import org.jspecify.annotations.NullMarked;
