package dev.weir.proxy.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Transport;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdminServerTest {
  private static final InetSocketAddress ANYWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  @TempDir Path directory;
  private EventLoops loops = EventLoops.start(Transport.detect(), 1);

  @AfterEach
  void stop() throws InterruptedException {
    loops.stop(Duration.ofSeconds(1));
  }

  @Test
  void pagesAreServedOverOneConnectionAndNothingElseIs() throws Exception {
    try (var server = AdminServer.onTcp(loops, ANYWHERE, null);
        var client = Wire.connect(server.port())) {
      assertEquals(503, client.get("/live").readResponse().head().status());
      server.serve(Map.of("/live", () -> Page.Reply.text(200, "alive")));
      assertEquals("alive\n", client.get("/live?x=1").readResponse().body());
      assertEquals(404, client.get("/state").readResponse().head().status());
      client.send("POST /live HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
      assertEquals(405, client.readResponse().head().status());
    }
  }

  @Test
  void aTokenIsAskedForWhereThereIsOne() throws Exception {
    try (var server = AdminServer.onTcp(loops, ANYWHERE, "secret");
        var client = Wire.connect(server.port())) {
      server.serve(Map.of("/state", () -> Page.Reply.text(200, "{}")));
      assertEquals(401, client.get("/state").readResponse().head().status());
      assertEquals(
          401, client.get("/state", "Authorization: Bearer guess").readResponse().head().status());
      assertEquals(
          200, client.get("/state", "Authorization: Bearer secret").readResponse().head().status());
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aSocketFileOfADeadProcessIsReplacedAndThatOfALivingOneIsNot(Transport transport)
      throws Exception {
    loops.stop(Duration.ZERO);
    loops = EventLoops.start(transport, 1);
    Path file = directory.resolve("admin.sock");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(file))
        .close();
    assertTrue(Files.exists(file), "left behind");
    try (var server = AdminServer.onSocket(loops, file)) {
      assertTrue(Files.exists(file));
      assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      var problem = assertThrows(IOException.class, () -> AdminServer.onSocket(loops, file));
      assertTrue(problem.getMessage().contains("in use"), problem::getMessage);
      server.serve(Map.of());
    }
    assertFalse(Files.exists(file));
    Files.writeString(file, "not ours");
    assertThrows(IOException.class, () -> AdminServer.onSocket(loops, file));
    assertEquals("not ours", Files.readString(file));
  }
}
