package dev.weir.proxy.http2;

import dev.weir.proxy.edit.HeaderEdits;
import dev.weir.proxy.exchange.ClientStream;
import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.exchange.Redirection;
import dev.weir.proxy.exchange.Tunnel;
import dev.weir.proxy.http1.LocalReply;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Grpc;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.Announcement;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// One request and its response on a connection of HTTP/2, or one WebSocket (RFC 8441). Lent by the
/// loop: used again for a later stream, of any connection on it.
///
/// ```
///   client:  open ──END_STREAM──▶ ended        we:  open ──END_STREAM──▶ ended
///                      both ended, or RST_STREAM from either side ──▶ closed
/// ```
///
/// What the client sends waits here until the exchange takes it, at most a window of it; what the
/// exchange sends waits until windows and socket take it, at most what one read of the origin
/// brought. Thread: the connection's loop.
final class Http2ClientStream implements ClientStream {
  private Http2ClientConnection connection;
  private final Loop loop;
  private final Exchange exchange;
  private final StallDeadline deadline = new StallDeadline();
  private final StreamInput in;
  private final StreamBody out;

  private int id;
  private boolean closed = true;
  private boolean over;
  private boolean malformed;
  private @Nullable Tunnel tunnel;
  private @Nullable HttpPlan plan;
  private @Nullable RequestHead head;
  private @Nullable WebSocketKey webSocket;

  /// The streams of a loop that nobody has.
  static final class Spare {
    private static final int KEPT = 1024;

    private final ArrayDeque<Http2ClientStream> streams = new ArrayDeque<>();

    /// A stream for a request on the connection.
    Http2ClientStream lend(Http2ClientConnection connection) {
      Http2ClientStream stream = streams.pollFirst();
      if (stream == null) {
        stream = new Http2ClientStream(connection);
      } else {
        stream.connection = connection;
        stream.exchange.moveTo(connection.listener());
      }
      return stream;
    }

    /// Takes a stream back, which is closed.
    void giveBack(Http2ClientStream stream) {
      if (streams.size() < KEPT && stream.exchange.reusable()) {
        streams.addFirst(stream);
      } else {
        stream.loop.deadlines().remove(stream.deadline);
        stream.exchange.close();
      }
    }
  }

  private Http2ClientStream(Http2ClientConnection connection) {
    this.connection = connection;
    this.loop = connection.loop();
    this.exchange = new Exchange(this, connection.listener());
    this.in = new StreamInput(this, exchange);
    this.out = new StreamBody(this);
  }

  Exchange exchange() {
    return exchange;
  }

  int id() {
    return id;
  }

  boolean closed() {
    return closed;
  }

  /// Whether nothing of the request is wanted any more.
  boolean over() {
    return over;
  }

  /// Where bytes go that are no request any more; null as long as they are one.
  @Nullable Tunnel tunnel() {
    return tunnel;
  }

  /// Whether it may become a WebSocket.
  boolean forWebSocket() {
    return webSocket != null;
  }

  /// What the client sends.
  StreamInput in() {
    return in;
  }

  /// What is sent, and its windows.
  StreamBody out() {
    return out;
  }

  // --- from the client

  /// A request's head is there, or what is left of one that is refused.
  ///
  /// @param bytes how long its frames were
  void start(
      int streamId,
      HttpPlan with,
      RequestHead request,
      RequestFields fields,
      int bytes,
      boolean end) {
    id = streamId;
    plan = with;
    head = request;
    closed = over = malformed = false;
    tunnel = null;
    webSocket = fields.webSocket();
    in.start(connection, end);
    out.start(connection);
    var record = exchange.record();
    record.clear();
    record.client(connection.client());
    record.http2 = true;
    record.loadBalancer = with.loadBalancer();
    record.listener = with.listener();
    record.started = loop.now();
    record.bytesIn = bytes;
  }

