package dev.weir.proxy.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Reads HTTP/1 messages off a socket, strictly: what it does not understand is an exception, never
/// a guess.
final class HttpInput {
  private static final int MAX_LINE = 128 * 1024;
  private final InputStream in;

  HttpInput(InputStream in) {
    this.in = new BufferedInputStream(in, 64 * 1024);
  }

  InputStream raw() {
    return in;
  }

  /// The next head; null when the peer ended before its first byte.
  @Nullable Head readHead() throws IOException {
    var start = readLine(true);
    if (start == null) {
      return null;
    }
    var fields = new ArrayList<Head.Field>();
    while (true) {
      var line = requireLine("a header");
      if (line.isEmpty()) {
        return new Head(start, fields);
      }
      var colon = line.indexOf(':');
      if (colon <= 0) {
        throw new IOException("not a header line: " + line);
      }
      fields.add(new Head.Field(line.substring(0, colon), line.substring(colon + 1).strip()));
    }
  }

  /// The body of a request with that head.
  InputStream requestBody(Head head) {
    if (head.chunked()) {
      return new Chunked();
    }
    return new Counted(Math.max(0, head.contentLength()));
  }

  /// The body of a response with that head to a request of that method.
  InputStream responseBody(Head head, String method) {
    var status = head.status();
    if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
      return InputStream.nullInputStream();
    }
    if (head.chunked()) {
      return new Chunked();
    }
    return head.contentLength() >= 0 ? new Counted(head.contentLength()) : in;
  }

  private String requireLine(String what) throws IOException {
    var line = readLine(false);
    if (line == null) {
      throw new EOFException("ended inside " + what);
    }
    return line;
  }

  private @Nullable String readLine(boolean endAllowed) throws IOException {
    var line = new ByteArrayOutputStream(128);
    while (true) {
      var next = in.read();
      if (next < 0) {
        if (endAllowed && line.size() == 0) {
          return null;
        }
        throw new EOFException("ended after " + line.toString(StandardCharsets.ISO_8859_1));
      }
      if (next == '\n') {
        var text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      }
      if (line.size() > MAX_LINE) {
        throw new IOException("line longer than " + MAX_LINE);
      }
      line.write(next);
    }
  }

  private final class Counted extends InputStream {
    private long left;

    Counted(long length) {
      left = length;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      var count = in.read(into, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("body cut, " + left + " bytes missing");
      }
      left -= count;
      return count;
    }
  }

  private final class Chunked extends InputStream {
    private long left;
    private boolean started;
    private boolean ended;

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left == 0 && !ended) {
        nextChunk();
      }
      if (ended) {
        return -1;
      }
      var count = in.read(into, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("chunked body cut inside a chunk");
      }
      left -= count;
      return count;
    }

    private void nextChunk() throws IOException {
      if (started && !requireLine("a chunk").isEmpty()) {
        throw new IOException("no line end after a chunk");
      }
      started = true;
      var size = requireLine("a chunk size");
      var semicolon = size.indexOf(';');
      left = Long.parseLong(semicolon < 0 ? size : size.substring(0, semicolon), 16);
      if (left == 0) {
        ended = true;
        while (!requireLine("trailers").isEmpty()) {
          continue;
        }
      }
    }
  }
}
