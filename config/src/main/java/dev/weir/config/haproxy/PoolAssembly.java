package dev.weir.config.haproxy;

import static dev.weir.config.haproxy.ProxyDraft.Timeout.Check;
import static dev.weir.config.haproxy.ProxyDraft.Timeout.Connect;
import static dev.weir.config.haproxy.ProxyDraft.Timeout.Queue;
import static dev.weir.config.haproxy.ProxyDraft.Timeout.Tunnel;

import dev.weir.api.v1alpha1.BalanceSpec;
import dev.weir.api.v1alpha1.EndpointHealthSpec;
import dev.weir.api.v1alpha1.EndpointSpec;
import dev.weir.api.v1alpha1.HeaderEditsSpec;
import dev.weir.api.v1alpha1.HealthSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.api.v1alpha1.PoolTimeoutsSpec;
import dev.weir.api.v1alpha1.QueueSpec;
import dev.weir.api.v1alpha1.RetrySpec;
import dev.weir.config.Addresses;
import dev.weir.config.haproxy.ProxyDraft.Timeout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes the pools of `backend` and `listen`. Used by one thread and thrown away.
final class PoolAssembly {
  private static final long INTER = 2000;
  private static final int RISE = 2;
  private static final int FALL = 3;

  private static final int MAX_NAME = 63;

  /// HAProxy's queue has no bound; this is the manifest's largest.
  private static final int QUEUE_LENGTH = 1_000_000;

  private final ReportDraft report;
  private final Places places;
  private final HeaderAssembly headers;
  private final Names names;
  private final Uniform uniform;
  private final ServerTlsAssembly tls;
  private boolean saidResolve;
  private boolean saidRedispatch;

  PoolAssembly(
      ReportDraft report, Places places, GlobalDraft global, HeaderAssembly headers, Names names) {
    this.report = report;
    this.places = places;
    this.headers = headers;
    this.names = names;
    this.uniform = new Uniform(report, places);
    this.tls = new ServerTlsAssembly(report, places, global, uniform);
  }

  /// @param users the sections that send traffic to it
  PoolSpec pool(ProxyDraft proxy, Set<ProxyDraft> users) {
    var name = names.of(proxy.name());
    var path = "spec.pools[" + name + "]";
    places.put(path, proxy.line());
    places.use(proxy.http, path);
    places.use(proxy.keepAlive, path);
    remarks(proxy, name);
    var leastConnections = places.use(proxy.leastConnections, path + ".balance.algorithm");
    return new PoolSpec(
        name,
        null,
        endpoints(proxy, path + ".endpoints"),
        protocol(proxy, path + ".protocol"),
        tls.tls(proxy, path + ".tls"),
        tls.proxyProtocol(proxy, path + ".proxyProtocol"),
        leastConnections == null
            ? null
            : new BalanceSpec(
                leastConnections
                    ? BalanceSpec.Algorithm.LeastConnections
                    : BalanceSpec.Algorithm.RoundRobin,
                null),
        requestHeaders(proxy, users, path + ".requestHeaders"),
        responseHeaders(proxy, users, path + ".responseHeaders"),
        health(proxy, path + ".health"),
        null,
        queue(proxy, path + ".queue"),
        retry(proxy, path + ".retry"),
        timeouts(proxy, path + ".timeouts."));
  }

  private PoolSpec.@Nullable Protocol protocol(ProxyDraft proxy, String path) {
    return proxy.servers.isEmpty()
        ? null
        : uniform.value(
            proxy.servers, proxy, "proto", o -> o.protocol, PoolSpec.Protocol.HTTP1, path);
  }

  private @Nullable HeaderEditsSpec requestHeaders(
      ProxyDraft proxy, Set<ProxyDraft> users, String path) {
    if (!headers.onPool(proxy, users)) {
      return null;
    }
    boolean forwardFor =
        HeaderAssembly.forwardsFor(proxy) || users.stream().anyMatch(HeaderAssembly::forwardsFor);
    var rules = headers.inPool(proxy, users, proxy.requestHeaders);
    return headers.edits(proxy, forwardFor ? headers.withForwardFor(proxy, rules) : rules, path);
  }

