package dev.weir.proxy.http2;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/// Takes frames out of what is read and checks their form (RFC 9113 sections 4 and 6). DATA passes
/// through piece by piece, small frames of one stream that came together as one; other frames are
/// taken when they are complete. Thread: the connection's loop.
final class FrameReader {
  /// More frames than this for one header block are an attack.
  static final int MAX_CONTINUATIONS = 16;

  private static final int KEPT = 1024;

  /// Payloads up to this length are moved next to the one before.
  private static final int JOINED = 1024;

  private final FrameHandler handler;
  private final int maxBlock;
  private byte[] block = {};
  private int blockLength;
  private int blockStream;
  private boolean blockEnds;
  private int continuations;

  private int dataStream;
  private int dataLeft;
  private int paddingLeft;
  private boolean dataEnds;
  private boolean inData;

  /// @param maxBlock bytes of a header block, over all its frames
  FrameReader(FrameHandler handler, int maxBlock) {
    this.handler = handler;
    this.maxBlock = maxBlock;
  }

  /// Takes as many frames as there are.
  void read(ByteBuf in) {
    while (handler.reading() && (inData ? data(in) : frame(in))) {
      // the handler was told
    }
  }

  /// Whether a header block has begun and not ended.
  boolean inBlock() {
    return blockStream != 0;
  }

  private boolean frame(ByteBuf in) {
    if (in.readableBytes() < Frames.HEADER) {
      return false;
    }
    int at = in.readerIndex();
    int first = in.getInt(at);
    int length = first >>> 8;
    int type = first & 0xff;
    int flags = in.getUnsignedByte(at + 4);
    int stream = in.getInt(at + 5) & 0x7fff_ffff;
    if (length > Frames.MAX_SIZE) {
      return broken(ErrorCode.FRAME_SIZE_ERROR, "a frame is larger than 16384 bytes");
    }
    if (inBlock() && (type != Frames.CONTINUATION || stream != blockStream)) {
      return broken(ErrorCode.PROTOCOL_ERROR, "a header block is interrupted");
    }
    if (type == Frames.DATA) {
      return startData(in, length, flags, stream);
    }
    if (in.readableBytes() < Frames.HEADER + length) {
      return false;
    }
    in.skipBytes(Frames.HEADER);
    int end = in.readerIndex() + length;
    payload(in, length, type, flags, stream);
    in.readerIndex(end);
    return true;
  }

  private boolean broken(ErrorCode code, String text) {
    handler.connectionError(code, text);
    return false;
  }

  private boolean startData(ByteBuf in, int length, int flags, int stream) {
    boolean padded = (flags & Frames.PADDED) != 0;
    if (stream == 0) {
      return broken(ErrorCode.PROTOCOL_ERROR, "DATA without a stream");
    }
    if (padded && length == 0) {
      return broken(ErrorCode.FRAME_SIZE_ERROR, "a padded frame without a length of padding");
    }
    if (padded && in.readableBytes() == Frames.HEADER) {
      return false;
    }
    in.skipBytes(Frames.HEADER);
    int padding = padded ? in.readUnsignedByte() + 1 : 0;
    if (padding > length) {
      return broken(ErrorCode.PROTOCOL_ERROR, "more padding than frame");
    }
    inData = true;
    dataStream = stream;
    dataLeft = length - padding;
    paddingLeft = Math.max(0, padding - 1);
    dataEnds = (flags & Frames.END_STREAM) != 0;
    if (!padded && length > 0) {
      join(in);
    }
    handler.dataStarts(stream, dataLeft + padding, padding, dataEnds);
    return true;
  }

