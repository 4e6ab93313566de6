package dev.weir.proxy.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// One request at an [Origin] and the means to answer it. Used by one thread.
public final class Call {
  private final Origin origin;
  private final Wire wire;
  private final Head head;
  private final InputStream body;
  private boolean closing;

  Call(Origin origin, Wire wire, Head head, InputStream body) {
    this.origin = origin;
    this.wire = wire;
    this.head = head;
    this.body = body;
    closing = head.lists("connection", "close") || head.startLine().endsWith("HTTP/1.0");
  }

  /// What an origin does with a request.
  @FunctionalInterface
  public interface Handler {
    /// Reads of `call` what it wants and answers it.
    void handle(Call call) throws IOException, InterruptedException;
  }

  /// The origin that was called.
  public Origin origin() {
    return origin;
  }

  /// The request's head.
  public Head head() {
    return head;
  }

  /// The target without its query.
  public String path() {
    var target = head.target();
    var query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /// The part of the path behind `prefix`, as a number.
  public long number(String prefix) {
    return Long.parseLong(path().substring(prefix.length()));
  }

  /// The request's body, unframed.
  public InputStream body() {
    return body;
  }

  /// Answers with a text and its Content-Length, in one piece: an origin that is killed has sent
  /// all of an answer or nothing.
  public void reply(int status, String text, String... headerLines) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    var all = new ByteArrayOutputStream();
    all.writeBytes(head(status, bytes.length, headerLines));
    if (!head.method().equals("HEAD")) {
      all.writeBytes(bytes);
    }
    wire.output().write(all.toByteArray());
    wire.output().flush();
  }

  /// Sends a head with Content-Length `length`, or chunked when it is negative. A chunked body is
  /// the caller's to frame.
  public OutputStream begin(int status, long length, String... headerLines) throws IOException {
    wire.output().write(head(status, length, headerLines));
    return wire.output();
  }

  private byte[] head(int status, long length, String... headerLines) {
    var text = new StringBuilder("HTTP/1.1 " + status + " " + reason(status) + "\r\n");
    if (length >= 0) {
      text.append("Content-Length: ").append(length).append("\r\n");
    } else {
      text.append("Transfer-Encoding: chunked\r\n");
    }
    for (var line : headerLines) {
      text.append(line).append("\r\n");
    }
    if (closing) {
      text.append("Connection: close\r\n");
    }
    return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /// The connection itself, for bytes that are no HTTP.
  public Wire wire() {
    return wire;
  }

  /// Closes the connection behind this answer.
  public void closeAfterwards() {
    closing = true;
  }

  boolean closing() {
    return closing;
  }

  private static String reason(int status) {
    return switch (status) {
      case 200 -> "OK";
      case 204 -> "No Content";
      case 304 -> "Not Modified";
      case 404 -> "Not Found";
      case 500 -> "Internal Server Error";
      case 503 -> "Service Unavailable";
      default -> "Status";
    };
  }
}
