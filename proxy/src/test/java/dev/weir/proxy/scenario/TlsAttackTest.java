package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSslCertificateCompressionAlgorithm;
import io.netty.handler.ssl.OpenSslCertificateCompressionConfig;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that speak TLS badly, slowly, in pieces or in crowds, and certificates that change all
/// the time.
class TlsAttackTest {
  private static final byte[] NOT_TLS = {21, 3, 3, 0, 2, 2, 70};
  private static final byte[] TOO_LARGE = {21, 3, 3, 0, 2, 2, 47};
  private static final byte[] MALFORMED = {21, 3, 3, 0, 2, 2, 50};

  private final int port = Ports.free();
  @TempDir private Path directory;
  private String patience = "5s";

  @Test
  void whatIsNoClientHelloGetsAnAlertAndIsCounted() throws Exception {
    Authority authority = Authority.named("weir test");
    try (var origin = Origin.start("s1");
        var proxy = start(authority, origin)) {
      alert("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII), NOT_TLS);
      alert(record(new byte[] {1, 1, 0, 0}), TOO_LARGE);
      alert(record(new byte[] {1, 0, 0, 4, 3, 3, 0, 0}), MALFORMED);
      alert(record(new byte[] {2, 0, 0, 4, 3, 3, 0, 0}), NOT_TLS);
      byte[] hello = hello(authority);
      byte[] wrong = hello.clone();
      wrong[wrong.length - 1] ^= 1;
      wrong[5 + 4 + 2 + 32] = (byte) 0xff;
      alert(wrong, MALFORMED);
      try (var silent = Wire.connect(port);
          var half = Wire.connect(port)) {
        half.send(Arrays.copyOf(hello, hello.length / 2));
        silent.expectClosed();
        half.expectClosed();
      }
      Await.until(
          "all are counted",
          () -> {
            PrometheusPage page = PrometheusPage.parse(proxy.health("/metrics"));
            return page.value(handshakes("not_tls")) == 2
                && page.value(handshakes("hello_too_large")) == 1
                && page.value(handshakes("bad_hello")) == 2
                && page.value(handshakes("timeout")) == 2;
          });
      assertFalse(proxy.logged("Exception"));
    }
  }

  @Test
  void aClientHelloInTheSmallestPiecesIsUnderstood() throws Exception {
    Authority authority = Authority.named("weir test");
    try (var origin = Origin.start("s1");
        var _ = start(authority, origin)) {
      byte[] hello = hello(authority);
      var pieces = new ByteArrayOutputStream();
      for (int i = 5; i < hello.length; i++) {
        pieces.writeBytes(record(new byte[] {hello[i]}));
      }
      try (var wire = Wire.connect(port)) {
        byte[] all = pieces.toByteArray();
        for (int at = 0; at < all.length; at += 7) {
          wire.send(Arrays.copyOfRange(all, at, Math.min(all.length, at + 7)));
        }
        assertEquals(22, wire.socket().getInputStream().read(), "a handshake record");
      }
    }
  }

  @Test
  void aCrowdThatOnlyBeginsHandshakesCostsNoMemoryAndOthersAreServed() throws Exception {
    Authority authority = Authority.named("weir test");
    patience = "60s";
    try (var origin = Origin.start("s1");
        var proxy = start(authority, origin)) {
      byte[] hello = hello(authority);
      fetch(authority.trusting());
      long before = proxy.residentMemory();
      var crowd = new ArrayList<Wire>();
      for (int i = 0; i < 300; i++) {
        crowd.add(Wire.connect(port).send(hello));
      }
      fetch(authority.trusting());
      assertTrue(proxy.residentMemory() - before < 64L << 20, "less than 64 MiB for 300");
      for (Wire wire : crowd) {
        wire.close();
      }
      Await.until(
          "all are counted",
          () -> PrometheusPage.parse(proxy.health("/metrics")).value(handshakes("closed")) == 300);
    }
  }

  @Test
  void certificatesAreNeverCompressed() throws Exception {
    Authority authority = Authority.named("weir test");
    try (var origin = Origin.start("s1");
        var _ = start(authority, origin)) {
      var unpacked = new AtomicInteger();
      var offer =
          OpenSslCertificateCompressionConfig.newBuilder()
              .addAlgorithm(
                  new Unpacking(unpacked),
                  OpenSslCertificateCompressionConfig.AlgorithmMode.Decompress)
              .build();
      var context =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.OPENSSL)
              .trustManager(InsecureTrustManagerFactory.INSTANCE)
              .option(OpenSslContextOption.CERTIFICATE_COMPRESSION_ALGORITHMS, offer)
              .build();
      assertEquals("TLSv1.3", agreed(context));
      assertEquals(0, unpacked.get());
    }
  }

