package dev.weir.controller.stream;

import dev.weir.config.stream.ProxyGroup;
import org.jspecify.annotations.Nullable;

/// One connected proxy.
///
/// @param session unique in this controller process; a proxy that reconnects gets another
/// @param proxyId the name that the proxy gave: the pod's or the host's
/// @param build the proxy's build
/// @param address where it connected from
/// @param zone where it runs, as the cluster says; null where that is not known
/// @param relayed whether it is connected to another replica, whose versions are not this one's
public record ProxyInfo(
    long session,
    ProxyGroup group,
    String proxyId,
    String build,
    String address,
    @Nullable String zone,
    boolean relayed) {}
