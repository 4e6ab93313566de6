package dev.weir.proxy.http2;

import io.netty.buffer.ByteBuf;

/// Takes the frames of a connection, their form checked by [FrameReader], and judges what they
/// mean. Thread: the connection's loop.
interface FrameHandler {

  /// A DATA frame begins. All of its payload counts for flow control.
  ///
  /// @param length of the payload, padding included
  /// @param padding what of it is no data
  /// @param end whether it is the stream's last
  void dataStarts(int stream, int length, int padding, boolean end);

  /// Data of a frame that has begun; it comes in pieces, or in none when the frame is empty. To be
  /// taken out of the buffer, which remains the reader's.
  ///
  /// @param length how many bytes of the buffer belong to it
  /// @param end whether nothing more comes on this stream
  void data(int stream, ByteBuf in, int length, boolean end);

  /// A header block begins that goes on in another frame.
  void blockBegins();

  /// A whole header block.
  ///
  /// @param block holds it at `[0, length)`; only during the call
  void headers(int stream, byte[] block, int length, boolean end);

  /// A stream's priority, which nobody heeds (RFC 9113 section 5.3.2).
  void priority(int stream);

  /// The peer gives a stream up.
  void reset(int stream, int code);

  /// One of the peer's settings, its value in the range that it may have.
  void setting(int id, int value);

  /// All settings of a frame were told.
  void settingsEnd();

  /// The peer took our settings.
  void settingsAck();

  void ping(long data, boolean ack);

  /// The peer takes no more streams.
  void goAway(int lastStream, int code);

  /// The peer takes more bytes, of a stream or for 0 of the connection.
  ///
  /// @param increment from 1
  void windowUpdate(int stream, int increment);

  /// A frame of a kind that we do not know, or that says nothing.
  void ignored(int type);

  /// A frame that ends its stream.
  void streamError(int stream, ErrorCode code);

  /// What came is not HTTP/2: nothing more is read.
  void connectionError(ErrorCode code, String text);

  /// Whether frames are still wanted: asked between two of them.
  boolean reading();
}
