package dev.weir.proxy.tls;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Finds the ClientHello in a client's first bytes, over as many records and reads as it comes in.
/// Takes nothing out of the buffer. Work is proportional to what was added. Used for one
/// connection.
public final class HelloReader {
  /// The longest ClientHello, in bytes: room for a key of post-quantum cryptography and a resumed
  /// session with a client's certificates in it.
  static final int MAX_HELLO = 16 * 1024;

  /// What may come before it is complete: a client may cut it into small records.
  static final int MAX_BYTES = 32 * 1024;

  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;
  private static final int MAX_RECORD = 16 * 1024;
  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;

  private byte @Nullable [] message;
  private final byte[] header = new byte[MESSAGE_HEADER];
  private int have;
  private int next;
  private int inRecord;

  /// What the bytes so far are.
  public enum Result {
    INCOMPLETE,
    COMPLETE,
    NOT_TLS,
    TOO_LARGE
  }

  /// Looks at what is new.
  ///
  /// @param bytes everything since the connection's first byte
  public Result read(ByteBuf bytes) {
    int start = bytes.readerIndex();
    int size = bytes.readableBytes();
    while (next < size) {
      if (inRecord == 0) {
        int begun = size - next;
        if (bytes.getUnsignedByte(start + next) != HANDSHAKE
            || begun > 1 && bytes.getUnsignedByte(start + next + 1) != 3) {
          return Result.NOT_TLS;
        }
        if (begun < RECORD_HEADER) {
          break;
        }
        inRecord = bytes.getUnsignedShort(start + next + 3);
        if (inRecord == 0 || inRecord > MAX_RECORD) {
          return Result.NOT_TLS;
        }
        next += RECORD_HEADER;
      } else {
        int take = take(bytes, start + next, Math.min(inRecord, size - next));
        if (take < 0) {
          return have > 0 && header[0] != CLIENT_HELLO ? Result.NOT_TLS : Result.TOO_LARGE;
        }
        next += take;
        inRecord -= take;
        byte[] hello = message;
        if (hello != null && have == MESSAGE_HEADER + hello.length) {
          return Result.COMPLETE;
        }
      }
    }
    return size > MAX_BYTES ? Result.TOO_LARGE : Result.INCOMPLETE;
  }

  /// The body of the ClientHello. To be called when it is complete.
  public byte[] hello() {
    byte[] complete = message;
    if (complete == null) {
      throw new IllegalStateException("not complete");
    }
    return complete;
  }

  /// Takes up to so many bytes of the message.
  ///
  /// @return how many; -1 when it is none that we read
  private int take(ByteBuf bytes, int at, int length) {
    if (have < MESSAGE_HEADER) {
      int part = Math.min(length, MESSAGE_HEADER - have);
      bytes.getBytes(at, header, have, part);
      have += part;
      if (header[0] != CLIENT_HELLO) {
        return -1;
      }
      if (have == MESSAGE_HEADER) {
        int size = (header[1] & 0xff) << 16 | (header[2] & 0xff) << 8 | header[3] & 0xff;
        if (size > MAX_HELLO) {
          return -1;
        }
        message = new byte[size];
      }
      return part;
    }
    byte[] body = message;
    if (body == null) {
      return -1;
    }
    int part = Math.min(length, MESSAGE_HEADER + body.length - have);
    bytes.getBytes(at, body, have - MESSAGE_HEADER, part);
    have += part;
    return part;
  }
}
