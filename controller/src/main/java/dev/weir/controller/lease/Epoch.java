package dev.weir.controller.lease;

/// Which term of which Lease it is: what orders versions across controllers.
///
/// @param lease the Lease's UID
/// @param created when it was created, in seconds since 1970
/// @param transitions how often it changed hands
public record Epoch(String lease, long created, long transitions) {}
