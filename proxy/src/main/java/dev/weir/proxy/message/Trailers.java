package dev.weir.proxy.message;

/// The fields behind a chunked body.
public final class Trailers extends MessageHead {}
