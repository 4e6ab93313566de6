package dev.weir.proxy.corpus;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Netty's own HTTP/1 decoder as a reader of requests. Thread: one.
public final class NettyReader implements AutoCloseable {
  private static final int LARGE = 1 << 20;

  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new HttpRequestDecoder(
              new HttpDecoderConfig()
                  .setMaxInitialLineLength(LARGE)
                  .setMaxHeaderSize(LARGE)
                  .setMaxChunkSize(LARGE)));
  private @Nullable HttpRequest head;
  private ByteArrayOutputStream body = new ByteArrayOutputStream();
  private @Nullable Throwable failure;

  /// Takes bytes.
  ///
  /// @return the requests that these bytes complete
  public List<Message> read(byte[] bytes, int length) throws IOException {
    var complete = new ArrayList<Message>();
    channel.writeInbound(Unpooled.copiedBuffer(bytes, 0, length));
    HttpObject next;
    while ((next = channel.readInbound()) != null) {
      if (next.decoderResult().isFailure()) {
        failure = next.decoderResult().cause();
      }
      if (next instanceof HttpRequest request) {
        head = request;
        body = new ByteArrayOutputStream();
      }
      if (next instanceof HttpContent content) {
        ByteBuf data = content.content();
        data.readBytes(body, data.readableBytes());
        content.release();
        HttpRequest of = head;
        if (next instanceof LastHttpContent && of != null && failure == null) {
          head = null;
          complete.add(message(of, body.toByteArray()));
        }
      }
    }
    return complete;
  }

  private static Message message(HttpRequest head, byte[] body) {
    String host = head.headers().get(HttpHeaderNames.HOST);
    return Message.of(head.method() + " " + head.uri(), host == null ? "" : host, body);
  }

  /// The head of a request whose body is not complete; null when there is none.
  public @Nullable HttpRequest open() {
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
