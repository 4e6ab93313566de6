package dev.weir.proxy.http2;

import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.exchange.OriginStream;
import dev.weir.proxy.exchange.Tunnel;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.message.Trailers;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// One request on a connection to an endpoint that speaks HTTP/2 (RFC 9113 section 5.1).
///
/// What its windows do not let go waits here, and the exchange stops reading from the client. What
/// the client does not take is not asked for: the stream's window is widened when it was passed on.
/// Thread: the connection's loop.
final class Http2OriginStream implements OriginStream {
  private static final long UNKNOWN = -1;
  private static final int MAX_INFORMATIONAL = 64 * 1024;

  private final Http2OriginConnection connection;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(2);
  private final Window sending = new Window();

  private int id;
  private @Nullable Exchange exchange;
  private boolean headMethod;
  private boolean headReceived;
  private boolean localEnded;
  private boolean remoteEnded;
  private boolean over;
  private int informational;
  private long expected = UNKNOWN;
  private int waitingBytes;
  private boolean endWaits;
  private byte @Nullable [] trailerBlock;
  private @Nullable WebSocketKey webSocket;
  private @Nullable Tunnel tunnel;
  private int received;
  private int unacknowledged;

  /// Whether the connection will tell the exchange that it has no more bytes for now.
  boolean touched;

  /// Whether it stands in the connection's queue of streams that wait for a window.
  boolean queued;

  Http2OriginStream(Http2OriginConnection connection) {
    this.connection = connection;
  }

  /// Makes it as new, for another request.
  Http2OriginStream renewed() {
    id = 0;
    exchange = null;
    webSocket = null;
    tunnel = null;
    headMethod = headReceived = localEnded = remoteEnded = over = endWaits = touched = false;
    informational = waitingBytes = received = unacknowledged = 0;
    expected = UNKNOWN;
    return this;
  }

  int id() {
    return id;
  }

  Window sending() {
    return sending;
  }

  // --- the exchange's view

  @Override
  public void request(RequestHead head, Forwarding forwarding, Exchange owner) {
    exchange = owner;
    headMethod = head.isMethod(Methods.HEAD);
    webSocket = head.upgrade() ? WebSocketKey.takenFrom(head) : null;
    localEnded = head.bodyLength() == 0 && !head.upgrade();
    id = connection.start(this);
    connection.output().head(this, head, forwarding, owner, localEnded);
  }

  @Override
  public void body(ByteBuf data) {
    if (over || localEnded || !data.isReadable()) {
      data.release();
      return;
    }
    waitingBytes += data.readableBytes();
    waiting.add(data);
    connection.output().send(this);
  }

  @Override
  public void end(@Nullable MessageHead trailers) {
    if (over || localEnded || webSocket != null && tunnel == null) {
      return;
    }
    endWaits = true;
    if (trailers != null) {
      trailerBlock = connection.output().encode(trailers);
    }
    connection.output().send(this);
  }

  @Override
  public void flush() {
    connection.output().flushSoon();
  }

  @Override
  public boolean writable() {
    return waitingBytes == 0 && connection.output().writable();
  }

  @Override
  public void readMore() {
    credit();
  }

  @Override
  public void tunnel(Tunnel through) {
    tunnel = through;
  }

  @Override
  public void shutdownOutput() {
    end(null);
    flush();
  }

  @Override
  public void release() {
    close();
  }

  @Override
  public boolean usable() {
    return false;
  }

  @Override
  public void close() {
    exchange = null;
    if (id != 0 && !(localEnded && remoteEnded)) {
      reset(ErrorCode.CANCEL);
    }
    connection.ended(this);
    clear();
  }

  /// Gives the stream up, unless it is over already.
  private void reset(ErrorCode code) {
    if (!over) {
      over = true;
      connection.output().reset(this, code);
    }
  }

  @Override
  public long pendingBytes() {
    return waitingBytes + connection.output().pendingBytes();
  }

  // --- sending, as the windows allow

  /// Whether there is something left to send.
  boolean waits() {
    return !over && (waitingBytes > 0 || endWaits);
  }

