package dev.weir.proxy.corpus;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Netty's own HTTP/1 decoder as a reader of requests, or of responses to GET. Thread: one.
public final class NettyReader implements AutoCloseable {
  private static final int LARGE = 1 << 20;

  private static final HttpDecoderConfig LIMITS =
      new HttpDecoderConfig()
          .setMaxInitialLineLength(LARGE)
          .setMaxHeaderSize(LARGE)
          .setMaxChunkSize(LARGE);

  private final EmbeddedChannel channel;
  private @Nullable HttpMessage head;
  private ByteArrayOutputStream body = new ByteArrayOutputStream();
  private @Nullable Throwable failure;

  private NettyReader(ChannelHandler decoder) {
    channel = new EmbeddedChannel(decoder);
  }

  /// A reader of requests.
  public static NettyReader requests() {
    return new NettyReader(new HttpRequestDecoder(LIMITS));
  }

  /// A reader of responses.
  public static NettyReader responses() {
    return new NettyReader(new HttpResponseDecoder(LIMITS));
  }

  /// Takes bytes.
  ///
  /// @return the requests that these bytes complete
  public List<Message> read(byte[] bytes, int length) throws IOException {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, 0, length));
    return take();
  }

  /// Takes the end of the connection.
  ///
  /// @return the message that it completes, if it does
  public List<Message> end() throws IOException {
    channel.finish();
    return take();
  }

  private List<Message> take() throws IOException {
    var complete = new ArrayList<Message>();
    HttpObject next;
    while ((next = channel.readInbound()) != null) {
      if (next.decoderResult().isFailure()) {
        failure = next.decoderResult().cause();
      }
      if (next instanceof HttpMessage message) {
        head = message;
        body = new ByteArrayOutputStream();
      }
      if (next instanceof HttpContent content) {
        ByteBuf data = content.content();
        data.readBytes(body, data.readableBytes());
        content.release();
        HttpMessage of = head;
        if (next instanceof LastHttpContent && of != null && failure == null) {
          head = null;
          complete.add(message(of, body.toByteArray()));
        }
      }
    }
    return complete;
  }

  private static Message message(HttpMessage head, byte[] body) {
    if (head instanceof HttpRequest request) {
      String host = head.headers().get(HttpHeaderNames.HOST);
      return Message.of(request.method() + " " + request.uri(), host == null ? "" : host, body);
    }
    return Message.of("" + ((HttpResponse) head).status().code(), "", body);
  }

  /// The head of a message whose body is not complete; null when there is none.
  public @Nullable HttpMessage open() {
    return head;
  }

  /// What was wrong; null when nothing was.
  public @Nullable Throwable failure() {
    return failure;
  }

  @Override
  public void close() {
    channel.finishAndReleaseAll();
  }
}
