package dev.weir.proxy.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Needs;
import dev.weir.proxy.testkit.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Connections of clients on epoll.
class AcceptedChannelTest {
  private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private EventLoops loops;
  private Loop loop;
  private Wire client;
  private Channel channel;

  @BeforeEach
  void connect() throws Exception {
    Needs.that(Transport.detect() == Transport.EPOLL, "epoll");
    loops = EventLoops.start(Transport.EPOLL, 1);
    loop = loops.data().all().getFirst();
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ServerChannel listening = Transport.EPOLL.newServerChannel(loop, address, 16);
    listening.pipeline().addLast(new Accepting());
    loop.eventLoop().register(listening).sync();
    listening.bind(address).sync();
    client = Wire.connect(((InetSocketAddress) listening.localAddress()).getPort());
    channel = accepted.poll(10, TimeUnit.SECONDS);
    assertNotNull(channel);
  }

  @AfterEach
  void stop() throws Exception {
    if (loops != null) {
      client.close();
      loops.stop(Duration.ofSeconds(5));
    }
  }

  @Test
  void theListeningSocketHandsItsOptionsDown() throws Exception {
    var socket = RawSocket.of(channel);
    assertNotNull(socket);
    assertTrue(socket.isTcpNoDelay());
    assertTrue(socket.isKeepAlive());
    assertEquals(client.socket().getLocalSocketAddress(), channel.remoteAddress());
    assertEquals(client.socket().getRemoteSocketAddress(), channel.localAddress());
  }

  @Test
  void itReadsWhenItIsAskedAndNothingIsLostBeforeThat() throws Exception {
    client.send("one");
    channel.read();
    sees("one");
    client.send("two");
    client.endOutput();
    client.expectSilence(Duration.ofMillis(100));
    assertTrue(seen.isEmpty(), "nobody asked");
    channel.read();
    sees("two");
    channel.read();
    sees("end");
    assertTrue(channel.isActive());
    channel.writeAndFlush(text("still there")).sync();
    client.expect("still there");
  }

  @Test
  void whatFillsSeveralReadsComesAsOftenAsItIsAsked() throws Exception {
    client.send("x".repeat(3 * ReadBuffers.SPARE_SIZE));
    int length = 0;
    while (length < 3 * ReadBuffers.SPARE_SIZE) {
      channel.read();
      length += next().length();
    }
    assertEquals(3 * ReadBuffers.SPARE_SIZE, length);
  }

  @Test
  void withoutHalfClosureTheEndOfTheClientIsTheEnd() throws Exception {
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    client.endOutput();
    channel.read();
    sees("closed");
    client.expectClosed();
  }

  @Test
  void aResetIsNoticedWhenNobodyReads() throws Exception {
    client.reset();
    sees("broken");
    sees("closed");
    assertFalse(channel.isOpen());
  }

  @Test
  void whatTheSocketDoesNotTakeGoesWhenThereIsRoom() throws Exception {
    var large = "y".repeat(8 << 20);
    var written = channel.writeAndFlush(text(large));
    channel.write(text("and "));
    channel.writeAndFlush(text("more"));
    assertFalse(written.await(100), "nobody reads yet");
    assertEquals(large, client.read(large.length()));
    client.expect("and more");
    assertTrue(written.await(10_000) && written.isSuccess());
  }

  private void sees(String expected) throws InterruptedException {
    assertEquals(expected, next());
  }

  private String next() throws InterruptedException {
    String found = seen.poll(10, TimeUnit.SECONDS);
    assertNotNull(found, "nothing came");
    return found;
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private final class Accepting extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      var channel = (Channel) message;
      channel.config().setAutoRead(false);
      channel.config().setAllocator(loops.allocator());
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      channel.pipeline().addLast(new Recording());
      loop.eventLoop().register(channel).addListener(done -> accepted.add(channel));
    }
  }

  private final class Recording extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      var bytes = (ByteBuf) message;
      seen.add(bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        seen.add("end");
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      seen.add("broken");
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      seen.add("closed");
    }
  }
}