  private @Nullable HeaderEditsSpec responseHeaders(
      ProxyDraft proxy, Set<ProxyDraft> users, String path) {
    if (!headers.onPool(proxy, users)) {
      return null;
    }
    users.forEach(user -> headers.responseOrder(user, proxy));
    return headers.edits(proxy, headers.inPool(proxy, users, proxy.responseHeaders), path);
  }

  private void remarks(ProxyDraft proxy, String name) {
    if (!name.equals(proxy.name())) {
      notice(proxy.line(), proxy, "Renamed", "the pool is called '%s'".formatted(name));
    }
    missing(proxy, Connect, "5s");
    missing(proxy, Timeout.Server, "50s");
    boolean redispatch = proxy.redispatch != null && proxy.redispatch.value();
    boolean retries = proxy.retries == null || proxy.retries.value() > 0;
    if (!redispatch && retries && proxy.servers.size() > 1 && !saidRedispatch) {
      saidRedispatch = true;
      notice(
          proxy.line(),
          proxy,
          "Differs",
          "a failed connection is tried again on another server at once; HAProxy without 'option"
              + " redispatch' tries the same one, and answers 503");
    }
  }

  private void missing(ProxyDraft proxy, Timeout timeout, String fallback) {
    boolean tunnel =
        timeout == Timeout.Server && !proxy.isHttp() && proxy.timeouts.containsKey(Tunnel);
    if (!proxy.timeouts.containsKey(timeout) && !tunnel) {
      notice(
          proxy.line(),
          proxy,
          "Missing",
          "there is no 'timeout %s': HAProxy would wait forever, Weir waits %s"
              .formatted(timeout.word(), fallback));
    }
  }

  private List<EndpointSpec> endpoints(ProxyDraft proxy, String path) {
    boolean checked = proxy.servers.stream().anyMatch(server -> server.options().checked());
    boolean all = Boolean.TRUE.equals(places.use(proxy.allBackups, path));
    int backups = 0;
    var endpoints = new ArrayList<EndpointSpec>();
    for (var server : proxy.servers) {
      remarks(server, proxy);
      var endpoint = endpoint(server, checked, path);
      backups += Objects.equals(endpoint.tier(), 1) ? 1 : 0;
      if (backups == 2 && !all) {
        all = true;
        notice(
            server.line(),
            proxy,
            "Differs",
            "all backups share the traffic; HAProxy without 'option allbackups' uses the first"
                + " that works");
      }
      endpoints.add(endpoint);
    }
    return endpoints;
  }

  private void remarks(Server server, ProxyDraft proxy) {
    boolean name =
        !Addresses.isUnix(server.address()) && Addresses.literal(server.address()) == null;
    if (!saidResolve && name) {
      saidResolve = true;
      notice(
          server.line(),
          proxy,
          "Differs",
          "names such as '%s' are resolved again all the time, and may be unknown at the start;"
                  .formatted(server.address())
              + " HAProxy resolves them once and does not start without");
    }
  }

  private EndpointSpec endpoint(Server server, boolean checked, String pools) {
    var path = pools + "[" + Addresses.authority(server.address(), server.port()) + "]";
    places.put(path, server.line());
    var options = server.options();
    places.use(options.check, path + ".health.enabled");
    var port = options.checked() ? places.use(options.port, path + ".health.port") : null;
    boolean unchecked = checked && !options.checked();
    var backup = places.use(options.backup, path + ".tier");
    var disabled = places.use(options.disabled, path + ".state");
    return new EndpointSpec(
        name(server, path),
        server.address(),
        server.port(),
        places.use(options.weight, path + ".weight"),
        Boolean.TRUE.equals(backup) ? 1 : null,
        Boolean.TRUE.equals(disabled) ? EndpointSpec.State.Maintenance : null,
        Assembly.positive(places.use(options.maxConnections, path + ".maxConnections")),
        unchecked || port != null
            ? new EndpointHealthSpec(unchecked ? Boolean.FALSE : null, port)
            : null);
  }

