/// What the proxies of a replica that does not lead say, passed on to the one that does: only that
/// one writes statuses, and they are made of what all proxies say.
///
/// A follower dials the leader, whose address is in the Lease, on the port of the config stream,
/// and proves with a certificate of the controller's CA that it is a replica. It sends everything
/// once, then what changed, the latest state only. [dev.weir.controller.relay.Relay] is that end,
/// [dev.weir.controller.relay.Followers] the leader's.
@NullMarked
package dev.weir.controller.relay;

import org.jspecify.annotations.NullMarked;
