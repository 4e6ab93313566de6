package dev.weir.proxy.dns;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A DNS server over UDP for one test: answers A and AAAA questions about any name with the same
/// addresses.
final class FakeNameServer implements AutoCloseable {
  private static final int NXDOMAIN = 3;
  private static final int AAAA = 28;

  private final DatagramSocket socket;
  private final AtomicInteger questions = new AtomicInteger();
  private volatile List<String> addresses = List.of();
  private volatile int ttl = 1;
  private volatile boolean silent;

  FakeNameServer() throws IOException {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /// None means that there is no such name.
  void answer(int seconds, String... literals) {
    ttl = seconds;
    addresses = List.of(literals);
    silent = false;
  }

  void silent() {
    silent = true;
  }

  int questions() {
    return questions.get();
  }

  @Override
  public void close() {
    socket.close();
  }

  private void serve() {
    var buffer = new byte[512];
    while (!socket.isClosed()) {
      try {
        var packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        questions.incrementAndGet();
        if (!silent) {
          byte[] reply = reply(buffer, packet.getLength());
          socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private byte[] reply(byte[] query, int length) throws IOException {
    int end = 12;
    while (query[end] != 0) {
      end += query[end] + 1;
    }
    end += 5;
    int type = (query[end - 4] & 0xff) << 8 | query[end - 3] & 0xff;
    int size = type == AAAA ? 16 : 4;
    List<byte[]> answers =
        addresses.stream()
            .map(literal -> InetAddress.ofLiteral(literal).getAddress())
            .filter(bytes -> bytes.length == size)
            .toList();
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.write(query, 0, 2);
    out.writeShort(0x8180 | (addresses.isEmpty() ? NXDOMAIN : 0));
    out.writeShort(1);
    out.writeShort(answers.size());
    out.writeInt(0);
    out.write(query, 12, Math.min(end, length) - 12);
    for (byte[] answer : answers) {
      out.writeShort(0xc00c);
      out.writeShort(type);
      out.writeShort(1);
      out.writeInt(ttl);
      out.writeShort(size);
      out.write(answer);
    }
    return bytes.toByteArray();
  }
}
