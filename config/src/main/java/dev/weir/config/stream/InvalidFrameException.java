package dev.weir.config.stream;

/// A frame that is refused: the peer that sent it is told why, and the stream ends.
public final class InvalidFrameException extends Exception {
  private static final long serialVersionUID = 1;

  /// @param message what is wrong, in one line without the frame's content
  public InvalidFrameException(String message) {
    super(message);
  }
}
