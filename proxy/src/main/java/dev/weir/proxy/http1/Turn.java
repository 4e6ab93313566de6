package dev.weir.proxy.http1;

import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.edit.HeaderEdits;
import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.exchange.Redirection;
import dev.weir.proxy.http1.HeadWriter.Persistence;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// One request on a client's connection, from its first byte to the end of its exchange: reads the
/// head and the body, writes the response's head. Holds all that an idle connection can do without,
/// and is lent by the loop for that reason. Thread: the connection's loop.
final class Turn {
  private final Loop loop;
  private final Exchange exchange;
  private final HeadParser parser = new HeadParser(0, 0);
  private final BodyDecoder decoder = new BodyDecoder();
  private RequestHead head;

  private Turn(Http1ClientConnection connection, LoopListener listener) {
    this.loop = listener.loop();
    this.exchange = new Exchange(connection, listener);
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
        turn.exchange.moveTo(connection, listener);
        turn.head = turn.loop.heads().request();
      }
      turn.begin(client, plan);
      return turn;
    }

    /// Takes a turn back, whose exchange is over.
    void giveBack(Turn turn) {
      turn.loop.heads().release(turn.head);
      if (turns.size() < KEPT && turn.exchange.reusable()) {
        turns.addFirst(turn);
      } else {
        turn.exchange.close();
      }
    }
  }

  private void begin(Client client, HttpPlan plan) {
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

  /// Takes a part of the body out of what was read; null when there is none.
  @Nullable ByteBuf readBody(ByteBuf bytes, ByteBufAllocator allocator) {
    int before = bytes.readableBytes();
    ByteBuf payload = decoder.decode(bytes, allocator);
    exchange.record().bytesIn += before - bytes.readableBytes();
    if (decoder.invalid()) {
      exchange.record().refusal = decoder.problem();
    }
    return payload;
  }

  /// Reads the body.
  BodyDecoder body() {
    return decoder;
  }

  /// Bytes of a tunnel came from the client.
  void tunnel(ByteBuf bytes) {
    exchange.record().bytesIn += bytes.readableBytes();
    exchange.tunnelFromClient(bytes);
  }

  // --- the response

  /// Writes a head that came from the origin.
  void respond(ResponseHead response, boolean withChunks, Persistence persistence, Outbox out) {
    HeaderEdits edits = exchange.responseEdits(response);
    int size = response.length() + HeadWriter.ADDED;
    ByteBuf buffer = out.buffer(edits == null ? size : size + edits.size());
    int before = buffer.readableBytes();
    if (edits == null) {
      HeadWriter.response(response, withChunks, persistence, buffer);
    } else {
      HeadWriter.response(response, withChunks, persistence, edits, exchange.facts(), buffer);
    }
    sent(buffer.readableBytes() - before);
  }

  /// Writes a redirect.
  void redirect(Redirection redirection, boolean last, Outbox out) {
    ByteBuf buffer = out.buffer(LocalReply.SIZE + redirection.size(head));
    int before = buffer.readableBytes();
    LocalReply.redirect(redirection, head, last, buffer);
    sent(buffer.readableBytes() - before);
  }

  /// Writes an answer of our own.
  void reply(Failure failure, boolean last, Outbox out) {
    ByteBuf buffer = out.buffer(LocalReply.SIZE);
    int before = buffer.readableBytes();
    if (exchange.grpc()) {
      LocalReply.grpc(failure, last, buffer);
    } else {
      LocalReply.write(failure, last, !head.isMethod(Methods.HEAD), buffer);
    }
    sent(buffer.readableBytes() - before);
  }

  /// So many bytes were written to the client.
  void sent(long bytes) {
    exchange.record().bytesOut += bytes;
  }
}
