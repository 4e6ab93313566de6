package dev.weir.proxy.http1;

import dev.weir.config.ListenerConfig.ForwardedHeaders;
import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.corpus.Message;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What our parsers make of bytes that come in pieces, as a connection would use them, and what
/// would be sent on.
///
/// @param messages complete ones, as their sender spelled them
/// @param forwarded the same, as the next hop must understand them
/// @param ends behind which byte each message ended
/// @param refusal why the rest is refused; null when it is not
/// @param open whether the rest is an incomplete message
/// @param sent the complete messages as they would be sent on
record Reading(
    List<Message> messages,
    List<Message> forwarded,
    List<Integer> ends,
    @Nullable Refusal refusal,
    boolean open,
    byte[] sent) {
  private static final byte[] FALLBACK = Ascii.bytes("fallback");
  private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

  /// Reads requests.
  ///
  /// @param cuts where a piece ends, ascending; the last one is the length
  static Reading requests(byte[] bytes, int[] cuts) throws IOException {
    return new Reader(new RequestHead(), 1).read(bytes, cuts);
  }

  /// Reads what is sent on, which has more fields than what came.
  static Reading forwarded(byte[] bytes) throws IOException {
    return new Reader(new RequestHead(), 2).read(bytes, new int[] {bytes.length});
  }

  /// Reads responses to GET.
  static Reading responses(byte[] bytes, int[] cuts) throws IOException {
    return new Reader(new ResponseHead(), 1).read(bytes, cuts);
  }

  /// Whether two readings of the same bytes agree.
  boolean agrees(Reading other) {
    return messages.equals(other.messages)
        && forwarded.equals(other.forwarded)
        && ends.equals(other.ends)
        && refusal == other.refusal
        && open == other.open;
  }

  private static final class Reader {
    private final MessageHead head;
    private final HeadParser parser;
    private final BodyDecoder decoder = new BodyDecoder();
    private final Forwarding forwarding =
        new Forwarding(
            ForwardedHeaders.XForwarded, false, new Client(new InetSocketAddress("192.0.2.1", 5)));
    private final List<Message> messages = new ArrayList<>();
    private final List<Message> forwarded = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>();
    private final ByteBuf sent = Unpooled.buffer();
    private ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean inBody;
    private boolean begun;
    private @Nullable Refusal refusal;

    /// @param room how many times the usual limits of a head
    Reader(MessageHead head, int room) {
      this.head = head;
      parser = new HeadParser(room * 32 * 1024, room * 128);
    }

    Reading read(byte[] bytes, int[] cuts) throws IOException {
      int from = 0;
      for (int to : cuts) {
        ByteBuf in = ALLOCATOR.buffer(to - from + 1).writeBytes(bytes, from, to - from);
        while (in.isReadable() && refusal == null) {
          step(in, from);
        }
        if (in.refCnt() != 1) {
          throw new IllegalStateException("a slice of the input was not released");
        }
        in.release();
        from = to;
      }
      byte[] output = new byte[sent.readableBytes()];
      sent.readBytes(output).release();
      if (inBody && decoder.endsWithConnection()) {
        complete(from);
      }
      return new Reading(messages, forwarded, ends, refusal, begun || inBody, output);
    }

    private void step(ByteBuf in, int offset) throws IOException {
      if (!inBody) {
        begun = true;
        switch (parser.parse(in, head)) {
          case HeadParser.REFUSED -> refusal = parser.reason();
          case HeadParser.INCOMPLETE -> {}
          default -> startBody();
        }
      } else {
        ByteBuf part = decoder.decode(in, ALLOCATOR);
        if (part != null) {
          part.readBytes(body, part.readableBytes());
          part.release();
        }
        refusal = decoder.problem();
      }
      if (inBody && decoder.done()) {
        complete(offset + in.readerIndex());
      }
    }

    private void startBody() {
      inBody = true;
      begun = false;
      body = new ByteArrayOutputStream();
      long length =
          switch (head) {
            case RequestHead request -> request.bodyLength();
            case ResponseHead response -> response.bodyLength();
            case dev.weir.proxy.message.Trailers _ -> throw new IllegalStateException();
          };
      if (length == RequestHead.CHUNKED) {
        decoder.chunked();
      } else if (length == ResponseHead.UNTIL_CLOSE) {
        decoder.untilClose();
      } else {
        decoder.length(length);
      }
    }

    private void complete(int end) {
      byte[] data = body.toByteArray();
      switch (head) {
        case RequestHead request -> {
          int host = request.find(Field.HOST);
          String named = host < 0 ? "" : request.value(host);
          messages.add(Message.of(request.method() + " " + request.target(), named, data));
          send(request, data);
        }
        case ResponseHead response -> {
          messages.add(Message.of("" + response.status(), "", data));
          forwarded.add(messages.getLast());
        }
        case dev.weir.proxy.message.Trailers _ -> throw new IllegalStateException();
      }
      ends.add(end);
      inBody = false;
      head.clear();
      parser.reset();
    }

    private void send(RequestHead request, byte[] data) {
      String path =
          new String(
              request.bytes(),
              request.pathStart(),
              request.pathEnd() - request.pathStart(),
              java.nio.charset.StandardCharsets.ISO_8859_1);
      if (path.isEmpty() || path.charAt(0) == '?') {
        path = (path.isEmpty() && request.method().equals("OPTIONS") ? "*" : "/") + path;
      }
      String host = request.authority().isEmpty() ? "fallback" : request.authority();
      forwarded.add(Message.of(request.method() + " " + path, host, data));
      boolean chunks = request.bodyLength() == RequestHead.CHUNKED;
      HeadWriter.request(request, forwarding, FALLBACK, sent);
      if (chunks) {
        if (data.length > 0) {
          ChunkWriter.append(sent, Unpooled.wrappedBuffer(data));
        }
        ChunkWriter.end(sent, decoder.trailers());
      } else {
        sent.writeBytes(data);
      }
    }
  }
}
