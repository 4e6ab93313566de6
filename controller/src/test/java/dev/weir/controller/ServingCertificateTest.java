package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The stream with a certificate that somebody else makes: proxies, replicas, renewal; against the
/// mock API server, or the real one of `WEIR_TEST_KUBECONFIG`.
class ServingCertificateTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private ControlPlane plane;
  private Authority authority;
  private Path mounted;

  @BeforeEach
  void start() throws Exception {
    plane = ControlPlane.withoutController(directory);
    authority = Authority.named("cert-manager");
    mounted = Files.createDirectory(directory.resolve("serving"));
    mount(certificate());
  }

  @AfterEach
  void stop() throws Exception {
    plane.close();
  }

  private X509Bundle certificate() throws Exception {
    return authority.server("127.0.0.1", "localhost", "spiffe://weir.dev/controller");
  }

  private void mount(X509Bundle certificate) throws IOException {
    Files.writeString(mounted.resolve("tls.crt"), certificate.getCertificatePathPEM());
    Files.writeString(mounted.resolve("tls.key"), certificate.getPrivateKeyPEM());
    Files.writeString(mounted.resolve("ca.crt"), authority.pem());
  }

  private String[] flags() {
    return new String[] {"--proxy-mode", "external", "--serving-certificate", mounted.toString()};
  }

  private BigInteger shown() throws Exception {
    try (var socket =
        (SSLSocket)
            authority
                .trusting()
                .getSocketFactory()
                .createSocket("127.0.0.1", plane.controller().streamPort())) {
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
    }
  }

  @Test
  void proxiesAndReplicasTakeItAndARenewedOneCutsNoStream() throws Exception {
    plane.startController(flags());
    Controller follower = plane.startReplica(flags());
    Path ca = directory.resolve("ca.crt");
    Files.writeString(ca, Files.readString(ca) + authority.pem());
    try (var proxy = plane.simulated(plane.controller().streamPort(), "edge", "one", null)) {
      Await.until("a proxy", LONG, proxy::connected);
      Await.until(
          "a replica",
          LONG,
          () ->
              LoadClient.fetch(plane.controller().healthPort(), "/metrics")
                      .contains("weir_controller_followers 1\n")
                  || LoadClient.fetch(follower.healthPort(), "/metrics")
                      .contains("weir_controller_followers 1\n"));

      X509Bundle renewed = certificate();
      mount(renewed);
      BigInteger wanted = renewed.getCertificate().getSerialNumber();
      Await.until("the renewed one", LONG, () -> shown().equals(wanted));
      assertTrue(proxy.connected());
      assertEquals(1, proxy.versions.size(), "the stream was not cut");
    } finally {
      follower.stop();
    }
  }

  @Test
  void withoutTheFilesTheControllerDoesNotStart() throws IOException {
    Files.delete(mounted.resolve("ca.crt"));
    var problem = assertThrows(IOException.class, () -> plane.startController(flags()));
    assertTrue(problem.getMessage().contains("ca.crt"), problem.getMessage());
  }
}
