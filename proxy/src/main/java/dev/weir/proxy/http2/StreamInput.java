package dev.weir.proxy.http2;

import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.Tunnel;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.Trailers;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What a client sends on one stream behind the head: waits here until the exchange takes it, at
/// most a window of it. Thread: the connection's loop.
final class StreamInput {
  private final Http2ClientStream stream;
  private final Exchange exchange;
  private final Window receive = new Window();

  private @Nullable Http2ClientConnection connection;
  private @Nullable ByteBuf waiting;
  private @Nullable Trailers trailers;
  private long declared;
  private long received;
  private int owed;
  private int widen;
  private boolean ended;
  private boolean endTold;

  StreamInput(Http2ClientStream stream, Exchange exchange) {
    this.stream = stream;
    this.exchange = exchange;
  }

  /// @param end whether the head was all
  void start(Http2ClientConnection on, boolean end) {
    connection = on;
    ended = end;
    endTold = false;
    declared = RequestHead.CHUNKED;
    received = 0;
    owed = widen = 0;
    receive.start(Http2ClientConnection.STREAM_WINDOW);
  }

  private Http2ClientConnection connection() {
    Http2ClientConnection on = connection;
    if (on == null) {
      throw new IllegalStateException("not started");
    }
    return on;
  }

  /// Says what will come.
  ///
  /// @param length how much the client must send; [RequestHead#CHUNKED] when that is not known
  /// @param body the length of the request's body: of one without nobody needs to be told the end
  void expect(long length, long body) {
    declared = length;
    endTold = body == 0;
  }

  /// Whether the client has ended its side.
  boolean ended() {
    return ended;
  }

  /// What waits is for a tunnel now, and so is the end.
  void tunnel() {
    endTold = false;
    process();
  }

  /// Nobody wants what waits.
  void drop() {
    ByteBuf data = waiting;
    waiting = null;
    if (data != null) {
      owed += data.readableBytes();
      data.release();
    }
  }

  /// Lets go of everything.
  void release() {
    drop();
    trailers = null;
    int unpaid = owed;
    owed = 0;
    connection().credit(unpaid);
  }

  /// A DATA frame begins. Returns what is wrong with it, or null.
  @Nullable ErrorCode dataStarts(int length, int padding, boolean end) {
    if (ended) {
      return ErrorCode.STREAM_CLOSED;
    }
    receive.take(length);
    if (receive.left() < 0) {
      return ErrorCode.FLOW_CONTROL_ERROR;
    }
    received += length - padding;
    exchange.record().bytesIn += Frames.HEADER + length;
    if (declared >= 0 && (received > declared || end && received < declared)) {
      return ErrorCode.PROTOCOL_ERROR;
    }
    credit(padding);
    return null;
  }

  /// Data, which is taken out of the buffer.
  void data(ByteBuf in, int length, boolean end) {
    ended |= end;
    if (stream.over()) {
      connection().credit(length);
      return;
    }
    stream.armStall();
    if (length > 0) {
      if (waiting == null && takes()) {
        give(slice(in, length));
      } else {
        keep(in, length);
      }
    }
    if (!stream.closed() && ended) {
      process();
    }
  }

  /// A part of a buffer that was read into, as it is; copied when it would pin a large one for
  /// little.
  private ByteBuf slice(ByteBuf in, int length) {
    return length < in.capacity() / 8
        ? connection().allocator().directBuffer(length).writeBytes(in, length)
        : in.readRetainedSlice(length);
  }

  private void keep(ByteBuf in, int length) {
    ByteBuf before = waiting;
    if (before == null) {
      before = connection().allocator().directBuffer(length);
      waiting = before;
    }
    before.writeBytes(in, length);
  }

  /// The fields behind the body.
  void trailers(Trailers fields) {
    ended = true;
    trailers = fields;
    process();
  }

  /// Whether a body that ends now is as long as it was said to be.
  boolean complete() {
    return declared < 0 || received == declared;
  }

  private boolean takes() {
    Tunnel through = stream.tunnel();
    return through != null ? through.wantsMore() : exchange.wantsBody();
  }

  /// Hands on what waits, as far as it is wanted.
  void process() {
    if (stream.over()) {
      return;
    }
    ByteBuf data = waiting;
    if (data != null && takes()) {
      waiting = null;
      give(data);
    }
    if (stream.closed() || stream.over() || waiting != null || !ended || endTold) {
      return;
    }
    Tunnel through = stream.tunnel();
    if (through != null) {
      endTold = true;
      through.clientEnded();
    } else if (!stream.forWebSocket() && exchange.wantsBody()) {
      endTold = true;
      Trailers fields = trailers;
      trailers = null;
      exchange.requestEnd(fields != null && fields.fields() > 0 ? fields : null);
    }
  }

  private void give(ByteBuf data) {
    int id = stream.id();
    owed += data.readableBytes();
    Tunnel through = stream.tunnel();
    if (through != null) {
      through.fromClient(data);
    } else {
      exchange.requestBody(data);
      connection().passedOn(stream);
    }
    if (stream.id() == id && !stream.closed() && takes()) {
      payBack();
    }
  }

  /// The other side took what came so far: the client may send as much again.
  void payBack() {
    int bytes = owed;
    owed = 0;
    credit(bytes);
  }

  private void credit(int bytes) {
    if (bytes == 0) {
      return;
    }
    connection().credit(bytes);
    widen += bytes;
    if (!ended && widen >= Http2ClientConnection.STREAM_WINDOW / 2) {
      receive.widen(widen);
      connection().output().windowUpdate(stream.id(), widen);
      widen = 0;
    }
  }
}
