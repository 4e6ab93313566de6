package dev.weir.proxy.message;

import java.nio.charset.StandardCharsets;

/// Everything that can go wrong with a request, once: what the client gets, what metrics and logs
/// call it.
///
/// Statuses follow HAProxy's mapping, so that dashboards and alerts survive a move. A status of 0
/// means that nothing can be said any more (the head of the response is gone or so is the client):
/// the connection is closed.
public enum Failure {
  /// A request that is not exactly HTTP/1: syntax, framing, a Host that is missing, doubled or at
  /// odds with the target.
  BAD_REQUEST(400, "PR", "bad_request", "the request is not valid HTTP"),
  /// The framing of a request's body broke after its head was accepted.
  BAD_REQUEST_BODY(400, "PR", "bad_request_body", "the request body is not framed validly"),
  /// No complete head within the listener's header timeout.
  HEADER_TIMEOUT(408, "cR", "header_timeout", "the request head took too long"),
  /// The client stopped sending its body.
  REQUEST_TIMEOUT(408, "cH", "request_timeout", "the request body took too long"),
  /// The body came slower than the listener's minimum.
  BODY_TOO_SLOW(408, "cH", "body_too_slow", "the request body came too slowly"),
  /// The whole request took longer than the listener allows.
  REQUEST_DEADLINE(504, "sH", "request_deadline", "the request took too long"),
  /// A method that a reverse proxy does not serve: CONNECT, TRACE.
  METHOD_REFUSED(405, "PR", "method_refused", "the method is not served here"),
  /// A body where HTTP/1.0 has none that both sides agree on.
  BODY_REFUSED(413, "PR", "body_refused", "a body is not accepted with this method and version"),
  /// The body is over the listener's limit.
  BODY_TOO_LARGE(413, "PR", "body_too_large", "the request body is too large"),
  /// The request line alone is over the limit.
  TARGET_TOO_LONG(414, "PR", "target_too_long", "the request target is too long"),
  /// An expectation other than 100-continue.
  EXPECTATION(417, "PR", "expectation", "the expectation is not supported"),
  /// The host is another listener's, which demands of clients what this connection was not asked
  /// for.
  MISDIRECTED(421, "PR", "misdirected", "this connection is not for this host"),
  /// The head is over the limit of bytes or of fields.
  HEAD_TOO_LARGE(431, "PR", "head_too_large", "the request head is too large"),
  /// A transfer coding other than chunked.
  UNKNOWN_CODING(501, "PR", "unknown_coding", "the transfer coding is not supported"),
  /// An HTTP version other than 1.0 and 1.1.
  UNKNOWN_VERSION(505, "PR", "unknown_version", "the HTTP version is not supported"),
  /// What a client sent is not HTTP/2, or breaks its rules for streams.
  PROTOCOL_ERROR(0, "PR", "protocol_error", "the client broke the rules of HTTP/2"),
  /// A client of HTTP/2 sent more frames that carry nothing, or gave up more requests, than it may.
  FLOOD(0, "PR", "flood", "the client sent too many frames that carry nothing"),
  /// No route and no default pool takes the request.
  NO_ROUTE(404, "SC", "no_route", "no route for this request"),
  /// The pool has no endpoint that may take traffic.
  NO_ENDPOINT(503, "SC", "no_endpoint", "no healthy endpoint"),
  /// Every endpoint is at its limit and the queue is full.
  QUEUE_FULL(503, "sQ", "queue_full", "every endpoint is busy and the queue is full"),
  /// Waited for a slot as long as the queue allows.
  QUEUE_TIMEOUT(503, "sQ", "queue_timeout", "every endpoint is busy"),
  /// Connections were refused or unreachable, retries included.
  CONNECT_FAILED(503, "SC", "connect_failed", "could not connect to an endpoint"),
  /// No connection within the pool's connect timeout, retries included.
  CONNECT_TIMEOUT(503, "sC", "connect_timeout", "connecting to an endpoint took too long"),
  /// The TLS handshake with an endpoint failed, or nothing is there to make one with; retries
  /// included.
  ORIGIN_TLS_FAILED(503, "SC", "origin_tls_failed", "the TLS handshake with an endpoint failed"),
  /// An endpoint's certificate is past its end, or before its beginning.
  ORIGIN_CERTIFICATE_EXPIRED(
      503, "SC", "origin_certificate_expired", "the certificate of an endpoint is not in date"),
  /// No configured authority vouches for an endpoint's certificate.
  ORIGIN_CERTIFICATE_UNTRUSTED(
      503,
      "SC",
      "origin_certificate_untrusted",
      "the certificate of an endpoint comes from an unknown authority"),
  /// An endpoint's certificate is for other names.
  ORIGIN_CERTIFICATE_MISMATCH(
      503,
      "SC",
      "origin_certificate_mismatch",
      "the certificate of an endpoint is for another name"),
  /// An endpoint's certificate is revoked.
  ORIGIN_CERTIFICATE_REVOKED(
      503, "SC", "origin_certificate_revoked", "the certificate of an endpoint is revoked"),
  /// The origin closed or reset before its response began.
  ORIGIN_CLOSED(
      502, "SH", "origin_closed", "the endpoint closed the connection without a response"),
  /// The origin did not take the request, retries included (HTTP/2).
  ORIGIN_REFUSED(503, "SC", "origin_refused", "the endpoint refused the request unread"),
  /// The origin gave the request up before its response began (HTTP/2).
  ORIGIN_RESET(502, "SH", "origin_reset", "the endpoint reset the stream without a response"),
  /// The origin's response is not valid HTTP.
  BAD_RESPONSE(502, "PH", "bad_response", "the endpoint sent an invalid response"),
  /// No response head within the pool's response timeout.
  RESPONSE_TIMEOUT(504, "sH", "response_timeout", "the endpoint took too long to respond"),
  /// The origin ended in the middle of its response.
  ORIGIN_CUT(0, "SD", "origin_cut", "the endpoint closed in the middle of a response"),
  /// The origin stalled in the middle of its response, or stopped reading the request.
  ORIGIN_STALLED(0, "sD", "origin_stalled", "the endpoint stalled in the middle of a response"),
  /// The response's body is not framed validly.
  BAD_RESPONSE_BODY(0, "PD", "bad_response_body", "the endpoint sent an invalid response body"),
  /// The client went away.
  CLIENT_ABORT(0, "CD", "client_abort", "the client closed the connection"),
  /// The client stopped reading the response.
  CLIENT_STALLED(0, "cD", "client_stalled", "the client stalled"),
  /// The client's TLS handshake failed; the metric of handshakes says why.
  TLS_HANDSHAKE(0, "PR", "tls_handshake", "the TLS handshake failed"),
  /// The client has as many connections as the listener allows one client.
  CLIENT_CONNECTIONS(0, "PR", "client_connections", "too many connections of one client"),
  /// The connection does not begin as TLS, and nothing takes it as it is.
  NOT_TLS(0, "PR", "not_tls", "the connection does not begin as TLS"),
  /// A ClientHello that is malformed or too large.
  BAD_HELLO(0, "PR", "bad_hello", "the ClientHello is malformed or too large"),
  /// No complete ClientHello within the listener's header timeout.
  HELLO_TIMEOUT(0, "cR", "hello_timeout", "the ClientHello took too long"),
  /// The connection comes from where nobody may say who the client is, and the listener wants to be
  /// told.
  PROXY_NETWORK(0, "PR", "proxy_network", "a PROXY header is not taken from this address"),
  /// No PROXY header, or one that must not be believed.
  PROXY_HEADER(0, "PR", "proxy_header", "the PROXY header is missing or not valid"),
  /// No complete PROXY header within the listener's header timeout.
  PROXY_TIMEOUT(0, "cR", "proxy_timeout", "the PROXY header took too long"),
  /// The connection was closed because its drain time is over.
  DRAINED(0, "KD", "drained", "the connection was closed after draining"),
  /// A fault of our own.
  INTERNAL(500, "IH", "internal", "internal error");

  private final int status;
  private final String letters;
  private final String label;
  private final String text;
  private final byte[] body;

  Failure(int status, String letters, String label, String text) {
    this.status = status;
    this.letters = letters;
    this.label = label;
    this.text = text;
    this.body = (status + " " + text + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /// The HTTP status for the client, 0 when none can be sent.
  public int status() {
    return status;
  }

  /// HAProxy's termination state, its first two letters: who ended it, and where.
  public String letters() {
    return letters;
  }

  /// The value of the `failure` label in metrics and of the field in JSON logs.
  public String label() {
    return label;
  }

  /// One sentence for a person, without a full stop.
  public String text() {
    return text;
  }

  /// The plain-text body of a local reply. Shared: never write to it.
  public byte[] body() {
    return body;
  }
}
