/// Addresses of endpoints that are configured by name: the hosts file, then DNS, asked again as
/// their TTL says.
///
/// Queries run on the control loop; what is known may be read by any thread. Not here: what becomes
/// of an address.
@NullMarked
package dev.weir.proxy.dns;

import org.jspecify.annotations.NullMarked;
