package dev.weir.proxy.http1;

import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.edit.HeaderEdits;
import dev.weir.proxy.exchange.ClientStream;
import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.exchange.Redirection;
import dev.weir.proxy.exchange.Tunnel;
import dev.weir.proxy.http1.HeadWriter.Persistence;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.Announcement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One request on a client's connection, from its first byte to the end of its exchange: reads head
/// and body, writes the response. Holds all that an idle connection can do without, and is lent by
/// the loop for that reason. Thread: the connection's loop.
final class Turn implements ClientStream {
  private Http1ClientConnection connection;
  private final Loop loop;
  private final Exchange exchange;
  private final HeadParser parser = new HeadParser(0, 0);
  private final BodyDecoder decoder = new BodyDecoder();
  private RequestHead head;
  private boolean last;
  private @Nullable Tunnel tunnel;

  private Turn(Http1ClientConnection connection, LoopListener listener) {
    this.connection = connection;
    this.loop = listener.loop();
    this.exchange = new Exchange(this, listener);
    this.head = loop.heads().request();
  }

  /// The turns of a loop that nobody has.
  static final class Spare {
    private static final int KEPT = 1024;

    private final ArrayDeque<Turn> turns = new ArrayDeque<>();

    /// A turn for a connection whose next request begins now.
    Turn lend(
        Http1ClientConnection connection, LoopListener listener, Client client, HttpPlan plan) {
      Turn turn = turns.pollFirst();
      if (turn == null) {
        turn = new Turn(connection, listener);
      } else {
        turn.connection = connection;
        turn.exchange.moveTo(listener);
        turn.head = turn.loop.heads().request();
      }
      turn.begin(client, plan);
      return turn;
    }

    /// Takes a turn back, whose exchange is over.
    void giveBack(Turn turn) {
      turn.loop.heads().release(turn.head);
      turn.tunnel = null;
      if (turns.size() < KEPT && turn.exchange.reusable()) {
        turns.addFirst(turn);
      } else {
        turn.exchange.close();
      }
    }
  }

  private void begin(Client client, HttpPlan plan) {
    last = false;
    var limits = plan.config().limits();
    parser.limits(limits.headSize(), limits.headers());
    parser.connects(plan.config().versions().connect());
    parser.reset();
    AccessRecord record = exchange.record();
    record.clear();
    record.client(client);
    record.started = loop.now();
    belongsTo(plan);
  }

  /// The request is for this listener.
  void belongsTo(HttpPlan plan) {
    AccessRecord record = exchange.record();
    record.loadBalancer = plan.loadBalancer();
    record.listener = plan.listener();
  }

  Exchange exchange() {
    return exchange;
  }

  RequestHead head() {
    return head;
  }

  /// No other request follows on the connection.
  void last() {
    last = true;
  }

  // --- the request

  /// Takes a head out of what was read, as far as it is there: see [HeadParser#parse].
  int readHead(ByteBuf bytes) {
    int result = parser.parse(bytes, head);
    exchange.record().bytesIn = head.length();
    if (result == HeadParser.REFUSED) {
      exchange.record().refusal = parser.reason();
    }
    return result;
  }

  /// Why the head was refused.
  Failure refused() {
    return parser.failure();
  }

  /// The head is complete.
  ///
  /// @return whether a body follows
  boolean expectBody() {
    long length = head.bodyLength();
    if (length == RequestHead.CHUNKED) {
      decoder.chunked();
    } else {
      decoder.length(length);
    }
    return length != 0;
  }

  /// Passes on the next part of the body that is in what was read. What is no body fails.
  ///
  /// @return whether there was a part
  boolean readBody(ByteBuf bytes, ByteBufAllocator allocator) {
    int before = bytes.readableBytes();
    ByteBuf payload = decoder.decode(bytes, allocator);
    exchange.record().bytesIn += before - bytes.readableBytes();
    if (decoder.invalid()) {
      exchange.record().refusal = decoder.problem();
    }
    if (payload != null) {
      exchange.requestBody(payload);
    }
    if (decoder.invalid()) {
      exchange.clientFailed(Failure.BAD_REQUEST_BODY);
    }
    return payload != null;
  }

