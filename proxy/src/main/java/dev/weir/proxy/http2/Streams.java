package dev.weir.proxy.http2;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.Trailers;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.util.collection.IntObjectHashMap;
import org.jspecify.annotations.Nullable;

/// The streams of a client's connection, and what its frames mean for them (RFC 9113 sections 5, 6
/// and 8). Holds the client to what it may do for nothing: see [Allowance]. Thread: the
/// connection's loop.
final class Streams implements FrameHandler {
  /// Streams that a client may give up, or make us reset, at once, and how many more a second.
  static final int RESETS = 200;

  static final int RESETS_PER_SECOND = 20;

  /// Frames that carry nothing, at once, and how many more a second.
  static final int CONTROLS = 1000;

  static final int CONTROLS_PER_SECOND = 100;

  /// How many streams that were reset are remembered: what was on its way to them is no error.
  private static final int REMEMBERED = 256;

  private final Http2ClientConnection connection;
  private final Loop loop;
  private final IntObjectHashMap<Http2ClientStream> streams = new IntObjectHashMap<>();
  private final Http2ClientStream.Spare spare;
  private final RequestFields fields = new RequestFields();
  private final TrailerFields trailerFields = new TrailerFields();
  private final BlockFields block = new BlockFields();
  private final HpackDecoder decoder = new HpackDecoder(4096, block);
  private final Window receive = new Window();
  private final Allowance resets;
  private final Allowance controls;
  private int[] remembered = {};
  private int rememberedAt;
  private int last;
  private boolean ending;
  private boolean greeted;
  private @Nullable Http2ClientStream current;

  Streams(Http2ClientConnection connection) {
    this.connection = connection;
    this.loop = connection.loop();
    this.spare = loop.shared(Http2ClientStream.Spare.class, Http2ClientStream.Spare::new);
    this.receive.start(Http2ClientConnection.CONNECTION_WINDOW);
    this.resets = new Allowance(RESETS, RESETS_PER_SECOND, loop.now());
    this.controls = new Allowance(CONTROLS, CONTROLS_PER_SECOND, loop.now());
  }

  /// The last stream that the client opened; 0 for none.
  int last() {
    return last;
  }

  /// Whether there are streams.
  boolean any() {
    return !streams.isEmpty();
  }

  /// No more streams are taken.
  void end() {
    ending = true;
  }

  boolean ending() {
    return ending;
  }

  @Override
  public boolean reading() {
    return connection.open();
  }

  @Override
  public void connectionError(ErrorCode code, String text) {
    Failure failure = code == ErrorCode.ENHANCE_YOUR_CALM ? Failure.FLOOD : Failure.PROTOCOL_ERROR;
    connection.fail(code, text, failure);
  }

  private void flood(String what) {
    connectionError(ErrorCode.ENHANCE_YOUR_CALM, what);
  }