  /// Sends one DATA frame, or what ends the stream.
  ///
  /// @param most bytes
  /// @return how many bytes were taken from the windows; 0 also when nothing was left but the end
  int sendFrame(int most) {
    int allowed = Math.min(most, sending.left());
    ByteBuf next = waiting.peekFirst();
    if (next == null) {
      endSending();
      return 0;
    }
    int length = next.readableBytes();
    if (length > allowed) {
      if (allowed > 0) {
        waitingBytes -= allowed;
        sending.take(allowed);
        send(next.readRetainedSlice(allowed), false);
      }
      return Math.max(0, allowed);
    }
    waiting.removeFirst();
    waitingBytes -= length;
    sending.take(length);
    boolean last = endWaits && waiting.isEmpty() && trailerBlock == null;
    send(next, last);
    if (last) {
      endWaits = false;
      localEnded = true;
    } else if (waiting.isEmpty()) {
      endSending();
    }
    return length;
  }

  private void send(ByteBuf data, boolean end) {
    connection.moved(data.readableBytes());
    connection.output().data(this, data, end);
  }

  private void endSending() {
    if (!endWaits) {
      return;
    }
    endWaits = false;
    localEnded = true;
    byte[] trailers = trailerBlock;
    trailerBlock = null;
    if (trailers == null) {
      connection.output().end(this);
    } else {
      connection.output().trailers(this, trailers);
    }
  }

  /// The origin takes bytes again.
  void writableAgain() {
    Exchange to = exchange;
    if (to != null && writable()) {
      to.originWritable();
    }
  }

  private void clear() {
    over = true;
    endWaits = false;
    waitingBytes = 0;
    ByteBuf data;
    while ((data = waiting.pollFirst()) != null) {
      data.release();
    }
    trailerBlock = null;
  }

  // --- receiving

  /// Whether the next header block is the trailers'.
  boolean headReceived() {
    return headReceived;
  }

  /// Whether the origin may send nothing more.
  boolean remoteEnded() {
    return remoteEnded;
  }

  /// A head came that is valid in itself.
  ///
  /// @param length of the body as announced; negative when it is not
  void head(ResponseHead head, long length, boolean end) {
    Exchange to = exchange;
    if (to == null) {
      return;
    }
    if (head.informational()) {
      informational += head.length();
      if (end || informational > MAX_INFORMATIONAL) {
        refuse(Failure.BAD_RESPONSE, Refusal.INFORMATIONAL);
      } else {
        to.responseHead(head, true);
        touch();
      }
      return;
    }
    WebSocketKey key = webSocket;
    if (key != null && head.status() == 200) {
      switched(key, head, to);
      if (end) {
        remoteEnded = true;
        endTunnel();
      }
      return;
    }
    boolean bodyless = headMethod || head.status() == 204 || head.status() == 304;
    if (end && !bodyless && length > 0) {
      refuse(Failure.BAD_RESPONSE, Refusal.HTTP2_HEAD);
      return;
    }
    expected = bodyless ? 0 : length >= 0 ? length : UNKNOWN;
    if (end && !bodyless && length < 0) {
      head.writeLength(0);
    }
    head.body(end || bodyless ? 0 : length >= 0 ? length : ResponseHead.CHUNKED, true);
    headReceived = true;
    remoteEnded = end;
    touch();
    to.responseHead(head, true);
    if (end) {
      complete(null);
    }
  }

  /// The origin takes the WebSocket: what waits for it is told so in words of HTTP/1.
  private void switched(WebSocketKey key, ResponseHead head, Exchange to) {
    headReceived = true;
    ResponseHead answer = connection.heads().response();
    key.switched(head, answer);
    to.responseHead(answer, false);
    connection.heads().release(answer);
  }

  /// The trailers came, which end the stream.
  void trailers(Trailers trailers) {
    if (expected > 0) {
      refuse(Failure.BAD_RESPONSE_BODY, Refusal.HTTP2_HEAD);
      return;
    }
    remoteEnded = true;
    if (tunnel != null) {
      endTunnel();
    } else {
      complete(trailers.fields() == 0 ? null : trailers);
    }
  }

