package dev.weir.proxy.http2;

import dev.weir.proxy.http1.Preface;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// One request over a connection of its own, of which only the status matters: an active check. Not
/// on a path of traffic. Thread: the connection's loop.
public final class StatusQuestion implements FrameHandler {
  private static final int MAX_HEAD = 64 * 1024;
  private static final int TABLE_SIZE = 4096;
  private static final byte[] AGENT = Ascii.bytes("weir-health");

  private final Answer answer;
  private final ResponseFields fields = new ResponseFields();
  private final HpackDecoder decoder = new HpackDecoder(TABLE_SIZE, fields);
  private final FrameReader reader = new FrameReader(this, MAX_HEAD);
  private final ByteBuf in = Unpooled.buffer();
  private @Nullable ChannelHandlerContext context;
  private boolean settled;
  private boolean done;

  /// Is told what came back, once.
  public interface Answer {

    /// The status of the final response.
    void status(int status);

    /// What came is no response over HTTP/2.
    ///
    /// @param problem for a person
    void invalid(String problem);
  }

  /// @param answer is told what comes back
  public StatusQuestion(Answer answer) {
    this.answer = answer;
  }

  /// Sends the request.
  ///
  /// @param secure whether the connection is encrypted
  public void ask(
      ChannelHandlerContext ctx, String method, String authority, String path, boolean secure) {
    context = ctx;
    ByteBuf out = ctx.alloc().buffer();
    Preface.write(out);
    Frames.settings(out, Frames.ENABLE_PUSH, 0, Frames.MAX_HEADER_LIST_SIZE, MAX_HEAD);
    HpackEncoder block = HpackEncoder.ofLoop();
    block.begin(true);
    literal(block, HpackStatic.METHOD_GET, Ascii.bytes(method));
    block.indexed(secure ? HpackStatic.SCHEME_HTTPS : HpackStatic.SCHEME_HTTP);
    literal(block, HpackStatic.AUTHORITY, Ascii.bytes(authority));
    literal(block, HpackStatic.PATH, Ascii.bytes(path));
    literal(block, HpackStatic.USER_AGENT, AGENT);
    Frames.headers(out, 1, block, true, Frames.MAX_SIZE);
    ctx.writeAndFlush(out, ctx.voidPromise());
  }

  private static void literal(HpackEncoder block, int name, byte[] value) {
    block.literal(name, value, 0, value.length);
  }

  /// Takes what was read; the buffer stays the caller's.
  public void read(ByteBuf bytes) {
    in.discardReadBytes();
    in.writeBytes(bytes);
    reader.read(in);
  }

  @Override
  public boolean reading() {
    return !done;
  }

  private void invalid(String problem) {
    if (!done) {
      done = true;
      answer.invalid(problem);
    }
  }

  @Override
  public void headers(int stream, byte[] block, int length, boolean end) {
    ResponseHead head = new ResponseHead();
    fields.begin();
    int result = decoder.decode(block, 0, length, head, MAX_HEAD, MAX_HEAD);
    if (!settled || stream != 1 || result != HpackDecoder.DONE || fields.end(head) != null) {
      invalid("not an HTTP/2 response");
    } else if (!head.informational()) {
      done = true;
      answer.status(head.status());
    }
  }

  @Override
  public void data(int stream, ByteBuf bytes, int length, boolean end) {
    invalid("data before a head");
  }

  @Override
  public void reset(int stream, int code) {
    invalid("the stream was reset, code " + code);
  }

  @Override
  public void goAway(int lastStream, int code) {
    if (lastStream < 1) {
      invalid("the connection is refused, code " + code);
    }
  }

  @Override
  public void settingsEnd() {
    ChannelHandlerContext ctx = context;
    settled = true;
    if (ctx != null) {
      ByteBuf out = ctx.alloc().buffer();
      Frames.settingsAck(out);
      ctx.writeAndFlush(out, ctx.voidPromise());
    }
  }

  @Override
  public void connectionError(ErrorCode code, String text) {
    invalid("not an HTTP/2 response");
  }

  @Override
  public void streamError(int stream, ErrorCode code) {
    invalid("not an HTTP/2 response");
  }

  @Override
  public void dataStarts(int stream, int length, int padding, boolean end) {}

  @Override
  public void blockBegins() {}

  @Override
  public void priority(int stream) {}

  @Override
  public void setting(int id, int value) {}

  @Override
  public void settingsAck() {}

  @Override
  public void ping(long data, boolean ack) {}

  @Override
  public void windowUpdate(int stream, int increment) {}

  @Override
  public void ignored(int type) {}
}
