package dev.weir.proxy.http2;

import dev.weir.proxy.http1.TrailerRules;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.message.Trailers;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The frames of an endpoint (RFC 9113): judges what they mean, hands them on to the streams that
/// they are about, and holds the endpoint to what it may do for nothing, see [Allowance]. Thread:
/// the connection's loop.
final class OriginFrames implements FrameHandler {
  /// Bytes of a header block, as it comes and as it is decoded.
  static final int MAX_HEAD = 64 * 1024;

  private static final int MAX_FIELDS = 256;
  private static final int TABLE_SIZE = 4096;

  /// Frames that move nothing: so many at once, and so many a second.
  private static final int MAX_WASTED = 1000;

  private static final int WASTED_A_SECOND = 50;
  private static final int EARNED = 4;
  private static final int BYTES_EARNED = 256;
  private static final int CONNECTION_WINDOW = Http2OriginConnection.CONNECTION_WINDOW;

  private final Http2OriginConnection connection;
  private final OriginOutput out;
  private final OriginWatch watch;
  private final Loop loop;
  private final ResponseFields fields = new ResponseFields();
  private final HpackDecoder decoder = new HpackDecoder(TABLE_SIZE, fields);
  private final Trailers trailers = new Trailers();
  private final Allowance budget;

  private int unacknowledged;
  private boolean settled;

  OriginFrames(Http2OriginConnection connection, OriginOutput out, OriginWatch watch, Loop loop) {
    this.connection = connection;
    this.out = out;
    this.watch = watch;
    this.loop = loop;
    this.budget = new Allowance(MAX_WASTED, WASTED_A_SECOND, loop.now());
  }

  @Override
  public boolean reading() {
    return !connection.closed();
  }

  /// The stream that a frame is about; null when it is over, or the frame breaks the protocol.
  private @Nullable Http2OriginStream find(int id) {
    Http2OriginStream stream = connection.stream(id);
    if (stream == null) {
      if (!connection.knows(id)) {
        connectionError(ErrorCode.PROTOCOL_ERROR, "a frame on a stream that was never opened");
      } else {
        waste();
      }
    }
    return stream;
  }

  /// Traffic was moved, which deserves a few frames: windows are widened, pings measure.
  void earn(int bytes) {
    budget.earn(EARNED + bytes / BYTES_EARNED);
  }

  /// A frame came that moves nothing.
  private void waste() {
    if (!budget.use(loop.now())) {
      connectionError(ErrorCode.ENHANCE_YOUR_CALM, "too many frames that move nothing");
    }
  }

  @Override
  public void blockBegins() {
    waste();
  }

  @Override
  public void headers(int id, byte[] block, int length, boolean end) {
    if (first()) {
      return;
    }
    Http2OriginStream stream = find(id);
    if (connection.closed()) {
      return;
    }
    if (stream == null || stream.headReceived()) {
      Trailers head = trailers;
      head.clear();
      int result = decode(head, block, length);
      if (result != HpackDecoder.INVALID && stream != null) {
        trailers(stream, head, result, end);
      }
    } else {
      ResponseHead head = loop.heads().response();
      int result = decode(head, block, length);
      if (result != HpackDecoder.INVALID) {
        earn(length);
        watch.progress();
        head(stream, head, result, end);
      }
      loop.heads().release(head);
    }
  }

  private int decode(MessageHead head, byte[] block, int length) {
    fields.begin();
    int result = decoder.decode(block, 0, length, head, MAX_HEAD, MAX_FIELDS);
    if (result == HpackDecoder.INVALID) {
      connectionError(ErrorCode.COMPRESSION_ERROR, "a header block is not compressed validly");
    }
    return result;
  }

  private void head(Http2OriginStream stream, ResponseHead head, int result, boolean end) {
    Refusal problem = result == HpackDecoder.TOO_LARGE ? Refusal.HEAD_SIZE : fields.end(head);
    if (problem != null) {
      stream.refuse(Failure.BAD_RESPONSE, problem);
    } else {
      stream.head(head, fields.length(), end);
    }
  }

  private void trailers(Http2OriginStream stream, Trailers head, int result, boolean end) {
    Refusal problem = result == HpackDecoder.TOO_LARGE ? Refusal.TRAILERS : fields.end(head);
    if (problem != null || !end || stream.remoteEnded()) {
      stream.refuse(Failure.BAD_RESPONSE_BODY, problem == null ? Refusal.TRAILERS : problem);
    } else {
      TrailerRules.apply(head);
      stream.trailers(head);
    }
  }

