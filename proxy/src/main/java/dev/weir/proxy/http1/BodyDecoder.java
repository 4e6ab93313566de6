package dev.weir.proxy.http1;

import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Trailers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// Finds the payload of a message's body in what is read: by length, by chunks (RFC 9112 section
/// 7.1) or to the end of the connection. Chunks are validated byte by byte while they stream; their
/// extensions end here. Reused. Thread: one loop.
final class BodyDecoder {
  private static final int MAX_SIZE_DIGITS = 15;
  private static final int MAX_EXTENSION = 256;
  private static final int MAX_EXTENSIONS = 4096;
  private static final int MAX_TRAILERS = 8192;
  private static final int MAX_TRAILER_FIELDS = 64;

  private enum State {
    DONE,
    LENGTH,
    UNTIL_CLOSE,
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILERS,
    INVALID
  }

  private State state = State.DONE;
  private long remaining;
  private int digits;
  private int extension;
  private int extensions;
  private boolean last;
  private String problem = "";
  private @Nullable Trailers trailers;
  private @Nullable HeadParser trailerParser;

  /// Expects no body.
  void none() {
    state = State.DONE;
    trailers = null;
  }

  /// Expects a body of so many bytes.
  void length(long bytes) {
    trailers = null;
    remaining = bytes;
    state = bytes == 0 ? State.DONE : State.LENGTH;
  }

  /// Expects chunks.
  void chunked() {
    trailers = null;
    extensions = 0;
    startChunk();
  }

  /// Expects bytes until the connection ends.
  void untilClose() {
    trailers = null;
    state = State.UNTIL_CLOSE;
  }

  /// Whether the body is complete.
  boolean done() {
    return state == State.DONE;
  }

  /// Whether the body may end with the connection.
  boolean endsWithConnection() {
    return state == State.UNTIL_CLOSE;
  }

  /// Whether the framing is broken; nothing more is decoded.
  boolean invalid() {
    return state == State.INVALID;
  }

  /// What is wrong.
  String problem() {
    return problem;
  }

  /// The fields behind the last chunk; null when there are none.
  @Nullable MessageHead trailers() {
    return trailers != null && trailers.fields() > 0 ? trailers : null;
  }

  /// Takes what belongs to the body out of `in`, whose other bytes stay.
  ///
  /// @return the payload, owned by the caller; null when there is none in these bytes
  @Nullable ByteBuf decode(ByteBuf in, ByteBufAllocator allocator) {
    return switch (state) {
      case DONE, INVALID -> null;
      case UNTIL_CLOSE -> in.isReadable() ? in.readRetainedSlice(in.readableBytes()) : null;
      case LENGTH -> {
        int take = (int) Math.min(remaining, in.readableBytes());
        remaining -= take;
        if (remaining == 0) {
          state = State.DONE;
        }
        yield take == 0 ? null : in.readRetainedSlice(take);
      }
      default -> decodeChunks(in, allocator);
    };
  }

  /// The payload of all chunks in these bytes: a slice when it is one piece, else a copy.
  private @Nullable ByteBuf decodeChunks(ByteBuf in, ByteBufAllocator allocator) {
    ByteBuf payload = null;
    boolean copied = false;
    while (in.isReadable() && state != State.DONE && state != State.INVALID) {
      if (state != State.DATA) {
        step(in);
        continue;
      }
      int take = (int) Math.min(remaining, in.readableBytes());
      remaining -= take;
      if (remaining == 0) {
        state = State.DATA_CR;
      }
      if (payload == null) {
        payload = in.readRetainedSlice(take);
        continue;
      }
      if (!copied) {
        ByteBuf first = payload;
        payload = allocator.buffer(first.readableBytes() + take + in.readableBytes());
        payload.writeBytes(first);
        first.release();
        copied = true;
      }
      payload.writeBytes(in, take);
    }
    return payload;
  }

  private void step(ByteBuf in) {
    switch (state) {
      case SIZE -> size(in.readByte());
      case EXTENSION -> extension(in.readByte());
      case SIZE_LF -> {
        if (in.readByte() != '\n') {
          fail("a chunk size that is not followed by CRLF");
        } else if (last) {
          startTrailers();
        } else {
          state = State.DATA;
        }
      }
      case DATA_CR -> {
        if (in.readByte() != '\r') {
          fail("chunk data that is not followed by CRLF");
        } else {
          state = State.DATA_LF;
        }
      }
      case DATA_LF -> {
        if (in.readByte() != '\n') {
          fail("chunk data that is not followed by CRLF");
        } else {
          startChunk();
        }
      }
      case TRAILERS -> readTrailers(in);
      case DONE, LENGTH, UNTIL_CLOSE, DATA, INVALID -> throw new IllegalStateException();
    }
  }

  private void startChunk() {
    state = State.SIZE;
    remaining = 0;
    digits = 0;
    extension = 0;
    last = false;
  }

  private void size(byte b) {
    int digit = Character.digit(b, 16);
    if (b >= 0 && digit >= 0) {
      if (++digits > MAX_SIZE_DIGITS) {
        fail("a chunk size of more than " + MAX_SIZE_DIGITS + " digits");
        return;
      }
      remaining = remaining * 16 + digit;
      return;
    }
    if (digits == 0 || b != '\r' && b != ';') {
      fail("a chunk size that is not hexadecimal");
      return;
    }
    last = remaining == 0;
    state = b == '\r' ? State.SIZE_LF : State.EXTENSION;
  }

  private void extension(byte b) {
    if (b == '\r') {
      state = State.SIZE_LF;
    } else if (b < ' ' && b != '\t' && b >= 0 || b == 0x7f) {
      fail("a control byte in a chunk extension");
    } else if (++extension > MAX_EXTENSION || ++extensions > MAX_EXTENSIONS) {
      fail("chunk extensions that are too long");
    }
  }

  private void startTrailers() {
    state = State.TRAILERS;
    trailers = new Trailers();
    trailerParser = new HeadParser(MAX_TRAILERS, MAX_TRAILER_FIELDS);
    trailerParser.resetForTrailers();
  }

  private void readTrailers(ByteBuf in) {
    Trailers fields = trailers;
    HeadParser parser = trailerParser;
    if (fields == null || parser == null) {
      throw new IllegalStateException();
    }
    switch (parser.parse(in, fields)) {
      case HeadParser.REFUSED -> fail("trailers: " + parser.reason());
      case HeadParser.INCOMPLETE -> {}
      default -> {
        TrailerRules.apply(fields);
        trailerParser = null;
        state = State.DONE;
      }
    }
  }

  private void fail(String what) {
    problem = what;
    state = State.INVALID;
  }
}