  /// Makes one frame of this one and those of the same stream right behind it, as far as they are
  /// here: messages of gRPC are small and come in many frames at once. What is left of the headers
  /// between them counts as padding that needs no credit.
  private void join(ByteBuf in) {
    int start = in.readerIndex();
    int last = in.writerIndex();
    int next = start + dataLeft;
    while (!dataEnds && last - next >= Frames.HEADER) {
      int first = in.getInt(next);
      int length = first >>> 8;
      int flags = in.getUnsignedByte(next + Frames.FLAGS);
      boolean end = (flags & Frames.END_STREAM) != 0;
      if ((first & 0xff) != Frames.DATA
          || (flags & Frames.PADDED) != 0
          || length > JOINED
          || length == 0 && !end
          || dataLeft + length > Frames.MAX_SIZE
          || last - next < Frames.HEADER + length
          || (in.getInt(next + 5) & 0x7fff_ffff) != dataStream) {
        break;
      }
      in.setBytes(start + dataLeft, in, next + Frames.HEADER, length);
      dataLeft += length;
      dataEnds = end;
      next += Frames.HEADER + length;
    }
    paddingLeft = next - start - dataLeft;
  }

  private boolean data(ByteBuf in) {
    int take = Math.min(dataLeft, in.readableBytes());
    boolean complete = take == dataLeft;
    if (take > 0 || complete && dataEnds) {
      dataLeft -= take;
      int end = in.readerIndex() + take;
      boolean ends = complete && dataEnds;
      dataEnds &= !ends;
      handler.data(dataStream, in, take, ends);
      in.readerIndex(end);
    }
    if (!complete) {
      return false;
    }
    int skip = Math.min(paddingLeft, in.readableBytes());
    in.skipBytes(skip);
    paddingLeft -= skip;
    inData = paddingLeft > 0;
    return !inData;
  }

  private void payload(ByteBuf in, int length, int type, int flags, int stream) {
    switch (type) {
      case Frames.HEADERS -> headers(in, length, flags, stream);
      case Frames.CONTINUATION -> continuation(in, length, flags);
      case Frames.PRIORITY -> priority(in, length, stream);
      case Frames.RST_STREAM -> {
        if (length != 4) {
          broken(ErrorCode.FRAME_SIZE_ERROR, "RST_STREAM has 4 bytes");
        } else if (stream == 0) {
          broken(ErrorCode.PROTOCOL_ERROR, "RST_STREAM without a stream");
        } else {
          handler.reset(stream, in.readInt());
        }
      }
      case Frames.SETTINGS -> settings(in, length, flags, stream);
      case Frames.PUSH_PROMISE ->
          broken(ErrorCode.PROTOCOL_ERROR, "nobody may push what was not asked for");
      case Frames.PING -> {
        if (length != 8) {
          broken(ErrorCode.FRAME_SIZE_ERROR, "PING has 8 bytes");
        } else if (stream != 0) {
          broken(ErrorCode.PROTOCOL_ERROR, "PING has no stream");
        } else {
          handler.ping(in.readLong(), (flags & Frames.ACK) != 0);
        }
      }
      case Frames.GOAWAY -> {
        if (length < 8) {
          broken(ErrorCode.FRAME_SIZE_ERROR, "GOAWAY has at least 8 bytes");
        } else if (stream != 0) {
          broken(ErrorCode.PROTOCOL_ERROR, "GOAWAY has no stream");
        } else {
          handler.goAway(in.readInt() & 0x7fff_ffff, in.readInt());
        }
      }
      case Frames.WINDOW_UPDATE -> windowUpdate(in, length, stream);
      default -> handler.ignored(type);
    }
  }

  private void headers(ByteBuf in, int length, int flags, int stream) {
    if (stream == 0) {
      broken(ErrorCode.PROTOCOL_ERROR, "HEADERS without a stream");
      return;
    }
    int front = 0;
    int padding = 0;
    if ((flags & Frames.PADDED) != 0) {
      front = 1;
      padding = length == 0 ? 0 : in.readUnsignedByte();
    }
    boolean prioritised = (flags & Frames.WITH_PRIORITY) != 0;
    if (prioritised) {
      front += 5;
    }
    if (front > length) {
      broken(ErrorCode.FRAME_SIZE_ERROR, "HEADERS is too short for its flags");
      return;
    }
    if (front + padding > length) {
      broken(ErrorCode.PROTOCOL_ERROR, "more padding than frame");
      return;
    }
    if (prioritised) {
      int dependency = in.readInt() & 0x7fff_ffff;
      in.skipBytes(1);
      if (dependency == stream) {
        broken(ErrorCode.PROTOCOL_ERROR, "a stream depends on itself");
        return;
      }
    }
    blockStream = stream;
    blockLength = 0;
    blockEnds = (flags & Frames.END_STREAM) != 0;
    continuations = 0;
    fragment(in, length - front - padding, (flags & Frames.END_HEADERS) != 0);
  }

