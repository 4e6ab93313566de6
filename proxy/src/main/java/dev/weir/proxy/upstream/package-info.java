/// Where traffic goes: pools, their endpoints and the unused connections to them. Pools and
/// endpoints are shared by all loops; an [EndpointSet] is immutable; idle connections belong to one
/// loop. Not here: how a connection is opened, spoken or checked.
@NullMarked
package dev.weir.proxy.upstream;

import org.jspecify.annotations.NullMarked;