  @Override
  public void dataStarts(int id, int length, int padding, boolean end) {
    if (first()) {
      return;
    }
    unacknowledged += length;
    if (unacknowledged > CONNECTION_WINDOW) {
      connectionError(ErrorCode.FLOW_CONTROL_ERROR, "more data than the window allows");
      return;
    }
    Http2OriginStream stream = find(id);
    if (connection.closed()) {
      return;
    }
    if (length - padding > 0) {
      earn(length);
      watch.progress();
    } else if (!end) {
      waste();
    }
    if (stream != null && !stream.announced(length, padding)) {
      connectionError(ErrorCode.FLOW_CONTROL_ERROR, "more data than the stream's window allows");
    } else if (unacknowledged >= CONNECTION_WINDOW / 2 && !connection.closed()) {
      out.widen(0, unacknowledged);
      unacknowledged = 0;
    }
  }

  @Override
  public void data(int id, ByteBuf bytes, int length, boolean end) {
    Http2OriginStream stream = connection.stream(id);
    if (stream == null) {
      return;
    }
    if (!stream.headReceived() || stream.remoteEnded()) {
      stream.violated(ErrorCode.PROTOCOL_ERROR);
      return;
    }
    stream.data(bytes.readRetainedSlice(length), end);
  }

  @Override
  public void priority(int stream) {
    waste();
  }

  @Override
  public void reset(int id, int code) {
    Http2OriginStream stream = find(id);
    if (stream == null) {
      return;
    }
    if (code == ErrorCode.REFUSED_STREAM.ordinal()) {
      stream.unprocessed(false);
    } else {
      stream.failed(Failure.ORIGIN_RESET);
    }
  }

  /// Whether anything but SETTINGS came first, which ends the connection.
  private boolean first() {
    if (!settled) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "a connection starts with SETTINGS");
    }
    return !settled;
  }

  @Override
  public void setting(int id, int value) {
    settled = true;
    switch (id) {
      case Frames.MAX_CONCURRENT_STREAMS ->
          connection.peerStreams(value < 0 ? Integer.MAX_VALUE : value);
      case Frames.INITIAL_WINDOW_SIZE -> {
        if (!connection.peerWindow(value)) {
          connectionError(ErrorCode.FLOW_CONTROL_ERROR, "a window is larger than 2^31-1");
        }
      }
      case Frames.ENABLE_CONNECT_PROTOCOL -> connection.webSockets(value == 1);
      case Frames.ENABLE_PUSH -> {
        if (value != 0) {
          connectionError(ErrorCode.PROTOCOL_ERROR, "a server enables push");
        }
      }
      default -> {}
    }
  }

  @Override
  public void settingsEnd() {
    settled = true;
    if (connection.closed()) {
      return;
    }
    waste();
    if (connection.closed()) {
      return;
    }
    out.acknowledge();
    connection.settled();
  }

  @Override
  public void settingsAck() {
    waste();
  }

  @Override
  public void ping(long data, boolean ack) {
    if (first()) {
      return;
    }
    if (ack) {
      watch.answered();
    }
    waste();
    if (!ack && !connection.closed()) {
      out.ping(data, true);
    }
  }

  @Override
  public void goAway(int lastStream, int code) {
    connection.leaves(lastStream);
    if (!connection.closed()) {
      waste();
    }
  }

  @Override
  public void windowUpdate(int id, int increment) {
    if (first()) {
      return;
    }
    if (id == 0) {
      waste();
      if (!out.widened(increment)) {
        connectionError(ErrorCode.FLOW_CONTROL_ERROR, "a window is larger than 2^31-1");
      }
      return;
    }
    Http2OriginStream stream = find(id);
    if (stream == null) {
      return;
    }
    waste();
    if (!stream.sending().widen(increment)) {
      streamError(id, ErrorCode.FLOW_CONTROL_ERROR);
    } else {
      connection.wider(stream);
    }
  }

  @Override
  public void ignored(int type) {
    if (!first()) {
      waste();
    }
  }

  @Override
  public void streamError(int id, ErrorCode code) {
    Http2OriginStream stream = find(id);
    if (stream != null) {
      stream.violated(code);
    }
  }

  @Override
  public void connectionError(ErrorCode code, String text) {
    connection.fail(code, text);
  }
}
