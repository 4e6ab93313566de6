package dev.weir.config.render;

import dev.weir.api.v1alpha1.AccessLogSpec;
import dev.weir.api.v1alpha1.BalanceSpec;
import dev.weir.api.v1alpha1.ClientAuthSpec;
import dev.weir.api.v1alpha1.EndpointSpec;
import dev.weir.api.v1alpha1.ForwardedSpec;
import dev.weir.api.v1alpha1.HttpSpec;
import dev.weir.api.v1alpha1.IntOrString;
import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.api.v1alpha1.ProxySpec;
import dev.weir.api.v1alpha1.RetrySpec;
import dev.weir.api.v1alpha1.ServiceSpec;
import dev.weir.api.v1alpha1.TlsSpec;
import dev.weir.api.v1alpha1.ZonesSpec;
import dev.weir.config.Durations;
import dev.weir.config.Sizes;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The one table of defaults. The CRD's descriptions and the reference say the same; tests compare.
public final class Defaults {
  public static final ProxySpec.Kind PROXY_KIND = ProxySpec.Kind.Deployment;
  public static final int PROXY_REPLICAS = 2;
  public static final ServiceSpec.Type SERVICE_TYPE = ServiceSpec.Type.ClusterIP;
  public static final ServiceSpec.TrafficPolicy EXTERNAL_TRAFFIC_POLICY =
      ServiceSpec.TrafficPolicy.Cluster;
  public static final IntOrString CPU_REQUEST = IntOrString.of("100m");
  public static final IntOrString MEMORY_REQUEST = IntOrString.of("128Mi");

  public static final ListenerSpec.Protocol PROTOCOL = ListenerSpec.Protocol.HTTP;
  public static final String LISTENER_ADDRESS = "*";
  public static final ForwardedSpec.Headers FORWARDED = ForwardedSpec.Headers.XForwarded;
  public static final List<HttpSpec.Version> VERSIONS =
      List.of(HttpSpec.Version.HTTP1, HttpSpec.Version.HTTP2);
  public static final int STREAMS = 128;

  /// Whether CONNECT is passed on.
  public static final boolean ALLOW_CONNECT = false;

  public static final boolean KNOWN_NAMES_ONLY = false;

  public static final int MAX_HEAD_SIZE = 32 * 1024;
  public static final int MAX_HEADERS = 128;
  public static final long MIN_BODY_RATE = 1024;
  public static final Duration HEADER_TIMEOUT = Duration.ofSeconds(10);
  public static final Duration CLIENT_KEEP_ALIVE = Duration.ofSeconds(50);
  public static final Duration CLIENT_IDLE = Duration.ofSeconds(50);
  public static final Duration TUNNEL_IDLE = Duration.ofHours(1);
  public static final Duration DRAIN = Duration.ofSeconds(30);
  public static final AccessLogSpec.Format LOG_FORMAT = AccessLogSpec.Format.JSON;
  public static final boolean LOG_SKIP_EMPTY = true;
  public static final TlsSpec.Mode TLS_MODE = TlsSpec.Mode.Terminate;
  public static final TlsSpec.Version MIN_TLS = TlsSpec.Version.TLS12;
  public static final ClientAuthSpec.Mode CLIENT_AUTH = ClientAuthSpec.Mode.Required;
  public static final boolean ORIGIN_VERIFY = true;
  public static final int TO_HTTPS_STATUS = 308;
  public static final int HTTPS_PORT = 443;

  public static final int PRIORITY = 0;
  public static final int BACKEND_WEIGHT = 1;
  public static final int REDIRECT_STATUS = 302;
  public static final int WEIGHT = 1;
  public static final int TIER = 0;
  public static final EndpointSpec.State STATE = EndpointSpec.State.Ready;
  public static final PoolSpec.Protocol POOL_PROTOCOL = PoolSpec.Protocol.HTTP1;
  public static final BalanceSpec.Algorithm ALGORITHM = BalanceSpec.Algorithm.RoundRobin;
  public static final ZonesSpec.Prefer ZONES = ZonesSpec.Prefer.Local;
  public static final boolean HEALTH_ENABLED = true;
  public static final String HEALTH_METHOD = "GET";
  public static final String HEALTH_PATH = "/";
  public static final String HEALTH_STATUS = "200-399";
  public static final Duration HEALTH_INTERVAL = Duration.ofSeconds(2);
  public static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(2);
  public static final int RISE = 2;
  public static final int FALL = 3;
  public static final Duration QUEUE_TIMEOUT = Duration.ofSeconds(5);
  public static final int QUEUE_LENGTH = 1000;
  public static final int RETRY_ATTEMPTS = 3;
  public static final List<RetrySpec.Condition> RETRY_CONDITIONS =
      List.of(RetrySpec.Condition.ConnectFailure);
  public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  public static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(50);
  public static final Duration ORIGIN_IDLE = Duration.ofSeconds(50);
  public static final Duration ORIGIN_KEEP_ALIVE = Duration.ofSeconds(60);

  private static final Map<String, String> TABLE = table();

  private Defaults() {}

