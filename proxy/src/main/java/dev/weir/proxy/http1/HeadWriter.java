package dev.weir.proxy.http1;

import dev.weir.proxy.edit.HeaderEdits;
import dev.weir.proxy.edit.RequestFacts;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import io.netty.buffer.ByteBuf;

/// Serialises heads as HTTP/1.1: a new start line, the fields that were not dropped copied in
/// spans, and the fields that this hop adds. Pure but for the buffer.
public final class HeadWriter {
  private static final byte[] VERSION = Ascii.bytes("HTTP/1.1 ");
  private static final byte[] VERSION_LINE = Ascii.bytes(" HTTP/1.1\r\n");
  private static final byte[] CRLF = Ascii.bytes("\r\n");
  private static final byte[] HOST = Ascii.bytes("Host: ");
  private static final byte[] CHUNKED = Ascii.bytes("Transfer-Encoding: chunked\r\n");
  private static final byte[] LENGTH = Ascii.bytes("Content-Length: ");
  private static final byte[] CLOSE = Ascii.bytes("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = Ascii.bytes("Connection: keep-alive\r\n");
  private static final byte[] UPGRADE =
      Ascii.bytes("Connection: Upgrade\r\nUpgrade: websocket\r\n");
  private static final byte[] UPGRADED = Ascii.bytes("Connection: Upgrade\r\n");
  private static final byte[] TE_TRAILERS = Ascii.bytes("Connection: TE\r\nTE: trailers\r\n");

  /// How many bytes this hop can add to a head, apart from what it forwards.
  static final int ADDED = 512;

  /// How long a status line is before its reason.
  private static final int STATUS_LINE = "HTTP/1.1 200 ".length();

  private HeadWriter() {}

  /// How the end of a response is told to the client's connection.
  enum Persistence {
    /// HTTP/1.1 and open: nothing to say.
    IMPLIED,
    /// HTTP/1.0 and open.
    KEEP_ALIVE,
    /// The last response.
    CLOSE
  }

  /// A request as it came, but for what belongs to its connection.
  ///
  /// @param fallbackHost the Host when the request has none (HTTP/1.0)
  public static void request(
      RequestHead head, Forwarding forwarding, byte[] fallbackHost, ByteBuf out) {
    forwarding.prepare(head);
    start(head, fallbackHost, out);
    forwarding.write(head, out);
    end(head, out);
  }

  /// As [#request], edited: edits see what would be sent without them, forwarding fields included,
  /// but for what belongs to the connection.
  public static void request(
      RequestHead head,
      Forwarding forwarding,
      byte[] fallbackHost,
      HeaderEdits edits,
      RequestFacts facts,
      ByteBuf out) {
    forwarding.prepare(head);
    edits.drop(head);
    start(head, fallbackHost, out);
    forwarding.write(head, edits, out);
    edits.write(facts, out);
    end(head, out);
  }

  /// Request line and fields. What is to be written as it came is one piece with the fields behind
  /// it.
  private static void start(RequestHead head, byte[] fallbackHost, ByteBuf out) {
    byte[] bytes = head.bytes();
    boolean host = head.find(Field.HOST) >= 0;
    if (host && head.minorVersion() == 1 && bytes[head.targetStart()] == '/') {
      fields(head, head.methodStart(), head.targetEnd() + VERSION_LINE.length, out);
      return;
    }
    out.writeBytes(bytes, head.methodStart(), head.methodEnd() - head.methodStart());
    out.writeByte(' ');
    path(head, out);
    out.writeBytes(VERSION_LINE);
    if (!host) {
      out.writeBytes(HOST);
      if (head.authorityEnd() > head.authorityStart()) {
        out.writeBytes(bytes, head.authorityStart(), head.authorityEnd() - head.authorityStart());
      } else {
        out.writeBytes(fallbackHost);
      }
      out.writeBytes(CRLF);
    }
    fields(head, out);
  }

  private static void end(RequestHead head, ByteBuf out) {
    if (head.bodyLength() == RequestHead.CHUNKED) {
      out.writeBytes(CHUNKED);
    }
    length(head, out);
    if (head.upgrade() && !head.isConnect()) {
      out.writeBytes(UPGRADE);
    } else if (head.acceptsTrailers()) {
      out.writeBytes(TE_TRAILERS);
    }
    out.writeBytes(CRLF);
  }

  private static void length(MessageHead head, ByteBuf out) {
    if (head.writtenLength() >= 0) {
      out.writeBytes(LENGTH).writeBytes(Ascii.bytes(Long.toString(head.writtenLength())));
      out.writeBytes(CRLF);
    }
  }

  private static void path(RequestHead head, ByteBuf out) {
    int length = head.pathEnd() - head.pathStart();
    byte[] bytes = head.bytes();
    if (length == 0 || bytes[head.pathStart()] == '?') {
      out.writeByte(length == 0 && head.isMethod(OPTIONS) ? '*' : '/');
    }
    out.writeBytes(bytes, head.pathStart(), length);
  }

  private static final byte[] OPTIONS = dev.weir.proxy.message.Methods.OPTIONS;

  /// @param chunked whether the body that follows is chunked
  static void response(ResponseHead head, boolean chunked, Persistence persistence, ByteBuf out) {
    start(head, out);
    end(head, chunked, persistence, out);
  }

  /// As [#response], edited.
  static void response(
      ResponseHead head,
      boolean chunked,
      Persistence persistence,
      HeaderEdits edits,
      RequestFacts facts,
      ByteBuf out) {
    edits.drop(head);
    start(head, out);
    edits.write(facts, out);
    end(head, chunked, persistence, out);
  }

  /// Status line and fields.
  private static void start(ResponseHead head, ByteBuf out) {
    int line = head.reasonStart() - STATUS_LINE;
    if (head.minorVersion() == 1 && line >= 0 && head.bytes()[head.reasonStart() - 1] == ' ') {
      fields(head, line, head.reasonEnd() + CRLF.length, out);
      return;
    }
    out.writeBytes(VERSION);
    int status = head.status();
    out.writeByte('0' + status / 100)
        .writeByte('0' + status / 10 % 10)
        .writeByte('0' + status % 10);
    out.writeByte(' ');
    out.writeBytes(head.bytes(), head.reasonStart(), head.reasonEnd() - head.reasonStart());
    out.writeBytes(CRLF);
    fields(head, out);
  }

  private static void end(
      ResponseHead head, boolean chunked, Persistence persistence, ByteBuf out) {
    int status = head.status();
    if (chunked) {
      out.writeBytes(CHUNKED);
    }
    length(head, out);
    if (status == 101) {
      out.writeBytes(UPGRADED);
    } else if (status >= 200) {
      switch (persistence) {
        case IMPLIED -> {}
        case KEEP_ALIVE -> out.writeBytes(KEEP_ALIVE);
        case CLOSE -> out.writeBytes(CLOSE);
      }
    }
    out.writeBytes(CRLF);
  }

  /// Copies the fields that are not dropped, neighbours in one go.
  static void fields(MessageHead head, ByteBuf out) {
    fields(head, 0, out);
  }

  /// As [#fields], with the line in front of the first field.
  private static void fields(MessageHead head, int line, int lineEnd, ByteBuf out) {
    int kept = 0;
    while (kept < head.fields() && !head.dropped(kept)) {
      kept++;
    }
    int end = kept == 0 ? lineEnd : head.lineEnd(kept - 1);
    out.writeBytes(head.bytes(), line, end - line);
    fields(head, kept, out);
  }

  private static void fields(MessageHead head, int from, ByteBuf out) {
    int count = head.fields();
    int i = from;
    while (i < count) {
      if (head.dropped(i)) {
        i++;
        continue;
      }
      int start = head.nameStart(i);
      while (i < count && !head.dropped(i)) {
        i++;
      }
      out.writeBytes(head.bytes(), start, head.lineEnd(i - 1) - start);
    }
  }
}
