package dev.weir.controller.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.weir.proxy.testkit.Authority;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a [ServingCertificate] makes of files that change.
class ServingFilesTest {
  @TempDir private Path directory;
  private final AtomicInteger told = new AtomicInteger();
  private Authority authority;
  private ServingCertificate serving;

  @BeforeEach
  void mount() throws Exception {
    authority = Authority.named("somebody");
    write(authority.server("controller"));
    serving = new ServingCertificate(directory, told::incrementAndGet, Duration.ZERO);
  }

  private void write(X509Bundle certificate) throws IOException {
    Files.writeString(directory.resolve("tls.crt"), certificate.getCertificatePathPEM());
    Files.writeString(directory.resolve("tls.key"), certificate.getPrivateKeyPEM());
    Files.writeString(directory.resolve("ca.crt"), authority.pem());
  }

  @Test
  void whileFilesStayItIsTheSame() {
    assertSame(serving.current(), serving.current());
  }

  @Test
  void aKeyOfAnotherCertificateAndAMissingFileChangeNothing() throws Exception {
    var before = serving.current();
    Files.writeString(
        directory.resolve("tls.key"), authority.server("controller").getPrivateKeyPEM());
    assertSame(before, serving.current());
    Files.delete(directory.resolve("tls.crt"));
    assertSame(before, serving.current());

    X509Bundle renewed = authority.server("controller");
    write(renewed);
    assertNotSame(before, serving.current());
    assertEquals(renewed.getCertificate(), serving.current().chain().getFirst());
    assertEquals(0, told.get(), "the authority is the same");
  }

  @Test
  void anotherAuthorityIsTold() throws Exception {
    authority = Authority.named("another");
    write(authority.server("controller"));
    assertEquals(authority.pem(), serving.authoritiesPem());
    assertEquals(1, told.get());
  }
}