  /// A frame that costs the client nothing. False when there were too many.
  private boolean control() {
    if (!greeted) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "SETTINGS comes first");
      return false;
    }
    if (!controls.use(loop.now())) {
      flood("too many frames that carry nothing");
      return false;
    }
    return true;
  }

  private boolean idle(int stream) {
    return stream > last || (stream & 1) == 0;
  }

  private boolean wasReset(int stream) {
    for (int known : remembered) {
      if (known == stream) {
        return true;
      }
    }
    return false;
  }

  // --- heads

  @Override
  public void blockBegins() {
    if (control()) {
      connection.awaitBlock();
    }
  }

  @Override
  public void headers(int id, byte[] bytes, int length, boolean end) {
    if (!greeted) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "SETTINGS comes first");
      return;
    }
    Http2ClientStream known = streams.get(id);
    if (known != null) {
      trailers(known, bytes, length, end);
    } else if (!idle(id)) {
      ignore(bytes, length);
      if (!wasReset(id)) {
        connectionError(ErrorCode.STREAM_CLOSED, "HEADERS on a closed stream");
      }
    } else if ((id & 1) == 0) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "a client's streams have odd numbers");
    } else if (ending) {
      ignore(bytes, length);
    } else {
      last = id;
      open(id, bytes, length, end);
    }
    if (streams.isEmpty()) {
      connection.idle();
    } else {
      connection.busy();
    }
  }

  private void open(int id, byte[] bytes, int length, boolean end) {
    HttpPlan plan = (HttpPlan) connection.listener().plan();
    ListenerConfig.Limits limits = plan.config().limits();
    if (streams.size() >= plan.config().versions().streams()) {
      ignore(bytes, length);
      if (control() && connection.open()) {
        connection.writeReset(id, ErrorCode.REFUSED_STREAM);
      }
      return;
    }
    RequestHead head = loop.heads().request();
    fields.reset();
    int result =
        decode(
            bytes,
            length,
            head,
            fields,
            limits.headSize(),
            limits.headers() + RequestFields.PSEUDO);
    if (result == HpackDecoder.INVALID) {
      loop.heads().release(head);
      return;
    }
    RequestFields.Verdict verdict =
        result == HpackDecoder.TOO_LARGE
            ? new RequestFields.Verdict(Failure.HEAD_TOO_LARGE, Refusal.HEAD_SIZE, false)
            : fields.finish(head, end, plan.config().versions().connect());
    if (verdict.malformed() && !resets.use(loop.now())) {
      loop.heads().release(head);
      flood("too many malformed requests");
      return;
    }
    HttpPlan owner = verdict.failure() == null ? plan.owner(head) : plan;
    Http2ClientStream stream = spare.lend(connection);
    streams.put(id, stream);
    connection.busy();
    stream.start(id, owner, head, fields, Frames.HEADER + length, end);
    stream.run(verdict);
  }

  private int decode(
      byte[] bytes, int length, MessageHead head, HpackDecoder.Fields to, int size, int count) {
    block.to = to;
    int result = decoder.decode(bytes, 0, length, head, size, count);
    if (result == HpackDecoder.INVALID) {
      connectionError(ErrorCode.COMPRESSION_ERROR, "a header block is broken");
    }
    return result;
  }

  /// Reads a block for the table's sake.
  private void ignore(byte[] bytes, int length) {
    RequestHead head = loop.heads().request();
    decode(bytes, length, head, fields, 0, 0);
    loop.heads().release(head);
  }

  private void trailers(Http2ClientStream stream, byte[] bytes, int length, boolean end) {
    if (stream.in().ended()) {
      ignore(bytes, length);
      streamError(stream.id(), ErrorCode.STREAM_CLOSED);
      return;
    }
    ListenerConfig.Limits limits = connection.plan().config().limits();
    Trailers trailers = new Trailers();
    trailerFields.reset();
    int result =
        decode(bytes, length, trailers, trailerFields, limits.headSize(), limits.headers());
    if (result == HpackDecoder.INVALID) {
      return;
    }
    boolean valid =
        result == HpackDecoder.DONE
            && trailerFields.finish(trailers)
            && end
            && stream.in().complete();
    if (valid) {
      stream.in().trailers(trailers);
    } else {
      streamError(stream.id(), ErrorCode.PROTOCOL_ERROR);
    }
  }

  // --- bodies

  @Override
  public void dataStarts(int id, int length, int padding, boolean end) {
    current = null;
    if (!greeted) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "SETTINGS comes first");
      return;
    }
    receive.take(length);
    if (receive.left() < 0) {
      connectionError(ErrorCode.FLOW_CONTROL_ERROR, "more than the connection's window");
      return;
    }
    if (length == padding && !end && !control()) {
      return;
    }
    Http2ClientStream stream = streams.get(id);
    if (stream == null) {
      closedData(id, length);
      return;
    }
    ErrorCode problem = stream.in().dataStarts(length, padding, end);
    if (problem == null) {
      current = stream;
    } else {
      connection.credit(length);
      streamError(id, problem);
    }
  }

  private void closedData(int id, int length) {
    if (idle(id)) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "DATA on a stream that was not opened");
      return;
    }
    connection.credit(length);
    if (!wasReset(id) && control()) {
      connection.writeReset(id, ErrorCode.STREAM_CLOSED);
    }
  }

  @Override
  public void data(int id, ByteBuf in, int length, boolean end) {
    Http2ClientStream stream = current;
    if (stream == null) {
      return;
    }
    if (stream.closed() || stream.id() != id) {
      connection.credit(length);
    } else {
      stream.in().data(in, length, end);
    }
  }

  // --- the rest

  @Override
  public void priority(int stream) {
    control();
  }

  @Override
  public void reset(int id, int code) {
    Http2ClientStream stream = streams.get(id);
    if (stream == null) {
      if (idle(id)) {
        connectionError(ErrorCode.PROTOCOL_ERROR, "RST_STREAM on a stream that was not opened");
      } else {
        control();
      }
      return;
    }
    if (stream.clientReset() && !resets.use(loop.now())) {
      flood("too many streams were given up");
    }
  }

  @Override
  public void streamError(int id, ErrorCode code) {
    Http2ClientStream stream = streams.get(id);
    if (!resets.use(loop.now())) {
      flood("too many streams had to be reset");
    } else if (stream != null) {
      stream.abort(Failure.PROTOCOL_ERROR, code);
    } else {
      connection.writeReset(id, code);
    }
  }

  @Override
  public void setting(int id, int value) {
    switch (id) {
      case Frames.INITIAL_WINDOW_SIZE -> {
        int change = value - connection.peerWindow();
        connection.peerWindow(value);
        for (Http2ClientStream stream : streams.values()) {
          if (!stream.out().window().widen(change)) {
            connectionError(ErrorCode.FLOW_CONTROL_ERROR, "a window is too large");
            return;
          }
        }
      }
      case Frames.MAX_FRAME_SIZE -> connection.output().maxFrame(value);
      default -> {}
    }
  }

  @Override
  public void settingsEnd() {
    boolean first = !greeted;
    greeted = true;
    if (connection.open() && control()) {
      connection.output().acknowledgeSettings();
      if (!first) {
        resumeAll();
      }
    }
  }

  @Override
  public void settingsAck() {
    control();
  }

  @Override
  public void ping(long data, boolean ack) {
    if (!control()) {
      return;
    }
    if (ack) {
      connection.pong(data);
    } else {
      connection.output().ping(data, true);
    }
  }

  @Override
  public void goAway(int lastStream, int code) {
    if (control()) {
      connection.leave();
    }
  }

  @Override
  public void windowUpdate(int id, int increment) {
    if (!control()) {
      return;
    }
    if (id == 0) {
      if (connection.output().window().widen(increment)) {
        connection.output().resumeBlocked();
      } else {
        connectionError(ErrorCode.FLOW_CONTROL_ERROR, "the connection's window is too large");
      }
      return;
    }
    Http2ClientStream stream = streams.get(id);
    if (stream == null) {
      if (idle(id)) {
        connectionError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE on a stream that was not opened");
      }
    } else if (stream.out().window().widen(increment)) {
      stream.resume();
    } else {
      streamError(id, ErrorCode.FLOW_CONTROL_ERROR);
    }
  }

  @Override
  public void ignored(int type) {
    control();
  }

  // --- what the connection asks for

  /// A stream was reset by us.
  void remember(int id) {
    if (remembered.length == 0) {
      remembered = new int[REMEMBERED];
    }
    remembered[rememberedAt] = id;
    rememberedAt = (rememberedAt + 1) % REMEMBERED;
  }

  /// So many bytes of a body were sent: the client will widen its windows for them.
  void sent(int bytes) {
    controls.earn(2 + bytes / 1024);
  }

  /// A response was sent to its end.
  void completed() {
    resets.earn(1);
    controls.earn(2);
  }

  /// Origins took so many bytes.
  void widen(int bytes) {
    receive.widen(bytes);
  }

  void closed(Http2ClientStream stream) {
    streams.remove(stream.id());
    spare.giveBack(stream);
    if (streams.isEmpty()) {
      connection.idle();
    }
  }

  /// The socket or a window takes more.
  void resumeAll() {
    connection.output().resumeBlocked();
    for (Http2ClientStream stream : all()) {
      if (!stream.closed()) {
        stream.resume();
      }
    }
  }

  /// The client will send nothing more: what it asked for completely is answered.
  void inputEnded() {
    for (Http2ClientStream stream : all()) {
      if (!stream.in().ended()) {
        stream.close(Failure.CLIENT_ABORT);
      }
    }
    connection.leave();
  }

  /// Ends every stream, without frames.
  void failAll(Failure failure) {
    for (Http2ClientStream stream : all()) {
      stream.close(failure);
    }
  }

  private Http2ClientStream[] all() {
    return streams.values().toArray(Http2ClientStream[]::new);
  }

  /// Passes fields on to whom the block is for.
  private static final class BlockFields implements HpackDecoder.Fields {
    private HpackDecoder.@Nullable Fields to;

    @Override
    public void field(MessageHead head, int nameStart, int nameEnd, int valueStart, int valueEnd) {
      HpackDecoder.Fields now = to;
      if (now != null) {
        now.field(head, nameStart, nameEnd, valueStart, valueEnd);
      }
    }
  }
}
