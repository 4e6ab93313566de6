package dev.weir.proxy.http2;

import dev.weir.proxy.edit.HeaderEdits;
import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.upstream.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/// Encodes requests to one endpoint (RFC 9113 section 8.3.1, WebSockets RFC 8441): pseudo-header
/// fields of the request line and the Host, then the fields that were not dropped, then those that
/// this hop adds. Thread: the connection's loop.
final class RequestWriter {
  private static final byte[] POST = Ascii.bytes("POST");
  private static final byte[] SLASH = Ascii.bytes("/");
  private static final byte[] ASTERISK = Ascii.bytes("*");
  private static final byte[] PROTOCOL = Ascii.bytes(":protocol");
  private static final byte[] WEBSOCKET = Ascii.bytes("websocket");
  private static final byte[] TE = Ascii.bytes("te");
  private static final byte[] TRAILERS = Ascii.bytes("trailers");

  /// How many bytes this hop can add, apart from edits and what it forwards.
  private static final int ADDED = 512;

  private final byte[] fallbackAuthority;
  private final int scheme;
  private final ByteBuf lines = Unpooled.buffer(ADDED);

  /// @param secure whether the connection is encrypted: `:scheme` says it, since some origins
  ///   compare the two
  RequestWriter(Endpoint endpoint, boolean secure) {
    this.fallbackAuthority = Ascii.bytes(endpoint.config().host());
    this.scheme = secure ? HpackStatic.SCHEME_HTTPS : HpackStatic.SCHEME_HTTP;
  }

  /// The header block of a request; only until the next one is written on this loop.
  ///
  /// @param first whether it is the connection's first
  HpackEncoder write(RequestHead head, Forwarding how, Exchange exchange, boolean first) {
    HpackEncoder block = HpackEncoder.ofLoop();
    HeaderEdits edits = exchange.requestEdits();
    how.prepare(head);
    if (edits != null) {
      edits.drop(head);
    }
    block.begin(first);
    start(head, block);
    int host = head.find(Field.HOST);
    if (host >= 0) {
      head.drop(host);
    }
    block.fields(head);
    lines.clear();
    if (edits == null) {
      how.write(head, lines);
    } else {
      how.write(head, edits, lines);
      edits.write(exchange.facts(), lines);
    }
    block.lines(lines);
    if (head.acceptsTrailers()) {
      block.field(TE, TRAILERS);
    }
    return block;
  }

  private void start(RequestHead head, HpackEncoder block) {
    byte[] bytes = head.bytes();
    if (head.upgrade()) {
      block.literal(HpackStatic.METHOD_GET, Methods.CONNECT, 0, Methods.CONNECT.length);
      block.field(PROTOCOL, WEBSOCKET);
    } else if (head.isMethod(Methods.GET)) {
      block.indexed(HpackStatic.METHOD_GET);
    } else if (head.isMethod(POST)) {
      block.indexed(HpackStatic.METHOD_POST);
    } else {
      block.literal(HpackStatic.METHOD_GET, bytes, head.methodStart(), head.methodEnd());
    }
    block.indexed(scheme);
    if (head.authorityEnd() > head.authorityStart()) {
      block.literal(HpackStatic.AUTHORITY, bytes, head.authorityStart(), head.authorityEnd());
    } else {
      block.literal(HpackStatic.AUTHORITY, fallbackAuthority, 0, fallbackAuthority.length);
    }
    path(head, block);
  }

  private static void path(RequestHead head, HpackEncoder block) {
    byte[] bytes = head.bytes();
    int start = head.pathStart();
    int end = head.pathEnd();
    if (end > start && bytes[start] != '?') {
      block.literal(HpackStatic.PATH, bytes, start, end);
    } else if (end > start) {
      byte[] path = new byte[end - start + 1];
      path[0] = '/';
      System.arraycopy(bytes, start, path, 1, end - start);
      block.literal(HpackStatic.PATH, path, 0, path.length);
    } else {
      byte[] path = head.isMethod(Methods.OPTIONS) ? ASTERISK : SLASH;
      block.literal(HpackStatic.PATH, path, 0, path.length);
    }
  }

  /// The header block of trailers, to keep.
  byte[] trailers(MessageHead trailers) {
    HpackEncoder block = HpackEncoder.ofLoop();
    block.begin(false);
    block.fields(trailers);
    return Arrays.copyOf(block.block(), block.length());
  }
}
