package dev.weir.proxy.http1;

import dev.weir.proxy.exchange.Redirection;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.Grpc;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.Trailers;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DateFormatter;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Date;

/// What a client gets when the proxy answers itself: a status and one line of plain text.
public final class LocalReply {
  private static final byte[] FIELDS =
      Ascii.bytes("Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nDate: ");
  private static final byte[] LENGTH = Ascii.bytes("\r\nContent-Length: ");
  private static final byte[] LOCATION = Ascii.bytes("Location: ");
  private static final byte[] EMPTY = Ascii.bytes("\r\nContent-Length: 0\r\nDate: ");
  private static final byte[] NO_CONTENT = Ascii.bytes("Content-Length: 0\r\n");
  private static final byte[] GRPC_TYPE = Ascii.bytes("content-type: application/grpc\r\n");
  private static final byte[] LINE_END = Ascii.bytes("\r\n");
  private static final byte[] CLOSE = Ascii.bytes("Connection: close\r\n\r\n");
  private static final byte[] KEEP = Ascii.bytes("Connection: keep-alive\r\n\r\n");

  /// More than a reply without what a redirect is made of.
  public static final int SIZE = 512;

  private LocalReply() {}

  /// @param close whether it is the connection's last response
  /// @param withBody false for HEAD
  static void write(Failure failure, boolean close, boolean withBody, ByteBuf out) {
    statusLine(failure.status(), out);
    fields(failure, out);
    out.writeBytes(close ? CLOSE : KEEP);
    if (withBody) {
      out.writeBytes(failure.body());
    }
  }

  /// The lines of the fields that every version of HTTP has.
  public static void fields(Failure failure, ByteBuf out) {
    out.writeBytes(FIELDS);
    date(out);
    out.writeBytes(LENGTH);
    out.writeCharSequence(
        AsciiString.of(Integer.toString(failure.body().length)), StandardCharsets.US_ASCII);
    out.writeBytes(LINE_END);
  }

  /// As [#write] for a client of gRPC, which reads what went wrong in fields of a response without
  /// a body: its status is 200.
  static void grpc(Failure failure, boolean close, ByteBuf out) {
    statusLine(200, out);
    grpcFields(failure, out);
    out.writeBytes(NO_CONTENT);
    out.writeBytes(close ? CLOSE : KEEP);
  }

  /// The lines of the fields of a response that is nothing but trailers to gRPC.
  public static void grpcFields(Failure failure, ByteBuf out) {
    out.writeBytes(GRPC_TYPE);
    out.writeBytes(grpcStatus(failure));
    out.writeBytes(grpcMessage(failure));
  }

  /// The trailers that tell a client of gRPC what went wrong.
  public static Trailers grpcTrailers(Failure failure) {
    Trailers trailers = new Trailers();
    add(trailers, grpcStatus(failure));
    add(trailers, grpcMessage(failure));
    return trailers;
  }

  private static void add(Trailers trailers, byte[] line) {
    int start = trailers.length();
    System.arraycopy(line, 0, trailers.reserve(line.length), start, line.length);
    trailers.advance(line.length);
    int colon = start;
    while (trailers.bytes()[colon] != ':') {
      colon++;
    }
    int end = trailers.length();
    trailers.addField(Field.OTHER, start, colon, colon + 2, end - 2, end);
  }

  private static byte[] grpcStatus(Failure failure) {
    return Ascii.bytes("grpc-status: " + Grpc.status(failure) + "\r\n");
  }

  private static byte[] grpcMessage(Failure failure) {
    return Ascii.bytes("grpc-message: " + failure.text() + "\r\n");
  }

  /// As [#fields] of a failure, of a redirect.
  public static void fields(Redirection to, RequestHead request, ByteBuf out) {
    out.writeBytes(LOCATION);
    to.write(request, out);
    out.writeBytes(EMPTY);
    date(out);
    out.writeBytes(LINE_END);
  }

  /// Sends the client elsewhere, without a body.
  ///
  /// @param close whether it is the connection's last response
  static void redirect(Redirection to, RequestHead request, boolean close, ByteBuf out) {
    statusLine(to.status(), out);
    fields(to, request, out);
    out.writeBytes(close ? CLOSE : KEEP);
  }

  private static void statusLine(int status, ByteBuf out) {
    out.writeBytes(Ascii.bytes("HTTP/1.1 " + status + " " + reason(status) + "\r\n"));
  }

  private static void date(ByteBuf out) {
    out.writeCharSequence(DateFormatter.format(new Date()), StandardCharsets.US_ASCII);
  }

  private static String reason(int status) {
    return switch (status) {
      case 301 -> "Moved Permanently";
      case 302 -> "Found";
      case 303 -> "See Other";
      case 307 -> "Temporary Redirect";
      case 308 -> "Permanent Redirect";
      case 400 -> "Bad Request";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 413 -> "Content Too Large";
      case 414 -> "URI Too Long";
      case 417 -> "Expectation Failed";
      case 421 -> "Misdirected Request";
      case 431 -> "Request Header Fields Too Large";
      case 501 -> "Not Implemented";
      case 502 -> "Bad Gateway";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      case 505 -> "HTTP Version Not Supported";
      default -> "Internal Server Error";
    };
  }
}