  private void continuation(ByteBuf in, int length, int flags) {
    if (!inBlock()) {
      broken(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS");
    } else if (++continuations > MAX_CONTINUATIONS) {
      broken(ErrorCode.ENHANCE_YOUR_CALM, "a header block in too many frames");
    } else {
      fragment(in, length, (flags & Frames.END_HEADERS) != 0);
    }
  }

  private void fragment(ByteBuf in, int length, boolean last) {
    if (blockLength + length > maxBlock) {
      broken(ErrorCode.ENHANCE_YOUR_CALM, "a header block has too many bytes");
      return;
    }
    if (block.length < blockLength + length) {
      block = Arrays.copyOf(block, Math.max(256, Integer.highestOneBit(blockLength + length) * 2));
    }
    in.readBytes(block, blockLength, length);
    blockLength += length;
    if (!last) {
      handler.blockBegins();
      return;
    }
    int stream = blockStream;
    blockStream = 0;
    handler.headers(stream, block, blockLength, blockEnds);
    if (block.length > KEPT) {
      block = new byte[0];
    }
  }

  private void priority(ByteBuf in, int length, int stream) {
    if (stream == 0) {
      broken(ErrorCode.PROTOCOL_ERROR, "PRIORITY without a stream");
    } else if (length != 5) {
      handler.streamError(stream, ErrorCode.FRAME_SIZE_ERROR);
    } else if ((in.readInt() & 0x7fff_ffff) == stream) {
      handler.streamError(stream, ErrorCode.PROTOCOL_ERROR);
    } else {
      handler.priority(stream);
    }
  }

  private void settings(ByteBuf in, int length, int flags, int stream) {
    boolean ack = (flags & Frames.ACK) != 0;
    if (stream != 0) {
      broken(ErrorCode.PROTOCOL_ERROR, "SETTINGS has no stream");
    } else if (ack && length != 0) {
      broken(ErrorCode.FRAME_SIZE_ERROR, "an acknowledgement of SETTINGS is empty");
    } else if (ack) {
      handler.settingsAck();
    } else if (length % 6 != 0) {
      broken(ErrorCode.FRAME_SIZE_ERROR, "SETTINGS has 6 bytes for each of them");
    } else {
      for (int left = length; left > 0; left -= 6) {
        if (!setting(in.readUnsignedShort(), in.readInt())) {
          return;
        }
      }
      handler.settingsEnd();
    }
  }

  private boolean setting(int id, int value) {
    switch (id) {
      case Frames.ENABLE_PUSH, Frames.ENABLE_CONNECT_PROTOCOL -> {
        if (value != 0 && value != 1) {
          return broken(ErrorCode.PROTOCOL_ERROR, "a setting is neither 0 nor 1");
        }
      }
      case Frames.INITIAL_WINDOW_SIZE -> {
        if (value < 0) {
          return broken(ErrorCode.FLOW_CONTROL_ERROR, "the initial window is too large");
        }
      }
      case Frames.MAX_FRAME_SIZE -> {
        if (value < Frames.MAX_SIZE || value > 0xff_ffff) {
          return broken(ErrorCode.PROTOCOL_ERROR, "the largest frame is not 2^14 to 2^24-1");
        }
      }
      default -> {}
    }
    handler.setting(id, value);
    return true;
  }

  private void windowUpdate(ByteBuf in, int length, int stream) {
    if (length != 4) {
      broken(ErrorCode.FRAME_SIZE_ERROR, "WINDOW_UPDATE has 4 bytes");
      return;
    }
    int increment = in.readInt() & 0x7fff_ffff;
    if (increment > 0) {
      handler.windowUpdate(stream, increment);
    } else if (stream == 0) {
      broken(ErrorCode.PROTOCOL_ERROR, "a window is widened by nothing");
    } else {
      handler.streamError(stream, ErrorCode.PROTOCOL_ERROR);
    }
  }
}