  /// Starts the exchange.
  void run(RequestFields.Verdict verdict) {
    RequestHead request = head;
    HttpPlan with = plan;
    if (request == null || with == null) {
      throw new IllegalStateException("no request to run");
    }
    Failure failure = verdict.failure();
    if (failure != null) {
      malformed = verdict.malformed();
      exchange.record().refusal = verdict.reason();
      exchange.refuse(with, failure);
      return;
    }
    in.expect(request.upgrade() ? RequestHead.CHUNKED : request.bodyLength(), request.bodyLength());
    armStall();
    exchange.start(with, request, connection.forwarding(with));
  }

  /// The client gave the stream up. Returns whether something was lost by that.
  boolean clientReset() {
    boolean unfinished = !over;
    close();
    return unfinished;
  }

  /// The connection ends, or the stream must.
  void abort(Failure failure, ErrorCode code) {
    if (closed) {
      return;
    }
    connection.writeReset(id, code);
    close(failure);
  }

  private void close() {
    close(Failure.CLIENT_ABORT);
  }

  /// Ends the stream without another frame.
  void close(Failure failure) {
    if (closed) {
      return;
    }
    closed = true;
    if (over) {
      dispose();
    } else {
      exchange.clientFailed(failure);
      if (!over) {
        over = true;
        dispose();
      }
    }
  }

  /// Lets go of everything; the stream may be used again.
  private void dispose() {
    loop.deadlines().cancel(deadline);
    RequestHead done = head;
    head = null;
    if (done != null) {
      loop.heads().release(done);
    }
    in.release();
    out.release();
    webSocket = null;
    tunnel = null;
    connection.closed(this);
  }

  // --- the exchange's view

  @Override
  public void respond(ResponseHead response, long length, boolean last) {
    if (closed) {
      return;
    }
    boolean informational = response.informational();
    WebSocketKey key = webSocket;
    RequestHead request = head;
    boolean connected = request != null && request.tunnels(response);
    boolean switching = response.status() == 101 || connected;
    if (switching && !connected && (key == null || !key.acceptedBy(response))) {
      malformed = true;
      return;
    }
    HeaderEdits edits = exchange.responseEdits(response);
    if (edits != null) {
      edits.drop(response);
    }
    HpackEncoder block = connection.output().block();
    block.status(switching && !connected ? 200 : response.status());
    block.fields(response);
    if (edits != null) {
      ByteBuf lines = connection.allocator().heapBuffer(edits.size());
      edits.write(exchange.facts(), lines);
      block.lines(lines);
      lines.release();
    }
    boolean end = !informational && !switching && length == 0;
    send(block, end);
    if (!informational) {
      out.expect(switching ? ResponseHead.CHUNKED : length);
    }
  }

  private void send(HpackEncoder block, boolean end) {
    exchange.record().bytesOut += Frames.HEADER + block.length();
    connection.output().headers(id, block, end);
    if (end) {
      out.ended();
    }
  }

  @Override
  public void body(ByteBuf data) {
    if (closed || !data.isReadable()) {
      data.release();
      return;
    }
    exchange.record().bytesOut += Frames.HEADER + data.readableBytes();
    out.add(data);
  }

  @Override
  public void end(@Nullable MessageHead fields) {
    if (!closed) {
      out.end(fields);
    }
  }

  @Override
  public Announcement announcement() {
    return connection.announcement();
  }

  @Override
  public void redirect(Redirection redirection) {
    RequestHead request = head;
    if (closed || request == null) {
      return;
    }
    ByteBuf lines = connection.allocator().heapBuffer(LocalReply.SIZE + redirection.size(request));
    LocalReply.fields(redirection, request, lines);
    reply(redirection.status(), lines, true);
  }

  private void reply(int status, ByteBuf lines, boolean end) {
    HpackEncoder block = connection.output().block();
    block.status(status);
    block.lines(lines);
    lines.release();
    send(block, end);
  }

