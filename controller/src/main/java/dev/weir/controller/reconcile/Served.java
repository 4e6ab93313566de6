package dev.weir.controller.reconcile;

import dev.weir.config.stream.Digest;
import dev.weir.config.stream.Version;

/// What proxies are to run of one LoadBalancer.
///
/// @param since the version with which it last changed: whoever runs that or a later one has it
/// @param content what it is equal by, in every replica
public record Served(Version since, Digest content) {}
