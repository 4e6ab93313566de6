package dev.weir.proxy.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.net.RawSocket.Result;
import dev.weir.proxy.testkit.Needs;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Sockets taken off their channels, and pipes to go with them.
class RawSocketTest {
  private EventLoops loops;
  private Loop loop;
  private ServerSocket listening;
  private Socket peer;
  private RawSocket raw;
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

  @BeforeEach
  void connect() throws Exception {
    Needs.that(Transport.detect() == Transport.EPOLL, "epoll");
    loops = EventLoops.start(Transport.EPOLL, 1);
    loop = loops.data().all().getFirst();
    listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    var sockets = new OriginSockets(Transport.EPOLL, loops.allocator());
    var address = (InetSocketAddress) listening.getLocalSocketAddress();
    var channel = sockets.connect(loop, address, Duration.ofSeconds(5)).sync().channel();
    peer = listening.accept();
    channel.deregister().sync();
    raw = on(() -> RawSocket.attach(channel, loop, new Recorder()));
  }

  @AfterEach
  void stop() throws Exception {
    if (loops != null) {
      peer.close();
      listening.close();
      loops.stop(Duration.ofSeconds(5));
    }
  }

  @Test
  void bytesGoThroughAPipeAndTheEndIsToldFromSilence() throws Exception {
    var pipe = on(() -> loop.pipes().borrow());
    assertEquals(Result.BLOCKED, on(() -> raw.receive(pipe)));
    send("hello");
    assertEquals(Result.MOVED, on(() -> raw.receive(pipe)));
    assertEquals(5, pipe.filled());
    assertEquals(Result.MOVED, on(() -> raw.send(pipe)));
    assertEquals(0, pipe.filled());
    assertEquals("hello", read(5));
    assertEquals(Result.BLOCKED, on(() -> raw.receive(pipe)));
    events.clear();
    peer.shutdownOutput();
    awaitEvent("ready");
    assertEquals(Result.IMPOSSIBLE, on(() -> raw.receive(pipe)), "a plain read must tell");
    var buffer = loops.allocator().directBuffer(16, 16);
    assertEquals(Result.ENDED, on(() -> raw.receive(buffer)));
    buffer.release();
    on(() -> give(pipe));
  }

  @Test
  void whatIsInAPipeCanBeCopiedOutOfIt() throws Exception {
    var pipe = on(() -> loop.pipes().borrow());
    send("hello");
    assertEquals(Result.MOVED, on(() -> raw.receive(pipe)));
    var copy = on(() -> pipe.drain(loops.allocator()));
    assertEquals("hello", copy.toString(StandardCharsets.US_ASCII));
    assertEquals(0, pipe.filled());
    copy.release();
    on(() -> give(pipe));
  }

  @Test
  void aKernelThatRefusesIsNotAskedAgain() throws Exception {
    var nothing = FileDescriptor.from("/dev/null");
    var noPipe = new Pipe(nothing, nothing);
    send("hello");
    assertTrue(loop.pipes().usable());
    assertEquals(Result.IMPOSSIBLE, on(() -> raw.receive(noPipe)));
    assertFalse(loop.pipes().usable());
    assertNull(on(() -> loop.pipes().borrow()));
    var buffer = loops.allocator().directBuffer(16, 16);
    assertEquals(Result.MOVED, on(() -> raw.receive(buffer)), "nothing is lost");
    assertEquals("hello", buffer.toString(StandardCharsets.US_ASCII));
    buffer.release();
    noPipe.close();
  }

  @Test
  void thereAreOnlySoManyPipes() throws Exception {
    var lent = new LinkedBlockingQueue<Pipe>();
    for (var i = 0; i < Pipes.MOST; i++) {
      lent.add(on(() -> loop.pipes().borrow()));
    }
    assertNull(on(() -> loop.pipes().borrow()));
    on(() -> give(lent.remove()));
    lent.add(on(() -> loop.pipes().borrow()));
    while (!lent.isEmpty()) {
      on(() -> give(lent.remove()));
    }
  }

  private boolean give(Pipe pipe) {
    loop.pipes().giveBack(pipe);
    return true;
  }

  private void send(String text) throws Exception {
    events.clear();
    peer.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    awaitEvent("ready");
  }

  private String read(int count) throws IOException {
    return new String(peer.getInputStream().readNBytes(count), StandardCharsets.US_ASCII);
  }

  private void awaitEvent(String wanted) throws InterruptedException {
    assertEquals(wanted, events.poll(10, TimeUnit.SECONDS));
  }

  private <T> T on(Callable<T> action) throws Exception {
    return loop.eventLoop().submit(action).get(10, TimeUnit.SECONDS);
  }

  private final class Recorder implements RawSocket.Owner {
    @Override
    public void ready(RawSocket socket) {
      if (socket.readable()) {
        events.add("ready");
      }
    }

    @Override
    public void failed(RawSocket socket) {
      events.add("failed");
    }

    @Override
    public void stopped() {
      events.add("stopped");
    }
  }
}
