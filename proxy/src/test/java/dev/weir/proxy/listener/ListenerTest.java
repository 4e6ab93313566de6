package dev.weir.proxy.listener;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.BindConfig;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Transport;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Sockets of listeners, on every transport of this machine.
class ListenerTest {
  private final int port = Ports.free();
  private final BindConfig bind = new BindConfig("127.0.0.1", port);
  private final ConnectionLimit process = new ConnectionLimit(0);
  private final Set<Integer> loopsUsed = ConcurrentHashMap.newKeySet();
  private final AtomicInteger expired = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private List<Stage> stages = List.of();
  private Duration patience = Duration.ofSeconds(30);
  private EventLoops loops;

  @AfterEach
  void stop() throws InterruptedException {
    loops.stop(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aConnectionMeetsThePlanInForceAndTheOldOneKeepsWhatItHas(Transport transport)
      throws Exception {
    Listener listener = open(transport, "first", 0);
    try (var old = Wire.connect(port)) {
      old.expect("first");
      swap(listener, "second", 0);
      try (var young = Wire.connect(port)) {
        young.expect("second");
        old.send("x").expect("x");
      }
      Await.until("one is left", () -> listener.connections() == 1);
    }
    Await.until("none is left", () -> listener.connections() == 0);
    assertEquals(0, process.used());
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void allLoopsServe(Transport transport) throws Exception {
    open(transport, "x", 0);
    for (int i = 0; i < 64 && loopsUsed.size() < 2; i++) {
      try (var wire = Wire.connect(port)) {
        wire.expect("x");
      }
    }
    assertEquals(Set.of(0, 1), loopsUsed);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void theLimitIsNeverExceededAndWaitingClientsAreServedWhenThereIsRoom(Transport transport)
      throws Exception {
    Listener listener = open(transport, "x", 3);
    var wires = new ArrayList<Wire>();
    for (int i = 0; i < 12; i++) {
      wires.add(Wire.connect(port));
    }
    Await.until("full", () -> listener.connections() == 3);
    var most = new AtomicInteger();
    Await.until(
        "all are served",
        () -> {
          most.accumulateAndGet(listener.connections(), Math::max);
          for (Wire wire : List.copyOf(wires)) {
            if (wire.socket().getInputStream().available() > 0) {
              wires.remove(wire);
              wire.close();
            }
          }
          return wires.isEmpty();
        });
    assertEquals(3, most.get(), "the limit holds");
    Await.until("none is left", () -> listener.connections() == 0);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void theLimitOfTheProcessIsSharedByListeners(Transport transport) throws Exception {
    loops = EventLoops.start(transport, 2);
    var shared = new ConnectionLimit(2);
    var other = new BindConfig("127.0.0.1", Ports.free());
    Listener one = open(new Listener(bind, loops, shared), "one", 0);
    Listener two = open(new Listener(other, loops, shared), "two", 0);
    try (var a = Wire.connect(port);
        var b = Wire.connect(other.port())) {
      a.expect("one");
      b.expect("two");
      try (var c = Wire.connect(port)) {
        assertEquals(2, shared.used());
        a.close();
        c.expect("one");
      }
    }
    Await.until("none is left", () -> one.connections() + two.connections() == 0);
    assertEquals(0, shared.used());
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aRetiredListenerRefusesDrainsAndClosesWhatIsLeft(Transport transport) throws Exception {
    Listener listener = open(transport, "x", 0);
    try (var idle = Wire.connect(port)) {
      idle.expect("x");
      var gone = listener.retire(Duration.ofSeconds(3));
      idle.expect("drain");
      Await.until("refuses", () -> refuses(port));
      assertFalse(gone.isDone(), "a connection is left");
      idle.send("y").expect("y");
      idle.expectClosed();
      Await.until("gone", gone::isDone);
      assertEquals(0, listener.connections());
    }
    try (var free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertTrue(free.isBound());
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aPortOfAnotherProcessIsNamedAndTakenWhenItIsFree(Transport transport) throws Exception {
    loops = EventLoops.start(transport, 2);
    var listener = new Listener(bind, loops, process);
    try (var occupant = ServerSocketChannel.open()) {
      occupant.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      occupant.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      assertFalse(listener.open(false), "even one that would share it");
      assertEquals("port in use by another process", listener.error());
    }
    open(listener, "x", 0);
    assertTrue(listener.bound());
    try (var wire = Wire.connect(port)) {
      wire.expect("x");
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void anAddressOfAnotherHostIsNamed(Transport transport) {
    loops = EventLoops.start(transport, 1);
    var listener = new Listener(new BindConfig("192.0.2.1", port), loops, process);
    assertFalse(listener.open(false));
    assertEquals("address is not one of this host", listener.error());
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aStarIsEveryAddress(Transport transport) throws Exception {
    loops = EventLoops.start(transport, 2);
    open(new Listener(new BindConfig("*", port), loops, process), "x", 0);
    try (var wire = Wire.connect("127.0.0.1", port)) {
      wire.expect("x");
    }
    if (BindAddress.of(new BindConfig("*", 1)).getAddress() instanceof java.net.Inet6Address) {
      try (var wire = Wire.connect("::1", port)) {
        wire.expect("x");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void allLoopsServeAUnixSocketAndItsFileGoesWithIt(Transport transport, @TempDir Path directory)
      throws Exception {
    loops = EventLoops.start(transport, 2);
    Path file = directory.resolve("a.sock");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(file))
        .close();
    assertTrue(Files.exists(file), "as a dead process leaves it");
    Listener listener = open(new Listener(onSocket(file), loops, process), "x", 0);
    assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    for (int i = 0; i < 8; i++) {
      greeted(file);
    }
    assertEquals(Set.of(0, 1), loopsUsed);
    var second = new Listener(onSocket(file), loops, process);
    assertFalse(second.open(false));
    assertEquals(file + " is in use by another process", second.error());
    greeted(file);
    var gone = listener.retire(Duration.ZERO);
    Await.until("gone", gone::isDone);
    assertFalse(Files.exists(file));
    open(second, "y", 0);
    second.retire(Duration.ZERO);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void theLimitHoldsOnAUnixSocketToo(Transport transport, @TempDir Path directory)
      throws Exception {
    loops = EventLoops.start(transport, 2);
    Path file = directory.resolve("a.sock");
    Listener listener = open(new Listener(onSocket(file), loops, process), "x", 1);
    try (var first = SocketChannel.open(UnixDomainSocketAddress.of(file));
        var second = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      assertEquals("x", read(first));
      assertEquals(1, listener.connections());
      first.close();
      assertEquals("x", read(second));
    }
    Await.until("none is left", () -> listener.connections() == 0);
  }

  @ParameterizedTest
  @EnumSource(value = Transport.class, names = "EPOLL")
  void aFileThatSomebodyElsePutThereIsLeftAlone(Transport transport, @TempDir Path directory)
      throws Exception {
    loops = EventLoops.start(transport, 2);
    Path file = directory.resolve("a.sock");
    Listener listener = open(new Listener(onSocket(file), loops, process), "x", 0);
    Files.delete(file);
    Files.writeString(file, "mine");
    Await.until("gone", listener.retire(Duration.ZERO)::isDone);
    assertEquals("mine", Files.readString(file));
    var second = new Listener(onSocket(file), loops, process);
    assertFalse(second.open(false));
    assertEquals(file + " is there and is not a socket", second.error());
    assertEquals("mine", Files.readString(file));
  }

  private static BindConfig onSocket(Path file) {
    return new BindConfig("unix:" + file, 0);
  }

  private static void greeted(Path file) throws IOException {
    try (var client = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      assertEquals("x", read(client));
    }
  }

  private static String read(SocketChannel client) throws IOException {
    var buffer = ByteBuffer.allocate(1);
    client.read(buffer);
    return new String(buffer.array(), StandardCharsets.US_ASCII);
  }

  private Listener open(Transport transport, String greeting, int limit) throws Exception {
    loops = EventLoops.start(transport, 2);
    return open(new Listener(bind, loops, process), greeting, limit);
  }

  private Listener open(Listener listener, String greeting, int limit) throws Exception {
    assertTrue(listener.open(false), () -> String.valueOf(listener.error()));
    swap(listener, greeting, limit);
    listener.accept();
    return listener;
  }

  private void swap(Listener listener, String greeting, int limit) throws Exception {
    var settings = new ListenerSettings(new Greeting(greeting), limit, 0, Duration.ofSeconds(5));
    for (var loop : loops.data().all()) {
      loop.eventLoop().submit(() -> listener.swapOn(loop.index(), settings)).sync();
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aConnectionPassesItsStagesAndMeetsThePlanInForceThen(Transport transport) throws Exception {
    stages = List.of(new Password('a'), new Password('b'));
    Listener listener = open(transport, "first", 0);
    try (var wire = Wire.connect(port)) {
      wire.send("a");
      Await.until("it is counted", () -> listener.connections() == 1);
      swap(listener, "second", 0);
      wire.send("brest").expect("second").expect("rest");
    }
    Await.until("none is left", () -> listener.connections() == 0);
    assertEquals(0, expired.get() + closed.get());
    assertEquals(0, process.used());
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void whoDoesNotPassInTimeIsClosedAndWhoLeavesIsCounted(Transport transport) throws Exception {
    stages = List.of(new Password('a'), new Password('b'));
    patience = Duration.ofMillis(300);
    Listener listener = open(transport, "x", 0);
    try (var silent = Wire.connect(port);
        var half = Wire.connect(port)) {
      half.send("a");
      silent.expectClosed();
      half.expectClosed();
      assertEquals(2, expired.get());
    }
    try (var wrong = Wire.connect(port)) {
      wrong.send("ax").expectClosed();
    }
    Await.until("none is left", () -> listener.connections() == 0);
    assertEquals(3, closed.get());
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aListenerThatDrainsTellsWhoIsInAStageAsSoonAsItIsThrough(Transport transport)
      throws Exception {
    stages = List.of(new Password('a'));
    Listener listener = open(transport, "x", 0);
    try (var wire = Wire.connect(port)) {
      Await.until("it is counted", () -> listener.connections() == 1);
      var gone = listener.retire(Duration.ofSeconds(5));
      wire.send("a").expect("x").expect("drain");
      wire.close();
      gone.get();
    }
    assertEquals(0, process.used());
  }

  /// Lets those pass whose next byte is the right one.
  private final class Password implements Stage {
    private final char wanted;

    Password(char wanted) {
      this.wanted = wanted;
    }

    @Override
    public Attempt begin(Arrival arrival, Passage passage) {
      arrival.channel().config().setAutoRead(true);
      passage.add(
          new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
              var bytes = (ByteBuf) message;
              if (bytes.readByte() != wanted) {
                bytes.release();
                ctx.close();
                return;
              }
              passage.pass(arrival);
              if (bytes.isReadable()) {
                ctx.fireChannelRead(bytes);
              } else {
                bytes.release();
              }
              ctx.pipeline().remove(this);
            }
          });
      return new Attempt() {
        @Override
        public void expired() {
          expired.incrementAndGet();
          arrival.channel().close();
        }

        @Override
        public void closed() {
          closed.incrementAndGet();
        }
      };
    }
  }

  private static boolean refuses(int port) {
    try (var wire = Wire.connect(port)) {
      return !wire.socket().isConnected();
    } catch (IOException e) {
      return true;
    }
  }

  /// Greets, then echoes until the client ends.
  private final class Greeting implements ListenerPlan {
    private final String text;
    private final PerLoopTraffic traffic = new PerLoopTraffic(loops.data().size());

    Greeting(String text) {
      this.text = text;
    }

    @Override
    public String loadBalancer() {
      return "ns/lb";
    }

    @Override
    public PerLoopTraffic traffic() {
      return traffic;
    }

    @Override
    public String listener() {
      return "test";
    }

    @Override
    public List<Stage> stages() {
      return stages;
    }

    @Override
    public boolean announced() {
      return false;
    }

    @Override
    public Duration patience() {
      return patience;
    }

    @Override
    public LiveConnection accept(Arrival arrival, LoopListener listener) {
      Channel channel = arrival.channel();
      loopsUsed.add(listener.loop().index());
      channel.pipeline().addLast(new Echo());
      channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
      channel.config().setAutoRead(true);
      var connection =
          new LiveConnection() {
            @Override
            public void drain() {
              channel.writeAndFlush(Unpooled.copiedBuffer("drain", StandardCharsets.US_ASCII));
            }

            @Override
            public void close() {
              channel.close();
            }
          };
      channel
          .closeFuture()
          .addListener(closed -> channel.eventLoop().execute(() -> listener.closed(connection)));
      return connection;
    }
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ctx.writeAndFlush(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownEvent.INSTANCE) {
        ctx.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
