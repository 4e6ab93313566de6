package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Refusal;
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
    LAST_CR,
    LAST_LF,
    TRAILERS,
    INVALID
  }

  /// What a chunk extension has so far.
  private enum ExtensionPart {
    START,
    NAME,
    EQUALS,
    VALUE,
    QUOTED,
    ESCAPED,
    BEHIND,
    END
  }

  private State state = State.DONE;
  private ExtensionPart extensionPart = ExtensionPart.START;
  private long remaining;
  private int digits;
  private int extension;
  private int extensions;
  private boolean last;
  private @Nullable Refusal problem;
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

  /// What is wrong; null as long as nothing is.
  @Nullable Refusal problem() {
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
          fail(Refusal.LINE_END);
        } else if (last) {
          state = State.LAST_CR;
        } else {
          state = State.DATA;
        }
      }
      case DATA_CR -> {
        if (in.readByte() != '\r') {
          fail(Refusal.CHUNK_END);
        } else {
          state = State.DATA_LF;
        }
      }
      case DATA_LF -> {
        if (in.readByte() != '\n') {
          fail(Refusal.CHUNK_END);
        } else {
          startChunk();
        }
      }
      case LAST_CR -> {
        if (in.getByte(in.readerIndex()) == '\r') {
          in.skipBytes(1);
          state = State.LAST_LF;
        } else {
          startTrailers();
        }
      }
      case LAST_LF -> {
        if (in.readByte() != '\n') {
          fail(Refusal.TRAILERS);
        } else {
          state = State.DONE;
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
        fail(Refusal.CHUNK_SIZE);
        return;
      }
      remaining = remaining * 16 + digit;
      return;
    }
    if (digits == 0 || b != '\r' && b != ';') {
      fail(Refusal.CHUNK_SIZE);
      return;
    }
    last = remaining == 0;
    state = b == '\r' ? State.SIZE_LF : State.EXTENSION;
    extensionPart = ExtensionPart.START;
  }

  private void extension(byte b) {
    if (++extension > MAX_EXTENSION || ++extensions > MAX_EXTENSIONS) {
      fail(Refusal.CHUNK_EXTENSION);
      return;
    }
    @Nullable ExtensionPart next = after(extensionPart, b);
    if (next == null) {
      fail(Refusal.CHUNK_EXTENSION);
    } else if (next == ExtensionPart.END) {
      state = State.SIZE_LF;
    } else {
      extensionPart = next;
    }
  }

  /// Where a byte of chunk extensions leads: `;name`, `;name=token` or `;name="quoted"`, white
  /// space in front of names and values; null where it has no place (RFC 9112 section 7.1.1).
  private static @Nullable ExtensionPart after(ExtensionPart part, byte b) {
    boolean blank = b == ' ' || b == '\t';
    return switch (part) {
      case START -> blank ? part : Ascii.isToken(b) ? ExtensionPart.NAME : null;
      case NAME -> Ascii.isToken(b) ? part : b == '=' ? ExtensionPart.EQUALS : behind(b);
      case EQUALS ->
          blank
              ? part
              : b == '"' ? ExtensionPart.QUOTED : Ascii.isToken(b) ? ExtensionPart.VALUE : null;
      case VALUE -> Ascii.isToken(b) ? part : behind(b);
      case QUOTED ->
          b == '"'
              ? ExtensionPart.BEHIND
              : b == '\\' ? ExtensionPart.ESCAPED : isQuotable(b) ? part : null;
      case ESCAPED -> isQuotable(b) ? ExtensionPart.QUOTED : null;
      case BEHIND -> behind(b);
      case END -> null;
    };
  }

  /// Bytes beyond ASCII would be allowed, but nobody sends them and some decoders fail on them.
  private static boolean isQuotable(byte b) {
    return b >= 0 && Ascii.isValue(b);
  }

  private static @Nullable ExtensionPart behind(byte b) {
    return switch (b) {
      case '\r' -> ExtensionPart.END;
      case ';' -> ExtensionPart.START;
      default -> null;
    };
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
      case HeadParser.REFUSED -> fail(Refusal.TRAILERS);
      case HeadParser.INCOMPLETE -> {}
      default -> {
        TrailerRules.apply(fields);
        trailerParser = null;
        state = State.DONE;
      }
    }
  }

  private void fail(Refusal what) {
    problem = what;
    state = State.INVALID;
  }
}
