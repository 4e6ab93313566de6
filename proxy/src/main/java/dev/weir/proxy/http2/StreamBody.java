package dev.weir.proxy.http2;

import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What one stream sends behind its head: as much as the windows of stream and connection and the
/// socket take at once, the rest when they do. Thread: the connection's loop.
final class StreamBody {
  private final Http2ClientStream owner;
  private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>(2);
  private final Window window = new Window();

  private @Nullable Http2ClientConnection connection;
  private long size;
  private long left;
  private boolean queued;
  private boolean ending;
  private boolean ended;
  private @Nullable ByteBuf trailers;

  StreamBody(Http2ClientStream owner) {
    this.owner = owner;
  }

  void start(Http2ClientConnection on) {
    connection = on;
    window.start(on.peerWindow());
    left = ResponseHead.CHUNKED;
    ending = ended = false;
  }

  private Http2ClientConnection connection() {
    Http2ClientConnection on = connection;
    if (on == null) {
      throw new IllegalStateException("not started");
    }
    return on;
  }

  /// The stream's window.
  Window window() {
    return window;
  }

  /// Says how long the body will be: its last byte ends the stream. [ResponseHead#CHUNKED] when it
  /// is not known.
  void expect(long length) {
    left = length;
  }

  /// The head has ended the stream.
  void ended() {
    ended = true;
  }

  /// Whether nothing waits.
  boolean isEmpty() {
    return size == 0;
  }

  /// How many bytes wait.
  long size() {
    return size;
  }

  /// Whether everything was sent, the end included.
  boolean done() {
    return ended;
  }

  /// Sends data, or keeps it. Takes ownership.
  void add(ByteBuf data) {
    if (ended || ending) {
      data.release();
      return;
    }
    if (left > 0) {
      left = Math.max(0, left - data.readableBytes());
    }
    size += data.readableBytes();
    queue.add(data);
    send();
  }

  /// Nothing comes behind what was added.
  void end(@Nullable MessageHead fields) {
    if (ended || ending) {
      return;
    }
    ending = true;
    if (fields != null && fields.fields() > 0) {
      trailers = connection().output().trailers(owner.id(), fields);
    }
    send();
  }

  /// Sends what may be sent.
  void send() {
    Http2ClientConnection on = connection();
    while (true) {
      ByteBuf data = queue.peek();
      if (data == null) {
        break;
      }
      int waiting = data.readableBytes();
      int piece = Math.min(waiting, on.output().maySend(window));
      if (piece <= 0) {
        if (window.left() > 0 && !queued) {
          queued = true;
          on.output().blocked(owner);
        }
        return;
      }
      boolean whole = piece == waiting;
      boolean last = whole && queue.size() == 1 && (left == 0 || ending && trailers == null);
      ByteBuf frame = whole ? queue.remove() : data.readRetainedSlice(piece);
      size -= piece;
      window.take(piece);
      ended |= last;
      on.data(owner.id(), frame, last);
    }
    if (ending && !ended) {
      ended = true;
      ByteBuf fields = trailers;
      trailers = null;
      on.output().end(owner.id(), fields);
    }
  }

  /// It is this stream's turn among those that the connection held back.
  void turn() {
    queued = false;
  }

  /// Forgets what was not sent.
  void release() {
    if (queued) {
      queued = false;
      connection().output().unblocked(owner);
    }
    for (ByteBuf data = queue.poll(); data != null; data = queue.poll()) {
      data.release();
    }
    size = 0;
    ByteBuf fields = trailers;
    trailers = null;
    if (fields != null) {
      fields.release();
    }
  }
}
