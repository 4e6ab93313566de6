/// What a proxy runs: immutable configuration records, their defaults, their validation, and the
/// pure renderer that makes them from `LoadBalancer` documents.
///
/// Both homes share this module: the controller renders and pushes, the standalone proxy renders
/// for itself, and a golden test holds both to the same bytes. No clock, no socket, no thread, no
/// Kubernetes, no Netty.
@NullMarked
package dev.weir.config;

import org.jspecify.annotations.NullMarked;