  /// Bytes of a frame are on their way, padding included.
  ///
  /// @return false when there are more than the window allows
  boolean announced(int length, int padding) {
    received += length;
    unacknowledged += padding;
    return received <= Http2OriginConnection.STREAM_WINDOW;
  }

  /// A part of the body came. Takes ownership.
  void data(ByteBuf data, boolean end) {
    Exchange to = exchange;
    int length = data.readableBytes();
    if (to == null) {
      data.release();
      return;
    }
    if (expected != UNKNOWN) {
      expected -= length;
      if (expected < 0 || end && expected > 0) {
        data.release();
        refuse(Failure.BAD_RESPONSE_BODY, Refusal.HTTP2_HEAD);
        return;
      }
    }
    if (length > 0) {
      unacknowledged += length;
      touch();
      Tunnel through = tunnel;
      if (through != null) {
        through.fromOrigin(data);
      } else {
        to.responseBody(data);
      }
    } else {
      data.release();
    }
    if (end && tunnel != null) {
      remoteEnded = true;
      endTunnel();
    } else if (end) {
      remoteEnded = true;
      complete(null);
    } else {
      credit();
    }
  }

  private void endTunnel() {
    Tunnel through = tunnel;
    if (through != null) {
      through.originEnded();
    }
  }

  private void complete(@Nullable Trailers trailers) {
    Exchange to = exchange;
    if (to != null) {
      to.responseEnd(trailers);
    }
  }

  /// Lets the origin send as much again as was passed on, if the client keeps up.
  private void credit() {
    Exchange to = exchange;
    if (to != null
        && !remoteEnded
        && unacknowledged >= Http2OriginConnection.STREAM_WINDOW / 2
        && to.wantsResponse()) {
      int increment = unacknowledged;
      unacknowledged = 0;
      received -= increment;
      connection.output().widen(id, increment);
    }
  }

  private void touch() {
    connection.touch(this);
  }

  /// The origin has no more bytes for now.
  void flushed() {
    touched = false;
    Exchange to = exchange;
    if (to != null) {
      to.responseFlush();
    }
  }

  // --- failing

  /// What came is no valid response: the stream ends here.
  void refuse(Failure failure, Refusal reason) {
    refuse(failure, reason, ErrorCode.PROTOCOL_ERROR);
  }

  /// As above.
  ///
  /// @param code what the origin is told
  void refuse(Failure failure, Refusal reason, ErrorCode code) {
    Exchange to = exchange;
    if (to != null) {
      to.record().refusal = reason;
      reset(code);
      to.originFailed(failure);
    }
  }

  /// A frame is not what the protocol wants of a stream.
  void violated(ErrorCode code) {
    refuse(headReceived ? Failure.BAD_RESPONSE_BODY : Failure.BAD_RESPONSE, Refusal.FRAMES, code);
  }

  /// The stream or its connection is gone.
  ///
  /// @param before what it means as long as no head came
  void failed(Failure before) {
    over = true;
    Exchange to = exchange;
    if (to != null) {
      to.originFailed(headReceived ? Failure.ORIGIN_CUT : before);
    }
  }

  /// As [#failed], and what was not answered was not looked at either (RFC 9113 section 8.7).
  ///
  /// @param leaving whether it was because the connection takes no more requests
  void unprocessed(boolean leaving) {
    over = true;
    Exchange to = exchange;
    if (to == null) {
      return;
    }
    if (headReceived) {
      to.originFailed(Failure.ORIGIN_CUT);
    } else {
      to.originRefused(leaving);
    }
  }

  /// What came on the connection is not HTTP/2.
  void broken(Refusal reason) {
    over = true;
    Exchange to = exchange;
    if (to != null) {
      to.record().refusal = reason;
      to.originFailed(headReceived ? Failure.BAD_RESPONSE_BODY : Failure.BAD_RESPONSE);
    }
  }
}
