package dev.weir.proxy.message;

/// Why exactly a message is not HTTP/1 as RFC 9110 and RFC 9112 have it, or could be read in two
/// ways: a closed set, for metrics and logs. [Failure] says what the peer gets for it.
public enum Refusal {
  /// A bare LF, a bare CR where a line ends.
  LINE_END("line_end", "a line does not end with CRLF"),
  /// More empty lines before the start line than are skipped.
  EMPTY_LINES("empty_lines", "empty lines before the start line"),
  METHOD("method", "the method is not a token followed by one space"),
  METHOD_REFUSED("method_refused", "CONNECT and TRACE are not served"),
  TARGET("target", "the target is not visible ASCII without a fragment, followed by one space"),
  TARGET_FORM("target_form", "the target is neither a path nor an absolute http URI"),
  VERSION("version", "the version is not HTTP/1.0 or HTTP/1.1"),
  STATUS_LINE("status_line", "the status line is not a version, a status and a reason"),
  HEAD_SIZE("head_size", "the head has too many bytes"),
  FIELD_COUNT("field_count", "the head has too many fields"),
  /// No colon, no name, white space in front of the colon or the name, a folded line.
  FIELD_NAME("field_name", "a field line is not a name, a colon and a value"),
  FOLDING("folding", "a field line starts with white space"),
  FIELD_VALUE("field_value", "a field value has a control byte"),
  HOST_MISSING("host_missing", "there is no Host"),
  HOST_REPEATED("host_repeated", "there is more than one Host"),
  HOST_INVALID("host_invalid", "the authority is not a host with an optional port"),
  HOST_MISMATCH("host_mismatch", "the Host differs from the target's authority"),
  LENGTH_INVALID("length_invalid", "the Content-Length is not a number of bytes"),
  LENGTH_REPEATED("length_repeated", "there is more than one Content-Length"),
  LENGTH_AND_CODING("length_and_coding", "there are both Content-Length and Transfer-Encoding"),
  CODING_INVALID("coding_invalid", "the last transfer coding is not chunked, or not once"),
  CODING_REPEATED("coding_repeated", "there is more than one Transfer-Encoding"),
  CODING_UNKNOWN("coding_unknown", "there is a transfer coding other than chunked"),
  CODING_VERSION("coding_version", "there is a Transfer-Encoding in HTTP/1.0"),
  BODY_VERSION("body_version", "there is a body in HTTP/1.0 with GET, HEAD or DELETE"),
  EXPECTATION("expectation", "the expectation is not 100-continue"),
  CHUNK_SIZE("chunk_size", "a chunk size is not 1 to 15 hexadecimal digits"),
  CHUNK_EXTENSION("chunk_extension", "a chunk extension is malformed or too long"),
  CHUNK_END("chunk_end", "a chunk's data is not followed by CRLF"),
  TRAILERS("trailers", "the trailers are malformed, too many or too long"),
  /// A 101 that nobody asked for or to another protocol.
  SWITCH("switch", "the endpoint switches protocols unasked"),
  /// A body announced in an informational response, or too many of those.
  INFORMATIONAL("informational", "informational responses have bodies or are too many"),
  /// A pseudo-header field that is missing, doubled or unknown, a name in upper case, a field of
  /// one connection, a body that is not as long as announced.
  HTTP2_HEAD("http2_head", "the head is not valid HTTP/2"),
  /// Frames that are malformed, out of place or too many; the connection ends.
  FRAMES("frames", "the frames of the connection are not valid HTTP/2"),
  /// The connection ended within a head.
  CUT("cut", "the connection ended in the middle of the head");

  private final String label;
  private final String text;

  Refusal(String label, String text) {
    this.label = label;
    this.text = text;
  }

  /// The value of the `reason` label in metrics and of the field in JSON logs.
  public String label() {
    return label;
  }

  /// One sentence for a person, without a full stop.
  public String text() {
    return text;
  }
}