  /// The server's own name, unless it is longer than the manifest allows.
  private @Nullable String name(Server server, String path) {
    if (server.name().length() <= MAX_NAME) {
      return server.name();
    }
    report.notice(
        server.line(),
        path,
        "Differs",
        "a name of more than %d characters is not kept: logs show address:port"
            .formatted(MAX_NAME));
    return null;
  }

  private @Nullable HealthSpec health(ProxyDraft proxy, String path) {
    var checked = proxy.servers.stream().filter(server -> server.options().checked()).toList();
    if (checked.isEmpty()) {
      return proxy.servers.isEmpty()
          ? null
          : new HealthSpec(false, null, null, null, null, null, null, null);
    }
    var inter = uniform.value(checked, proxy, "inter", o -> o.inter, INTER, path + ".interval");
    var rise = uniform.value(checked, proxy, "rise", o -> o.rise, RISE, path + ".rise");
    var fall = uniform.value(checked, proxy, "fall", o -> o.fall, FALL, path + ".fall");
    var check = places.use(proxy.httpCheck, path + ".http");
    var http =
        check == null
            ? null
            : new HealthSpec.Http(check.method(), check.path(), check.host(), null);
    var timeout = checkTimeout(proxy, inter == null ? INTER : inter, path + ".timeout");
    if (inter == null && rise == null && fall == null && http == null && timeout == null) {
      return null;
    }
    return new HealthSpec(
        null,
        http,
        null,
        null,
        inter == null ? null : Units.duration(inter),
        timeout == null ? null : Units.duration(timeout),
        rise,
        fall);
  }

  /// HAProxy gives a check `inter` in all. With `timeout check`, connecting gets `inter` or
  /// `timeout connect`, whichever is shorter, and the answer `timeout check`.
  ///
  /// @return null for the manifest's default
  private @Nullable Long checkTimeout(ProxyDraft proxy, long inter, String path) {
    var check = places.use(proxy.timeouts.get(Check), path);
    long timeout = inter;
    if (check != null && proxy.httpCheck != null) {
      timeout = check;
    } else if (check != null) {
      var connect = proxy.timeouts.get(Connect);
      timeout = connect == null ? inter : Math.min(inter, connect.value());
    }
    return timeout == INTER ? null : timeout;
  }

  private @Nullable QueueSpec queue(ProxyDraft proxy, String path) {
    boolean limited =
        proxy.servers.stream()
            .map(server -> server.options().maxConnections)
            .anyMatch(limit -> limit != null && limit.value() > 0);
    if (!limited) {
      return null;
    }
    var queue = proxy.timeouts.get(Queue);
    var timeout =
        places.use(queue == null ? proxy.timeouts.get(Connect) : queue, path + ".timeout");
    return new QueueSpec(timeout == null ? null : Units.duration(timeout), QUEUE_LENGTH);
  }

  private @Nullable RetrySpec retry(ProxyDraft proxy, String path) {
    places.use(proxy.redispatch, path);
    var attempts = places.use(proxy.retries, path + ".attempts");
    return attempts == null ? null : new RetrySpec(attempts, null);
  }

  private @Nullable PoolTimeoutsSpec timeouts(ProxyDraft proxy, String path) {
    var connect = duration(proxy.timeouts.get(Connect), path + "connect");
    var server = proxy.timeouts.get(Timeout.Server);
    var tunnel = proxy.timeouts.get(Tunnel);
    var response = proxy.isHttp() ? duration(server, path + "response") : null;
    var idle = duration(proxy.isHttp() || tunnel == null ? server : tunnel, path + "idle");
    return connect == null && response == null && idle == null
        ? null
        : new PoolTimeoutsSpec(connect, response, idle, null);
  }

  private @Nullable String duration(@Nullable Setting<Long> setting, String path) {
    var millis = places.use(setting, path);
    return millis == null ? null : Units.duration(millis);
  }

  private void notice(int line, ProxyDraft proxy, String rule, String message) {
    report.notice(line, proxy.where(), rule, message);
  }
}
