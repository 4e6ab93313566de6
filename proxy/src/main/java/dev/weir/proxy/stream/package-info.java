/// The proxy's end of the config stream: keeps one TLS WebSocket to a controller, turns its deltas
/// into snapshots, hands them to the applier, and reports back.
///
/// One thread, `weir-stream`, decodes, applies and acks; another, `weir-keeper`, writes the last
/// known good; the control loop only moves bytes and answers pings. No data loop is touched here,
/// and validating, building and swapping are the applier's business.
@NullMarked
package dev.weir.proxy.stream;

import org.jspecify.annotations.NullMarked;