  /// Counts how often it is asked.
  private record Unpacking(AtomicInteger times) implements OpenSslCertificateCompressionAlgorithm {
    @Override
    public byte[] compress(SSLEngine engine, byte[] certificate) {
      return certificate;
    }

    @Override
    public byte[] decompress(SSLEngine engine, int length, byte[] certificate) {
      times.incrementAndGet();
      return certificate;
    }

    @Override
    public int algorithmId() {
      return 1;
    }
  }

  /// The version of TLS that is agreed on with a client of Netty.
  private String agreed(SslContext context) throws Exception {
    var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      var version = new CompletableFuture<String>();
      new Bootstrap()
          .group(group)
          .channel(NioSocketChannel.class)
          .handler(
              new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                  var tls = context.newHandler(channel.alloc());
                  channel.pipeline().addLast(tls);
                  tls.handshakeFuture()
                      .addListener(
                          done -> version.complete(tls.engine().getSession().getProtocol()));
                }
              })
          .connect("127.0.0.1", port)
          .sync()
          .channel()
          .closeFuture();
      return version.get(10, TimeUnit.SECONDS);
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
      ReferenceCountUtil.release(context);
    }
  }

  @Test
  void theTlsOfTheJdkServesWhereTheLibraryDoesNotLoad() throws Exception {
    Authority authority = Authority.named("weir test");
    try (var origin = Origin.start("s1");
        var proxy = start(authority, origin, "-Dio.netty.handler.ssl.noOpenSsl=true")) {
      assertTrue(proxy.logged("BoringSSL cannot be used"));
      fetch(authority.trusting());
      alert("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII), NOT_TLS);
    }
  }

  private void alert(byte[] bytes, byte[] wanted) throws IOException {
    try (var wire = Wire.connect(port)) {
      wire.send(bytes);
      byte[] got = wire.socket().getInputStream().readNBytes(wanted.length);
      assertEquals(Arrays.toString(wanted), Arrays.toString(got));
    }
  }

  private void fetch(SSLContext context) throws IOException {
    try (var wire = Wire.connect(port, context, null)) {
      assertEquals(200, wire.get("/").readResponse().status());
    }
  }

  /// A ClientHello in one record, as the JDK's client sends it.
  private static byte[] hello(Authority authority) throws Exception {
    SSLEngine engine = authority.trusting().createSSLEngine("a.weir.test", 443);
    engine.setUseClientMode(true);
    engine.beginHandshake();
    var out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  private static byte[] record(byte[] content) {
    byte[] record = new byte[5 + content.length];
    record[0] = 22;
    record[1] = 3;
    record[2] = 1;
    record[3] = (byte) (content.length >> 8);
    record[4] = (byte) content.length;
    System.arraycopy(content, 0, record, 5, content.length);
    return record;
  }

  private static String handshakes(String result) {
    return "weir_listener_tls_handshakes_total{listener=\"https\",load_balancer=\"default/web\","
        + "result=\"%s\"}".formatted(result);
  }

  private ProxyProcess start(Authority authority, Origin origin, String... jvm) throws Exception {
    Authority.write(directory.resolve("a.pem"), authority.server("a.weir.test"));
    Path file = directory.resolve("web.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener(
                    "https",
                    port,
                    "timeouts: {header: %s}".formatted(patience),
                    "tls: {certificates: [{file: {certificate: a.pem}}]}")),
            List.of(Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED))));
    return ProxyProcess.config(file).jvm(jvm).start();
  }
}