  @Override
  public void fail(Failure failure, boolean begun) {
    if (closed) {
      return;
    }
    // Most failures come from a timer or an origin, and no end of a read follows.
    flush();
    if (exchange.grpc() && !malformed && Grpc.tells(failure)) {
      grpcFail(failure, begun);
      return;
    }
    if (begun || malformed || failure.status() == 0 || failure == Failure.BAD_REQUEST_BODY) {
      connection.writeReset(id, code(failure));
      closed = true;
      return;
    }
    RequestHead request = head;
    boolean withBody = request == null || !request.isMethod(Methods.HEAD);
    ByteBuf lines = connection.allocator().heapBuffer(LocalReply.SIZE);
    LocalReply.fields(failure, lines);
    reply(failure.status(), lines, !withBody);
    if (withBody) {
      byte[] text = failure.body();
      out.expect(text.length);
      body(connection.allocator().directBuffer(text.length).writeBytes(text));
    }
  }

  /// Tells a client of gRPC what went wrong: by a response that is nothing else, or by the trailers
  /// of the one that has begun.
  private void grpcFail(Failure failure, boolean begun) {
    if (begun) {
      out.end(LocalReply.grpcTrailers(failure));
      return;
    }
    ByteBuf lines = connection.allocator().heapBuffer(LocalReply.SIZE);
    LocalReply.grpcFields(failure, lines);
    reply(200, lines, true);
  }

  private static ErrorCode code(Failure failure) {
    return switch (failure) {
      case BAD_REQUEST, BAD_REQUEST_BODY -> ErrorCode.PROTOCOL_ERROR;
      case CLIENT_ABORT, CLIENT_STALLED, DRAINED -> ErrorCode.CANCEL;
      default -> ErrorCode.INTERNAL_ERROR;
    };
  }

  @Override
  public void flush() {
    connection.output().flushSoon();
  }

  @Override
  public boolean writable() {
    return out.isEmpty() && connection.output().writable();
  }

  @Override
  public void readMore() {
    in.payBack();
    in.process();
  }

  @Override
  public void tunnel(Tunnel through) {
    if (malformed) {
      // The origin did not answer to the key: there is no WebSocket.
      exchange.clientFailed(Failure.BAD_RESPONSE);
      return;
    }
    tunnel = through;
    in.tunnel();
  }

  @Override
  public void shutdownOutput() {
    end(null);
  }

  @Override
  public void next() {
    over = true;
    in.drop();
    if (closed) {
      dispose();
      return;
    }
    if (tunnel != null) {
      end(null);
    }
    finish();
  }

  /// Closes the stream when everything was sent (RFC 9113 section 8.1: a client that is still
  /// sending its request may stop).
  void finish() {
    if (closed || !over || !out.done()) {
      return;
    }
    connection.completed();
    if (!in.ended()) {
      connection.writeReset(id, ErrorCode.NO_ERROR);
    }
    closed = true;
    dispose();
  }

  /// The socket or a window takes more.
  void resume() {
    out.send();
    int stream = id;
    finish();
    if (id == stream && !closed && !over && writable()) {
      exchange.clientWritable();
    }
  }

  @Override
  public long pendingBytes() {
    return out.size() + connection.output().pendingBytes();
  }

  // --- time

  /// The client has done something: its time begins anew.
  void armStall() {
    HttpPlan now = plan;
    if (now != null) {
      loop.deadlines().in(deadline, now.config().timeouts().idle());
    }
  }

  /// The client took too long: it sends no body, or takes no response.
  private final class StallDeadline extends Deadlines.Deadline {
    private final Backlog backlog = new Backlog();

    @Override
    protected void expired() {
      if (closed) {
        return;
      }
      if (!over && tunnel == null && !in.ended() && exchange.wantsBody() && webSocket == null) {
        exchange.clientFailed(Failure.REQUEST_TIMEOUT);
        return;
      }
      boolean stalled = backlog.stalled(pendingBytes());
      if (!stalled || tunnel != null && !over) {
        armStall();
      } else if (over) {
        abort(Failure.CLIENT_STALLED, ErrorCode.CANCEL);
      } else {
        exchange.clientFailed(Failure.CLIENT_STALLED);
      }
    }
  }
}
