package dev.weir.proxy.accesslog;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Where access log lines end up.
public sealed interface LogTarget {

  /// The process's standard output.
  record Stdout() implements LogTarget {}

  /// The process's standard error.
  record Stderr() implements LogTarget {}

  /// A file that is appended to, and opened again when it was rotated.
  record File(Path path) implements LogTarget {}

  /// `stdout`, `stderr`, or the path of a file.
  static LogTarget parse(String text) {
    return switch (text) {
      case "stdout" -> new Stdout();
      case "stderr" -> new Stderr();
      default -> new File(Path.of(text));
    };
  }

  /// Opens it.
  default WritableByteChannel open() throws IOException {
    return switch (this) {
      case Stdout() -> new FileOutputStream(FileDescriptor.out).getChannel();
      case Stderr() -> new FileOutputStream(FileDescriptor.err).getChannel();
      case File(Path path) ->
          FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    };
  }
}
