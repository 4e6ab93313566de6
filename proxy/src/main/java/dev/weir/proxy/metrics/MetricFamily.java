package dev.weir.proxy.metrics;

import dev.weir.config.metrics.Family;

/// Every metric of the proxy but those of [dev.weir.config.metrics.ProcessFamily]: its name, type
/// and meaning. `docs/reference/metrics.md` lists the same, which a test checks.
public enum MetricFamily implements Family {
  BUILD_INFO("weir_build_info", Type.GAUGE, "Always 1; the label version says what runs."),
  DIRECT("weir_direct_memory_used_bytes", Type.GAUGE, "Memory of network buffers."),
  LOOPS("weir_loops", Type.GAUGE, "Event loops that serve connections."),
  LOOP_CPU(
      "weir_loop_cpu_seconds_total",
      Type.COUNTER,
      "CPU time of an event loop; one second per second is all that it can take."),
  LOOP_ALLOCATED(
      "weir_loop_allocated_bytes_total",
      Type.COUNTER,
      "Bytes that an event loop allocated on the Java heap."),
  LOOP_LAG(
      "weir_loop_lag_seconds",
      Type.HISTOGRAM,
      "How long an event loop takes to turn to something new, asked once a second."),
  CONNECTIONS("weir_connections", Type.GAUGE, "Open client connections of the process."),
  CONNECTIONS_LIMIT(
      "weir_connections_limit", Type.GAUGE, "Limit of client connections; 0 for none."),
  DRAINING_CONNECTIONS(
      "weir_draining_connections",
      Type.GAUGE,
      "Client connections of listeners that are gone from the configuration."),
  LISTENER_BOUND("weir_listener_bound", Type.GAUGE, "Whether the listener's port is open."),
  LISTENER_CONNECTIONS("weir_listener_connections", Type.GAUGE, "Open client connections."),
  LISTENER_ACCEPTED(
      "weir_listener_connections_total", Type.COUNTER, "Client connections accepted."),
  LISTENER_ACCEPT_FAILURES(
      "weir_listener_accept_failures_total",
      Type.COUNTER,
      "Accepts that the kernel refused, for example for want of file descriptors."),
  LISTENER_REQUESTS(
      "weir_listener_requests_total",
      Type.COUNTER,
      "Requests by class of the status that the client got; none when it got none. TCP connections"
          + " count as none."),
  LISTENER_FAILURES(
      "weir_listener_failures_total",
      Type.COUNTER,
      "Requests and connections that failed, by cause."),
  LISTENER_REFUSED(
      "weir_listener_refused_requests_total",
      Type.COUNTER,
      "Requests that were refused because they are invalid or ambiguous HTTP, by reason."),
  LISTENER_GRPC(
      "weir_listener_grpc_requests_total",
      Type.COUNTER,
      "Requests of gRPC by the grpc-status that the client got."),
  LISTENER_HANDSHAKES(
      "weir_listener_tls_handshakes_total",
      Type.COUNTER,
      "TLS handshakes with clients by result: full, resumed, or why they failed."),
  CERTIFICATE_EXPIRY(
      "weir_listener_certificate_expiry_timestamp_seconds",
      Type.GAUGE,
      "When a certificate in use stops being valid, in seconds since 1970."),
  LISTENER_RETRIES(
      "weir_listener_retries_total",
      Type.COUNTER,
      "Requests and connections sent to another endpoint."),
  LISTENER_RECEIVED("weir_listener_received_bytes_total", Type.COUNTER, "Bytes from clients."),
  LISTENER_SENT("weir_listener_sent_bytes_total", Type.COUNTER, "Bytes to clients."),
  LISTENER_DURATION(
      "weir_listener_request_duration_seconds",
      Type.HISTOGRAM,
      "From the first byte of a request to the end of its response."),
  POOL_ENDPOINTS("weir_pool_endpoints", Type.GAUGE, "Endpoints, each address of a name counted."),
  POOL_USABLE("weir_pool_usable_endpoints", Type.GAUGE, "Endpoints that may take traffic now."),
  POOL_REFUSED(
      "weir_pool_refused_responses_total",
      Type.COUNTER,
      "Responses that were refused because they are invalid or ambiguous HTTP, by reason."),
  POOL_GRPC(
      "weir_pool_grpc_responses_total",
      Type.COUNTER,
      "Responses of gRPC by grpc-status, those included that the proxy made when an endpoint"
          + " failed."),
  POOL_DURATION(
      "weir_pool_response_duration_seconds",
      Type.HISTOGRAM,
      "From the connection to the head of the response."),
  POOL_CONNECT(
      "weir_pool_connect_duration_seconds",
      Type.HISTOGRAM,
      "How long opening a connection to an endpoint took."),
  POOL_WAIT(
      "weir_pool_queue_duration_seconds",
      Type.HISTOGRAM,
      "How long requests that had to wait for a free endpoint waited, those that got one."),
  POOL_QUEUE("weir_pool_queue_length", Type.GAUGE, "Requests that wait for a free endpoint."),
  ENDPOINT_HEALTHY("weir_endpoint_healthy", Type.GAUGE, "Whether checks let it take traffic."),
  ENDPOINT_IN_FLIGHT(
      "weir_endpoint_in_flight", Type.GAUGE, "Requests (TCP: connections) under way."),
  ENDPOINT_CONNECTIONS(
      "weir_endpoint_connections_total",
      Type.COUNTER,
      "Connections opened to the endpoint, health checks not counted."),
  ENDPOINT_IDLE(
      "weir_endpoint_idle_connections",
      Type.GAUGE,
      "Open connections that take another request: unused ones, and those of HTTP/2 with room."),
  ENDPOINT_REQUESTS(
      "weir_endpoint_requests_total",
      Type.COUNTER,
      "Responses of the endpoint by class of status."),
  ENDPOINT_FAILURES(
      "weir_endpoint_failures_total", Type.COUNTER, "Failures of the endpoint, by cause."),
  ENDPOINT_RETRIES(
      "weir_endpoint_retries_total",
      Type.COUNTER,
      "Requests and connections that went to another endpoint instead."),
  ENDPOINT_SENT(
      "weir_endpoint_sent_bytes_total",
      Type.COUNTER,
      "Bytes of clients for the endpoint, counted when the request or connection is over."),
  ENDPOINT_RECEIVED(
      "weir_endpoint_received_bytes_total",
      Type.COUNTER,
      "Bytes of the endpoint for clients, counted when the request or connection is over."),
  ENDPOINT_DURATION(
      "weir_endpoint_response_duration_seconds",
      Type.HISTOGRAM,
      "From the connection to the head of the response, in decades."),
  ENDPOINT_CONNECT(
      "weir_endpoint_connect_duration_seconds",
      Type.SUMMARY,
      "How long opening a connection to the endpoint took; sum and count."),
  HEALTH_CHECKS("weir_health_checks_total", Type.COUNTER, "Health checks by result."),
  HEALTH_TRANSITIONS(
      "weir_health_transitions_total", Type.COUNTER, "Changes between healthy and not."),
  GENERATION("weir_config_generation", Type.GAUGE, "The running generation; 0 before the first."),
  APPLIED("weir_config_applied_total", Type.COUNTER, "Configurations that were applied."),
  REFUSED(
      "weir_config_refused_total",
      Type.COUNTER,
      "Configurations that were refused, wholly or in part."),
  REJECTED(
      "weir_config_rejected_load_balancers",
      Type.GAUGE,
      "LoadBalancers that run their last good configuration because the wanted one was rejected."),
  STALE(
      "weir_config_stale",
      Type.GAUGE,
      "Whether the last known good configuration of an earlier run is in force."),
  APPLY_SECONDS("weir_config_apply_seconds", Type.GAUGE, "How long the last apply took."),
  LOG_LINES("weir_access_log_lines_total", Type.COUNTER, "Access log lines taken."),
  LOG_DROPPED(
      "weir_access_log_dropped_total",
      Type.COUNTER,
      "Access log lines dropped: the target was too slow or failed."),
  LOG_FAILED(
      "weir_access_log_failed_writes_total", Type.COUNTER, "Failed writes of the access log."),
  LOG_ALLOCATED(
      "weir_access_log_allocated_bytes_total",
      Type.COUNTER,
      "Bytes that the writer of the access log allocated on the Java heap.");

  private final Description description;

  MetricFamily(String name, Type type, String help) {
    this.description = new Description(name, type, help);
  }

  @Override
  public Description description() {
    return description;
  }
}