  /// Every default with a value: the field in manifest terms without list keys
  /// (`spec.listeners.timeouts.idle`) and the value as a manifest writes it, in the order of the
  /// manifest.
  public static Map<String, String> values() {
    return TABLE;
  }

  private static Map<String, String> table() {
    var table = new LinkedHashMap<String, String>();
    table.put("spec.proxy.kind", PROXY_KIND.name());
    table.put("spec.proxy.replicas", String.valueOf(PROXY_REPLICAS));
    table.put("spec.proxy.service.type", SERVICE_TYPE.name());
    table.put("spec.proxy.service.externalTrafficPolicy", EXTERNAL_TRAFFIC_POLICY.name());
    table.put(
        "spec.proxy.resources.requests",
        "{cpu: " + CPU_REQUEST + ", memory: " + MEMORY_REQUEST + "}");
    table.put("spec.listeners.protocol", PROTOCOL.name());
    table.put("spec.listeners.address", LISTENER_ADDRESS);
    table.put("spec.listeners.http.versions", VERSIONS.toString());
    table.put("spec.listeners.tls.mode", TLS_MODE.name());
    table.put("spec.listeners.tls.minVersion", MIN_TLS.name());
    table.put("spec.listeners.tls.clientAuth.mode", CLIENT_AUTH.name());
    table.put("spec.listeners.http.forwarded.headers", FORWARDED.name());
    table.put("spec.listeners.http.maxHeadSize", Sizes.format(MAX_HEAD_SIZE));
    table.put("spec.listeners.http.maxHeaders", String.valueOf(MAX_HEADERS));
    table.put("spec.listeners.http.minBodyRate", Sizes.format(MIN_BODY_RATE));
    table.put("spec.listeners.http.redirectToHttps.status", String.valueOf(TO_HTTPS_STATUS));
    table.put("spec.listeners.http.redirectToHttps.port", String.valueOf(HTTPS_PORT));
    duration(table, "spec.listeners.timeouts.header", HEADER_TIMEOUT);
    duration(table, "spec.listeners.timeouts.keepAlive", CLIENT_KEEP_ALIVE);
    duration(table, "spec.listeners.timeouts.idle", CLIENT_IDLE);
    duration(table, "spec.listeners.timeouts.tunnelIdle", TUNNEL_IDLE);
    duration(table, "spec.listeners.timeouts.drain", DRAIN);
    table.put("spec.listeners.limits.streams", String.valueOf(STREAMS));
    table.put("spec.listeners.accessLog.format", LOG_FORMAT.name());
    table.put("spec.listeners.accessLog.skipEmpty", String.valueOf(LOG_SKIP_EMPTY));
    table.put("spec.routes.priority", String.valueOf(PRIORITY));
    table.put("spec.routes.backends.weight", String.valueOf(BACKEND_WEIGHT));
    table.put("spec.routes.redirect.status", String.valueOf(REDIRECT_STATUS));
    table.put("spec.pools.endpoints.weight", String.valueOf(WEIGHT));
    table.put("spec.pools.endpoints.tier", String.valueOf(TIER));
    table.put("spec.pools.endpoints.state", STATE.name());
    table.put("spec.pools.endpoints.health.enabled", String.valueOf(HEALTH_ENABLED));
    table.put("spec.pools.protocol", POOL_PROTOCOL.name());
    table.put("spec.pools.balance.algorithm", ALGORITHM.name());
    table.put("spec.pools.balance.zones.prefer", ZONES.name());
    table.put("spec.pools.tls.verify", String.valueOf(ORIGIN_VERIFY));
    table.put("spec.pools.tls.minVersion", MIN_TLS.name());
    table.put("spec.pools.health.enabled", String.valueOf(HEALTH_ENABLED));
    table.put("spec.pools.health.http.method", HEALTH_METHOD);
    table.put("spec.pools.health.http.path", HEALTH_PATH);
    table.put("spec.pools.health.http.expect.status", "[" + HEALTH_STATUS + "]");
    duration(table, "spec.pools.health.interval", HEALTH_INTERVAL);
    duration(table, "spec.pools.health.timeout", HEALTH_TIMEOUT);
    table.put("spec.pools.health.rise", String.valueOf(RISE));
    table.put("spec.pools.health.fall", String.valueOf(FALL));
    duration(table, "spec.pools.queue.timeout", QUEUE_TIMEOUT);
    table.put("spec.pools.queue.length", String.valueOf(QUEUE_LENGTH));
    table.put("spec.pools.retry.attempts", String.valueOf(RETRY_ATTEMPTS));
    table.put("spec.pools.retry.conditions", RETRY_CONDITIONS.toString());
    duration(table, "spec.pools.timeouts.connect", CONNECT_TIMEOUT);
    duration(table, "spec.pools.timeouts.response", RESPONSE_TIMEOUT);
    duration(table, "spec.pools.timeouts.idle", ORIGIN_IDLE);
    duration(table, "spec.pools.timeouts.keepAlive", ORIGIN_KEEP_ALIVE);
    return Collections.unmodifiableMap(table);
  }

  private static void duration(Map<String, String> table, String field, Duration value) {
    table.put(field, Durations.format(value));
  }
}