  /// Whether all of the body was read.
  boolean bodyRead() {
    return decoder.done();
  }

  /// The request is complete.
  void endRequest() {
    exchange.requestEnd(decoder.trailers());
  }

  /// What the request became.
  Tunnel tunnel() {
    return Objects.requireNonNull(tunnel, "no tunnel");
  }

  /// Bytes of the tunnel came from the client. Takes ownership.
  void tunnelled(ByteBuf bytes) {
    exchange.record().bytesIn += bytes.readableBytes();
    tunnel().fromClient(bytes);
  }

  // --- the exchange's view

  @Override
  public Announcement announcement() {
    return connection.announcement();
  }

  @Override
  public void respond(ResponseHead response, long length, boolean lastResponse) {
    boolean old = head.minorVersion() == 0;
    if (response.informational() || response.status() == 101 || head.tunnels(response)) {
      write(response, false, Persistence.IMPLIED);
      return;
    }
    boolean unknown = length == ResponseHead.CHUNKED;
    last |= lastResponse || connection.listener().draining() || unknown && old;
    connection.out().chunked(unknown && !old);
    write(
        response,
        unknown && !old,
        last ? Persistence.CLOSE : old ? Persistence.KEEP_ALIVE : Persistence.IMPLIED);
  }

  /// Writes a head that came from the origin.
  private void write(ResponseHead response, boolean withChunks, Persistence persistence) {
    HeaderEdits edits = exchange.responseEdits(response);
    int size = response.length() + HeadWriter.ADDED;
    ByteBuf buffer = connection.out().buffer(edits == null ? size : size + edits.size());
    int before = buffer.readableBytes();
    if (edits == null) {
      HeadWriter.response(response, withChunks, persistence, buffer);
    } else {
      HeadWriter.response(response, withChunks, persistence, edits, exchange.facts(), buffer);
    }
    sent(buffer.readableBytes() - before);
  }

  @Override
  public void body(ByteBuf data) {
    if (!data.isReadable()) {
      data.release();
    } else if (tunnel != null) {
      sent(data.readableBytes());
      connection.out().tunnel(connection.context(), data);
    } else {
      sent(connection.out().body(connection.context(), data));
    }
  }

  @Override
  public void end(@Nullable MessageHead trailers) {
    sent(connection.out().end(connection.context(), trailers));
  }

  @Override
  public void redirect(Redirection redirection) {
    if (connection.channel().isActive()) {
      ByteBuf buffer = localReply(LocalReply.SIZE + redirection.size(head));
      int before = buffer.readableBytes();
      LocalReply.redirect(redirection, head, last, buffer);
      sent(buffer.readableBytes() - before);
      flush();
    }
  }

  @Override
  public void fail(Failure failure, boolean begun) {
    if (!connection.channel().isActive()) {
      return;
    }
    if (failure.status() == 0 || begun) {
      connection.cut(head.minorVersion() == 0);
      return;
    }
    ByteBuf buffer = localReply(LocalReply.SIZE);
    int before = buffer.readableBytes();
    if (exchange.grpc()) {
      LocalReply.grpc(failure, last, buffer);
    } else {
      LocalReply.write(failure, last, !head.isMethod(Methods.HEAD), buffer);
    }
    sent(buffer.readableBytes() - before);
    flush();
  }

  /// A buffer for an answer of our own. After one to a request that was not read to its end nothing
  /// more can come.
  private ByteBuf localReply(int size) {
    last |= !connection.requestRead() || connection.listener().draining();
    return connection.out().buffer(size);
  }

  @Override
  public void flush() {
    connection.out().flush(connection.context());
  }

  @Override
  public boolean writable() {
    return connection.channel().isWritable();
  }

  @Override
  public void readMore() {
    connection.readMore();
  }

  @Override
  public void tunnel(Tunnel through) {
    tunnel = through;
    connection.tunnel(through);
  }

  @Override
  public void shutdownOutput() {
    Closing.output(connection.channel());
  }

  @Override
  public void next() {
    connection.next(last);
  }

  @Override
  public long pendingBytes() {
    return Backlog.of(connection.channel());
  }

  /// So many bytes were written to the client.
  private void sent(long bytes) {
    exchange.record().bytesOut += bytes;
  }
}
