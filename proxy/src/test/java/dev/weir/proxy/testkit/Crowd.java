package dev.weir.proxy.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Many connections at once that say little and read nothing unless asked. Not safe for use from
/// several threads.
public final class Crowd implements AutoCloseable {
  private final List<Member> members = new ArrayList<>();
  private final ByteBuffer scratch = ByteBuffer.allocate(4096);

  private static final class Member {
    private final SocketChannel channel;
    private String heard = "";
    private boolean closed;

    private Member(SocketChannel channel) {
      this.channel = channel;
    }
  }

  private Crowd() {}

  /// Opens connections to a port of 127.0.0.1, each of which says `hello`.
  ///
  /// @param receiveBuffer bytes of the socket's own buffer; 0 for what the system has
  public static Crowd of(int count, int port, String hello, int receiveBuffer) throws IOException {
    var crowd = new Crowd();
    try {
      for (int i = 0; i < count; i++) {
        crowd.join(port, hello, receiveBuffer);
      }
    } catch (IOException e) {
      crowd.close();
      throw e;
    }
    return crowd;
  }

  private void join(int port, String hello, int receiveBuffer) throws IOException {
    var channel = SocketChannel.open();
    members.add(new Member(channel));
    if (receiveBuffer > 0) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
    }
    channel.connect(new InetSocketAddress("127.0.0.1", port));
    channel.configureBlocking(false);
    channel.write(bytes(hello));
  }

  /// Everybody who is still connected says that. What a full socket does not take is lost.
  public void say(String text) {
    for (var member : members) {
      if (!member.closed) {
        try {
          member.channel.write(bytes(text));
        } catch (IOException closed) {
          hear(member);
          member.closed = true;
        }
      }
    }
  }

  /// Reads what came, and says how many connections have ended by now.
  public int ended() {
    for (var member : members) {
      hear(member);
    }
    return (int) members.stream().filter(member -> member.closed).count();
  }

  /// Waits until all have ended; every `pace` those that have not say `text`.
  public void awaitEnded(Duration deadline, String text) {
    Await.until(
        "all " + members.size() + " are closed",
        deadline,
        () -> {
          int ended = ended();
          if (!text.isEmpty()) {
            say(text);
          }
          return ended == members.size();
        });
  }

  /// How many heard a response with that status first.
  public long answered(int status) {
    return members.stream().filter(m -> m.heard.startsWith("HTTP/1.1 " + status + " ")).count();
  }

  private void hear(Member member) {
    try {
      while (!member.closed) {
        int count = member.channel.read(scratch.clear());
        if (count <= 0) {
          member.closed = count < 0;
          return;
        }
        if (member.heard.isEmpty()) {
          member.heard = new String(scratch.array(), 0, count, StandardCharsets.ISO_8859_1);
        }
      }
    } catch (IOException reset) {
      member.closed = true;
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public void close() throws IOException {
    for (var member : members) {
      member.channel.close();
    }
  }
}
