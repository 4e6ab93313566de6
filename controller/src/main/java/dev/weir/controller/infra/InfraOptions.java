package dev.weir.controller.infra;

/// What all proxies of a controller have in common.
///
/// @param image of the proxies
/// @param controller `host:port` that they dial
/// @param caPem the controller's CA certificate, which they trust
/// @param bundles whether they mount a bundle to start from without a controller
public record InfraOptions(String image, String controller, String caPem, boolean bundles) {}
