package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.OpenSsl;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Session tickets of one proxy at another one, and at the same one after a restart.
class TlsTicketsTest {
  private static final String NAME = "a.weir.test";

  private final Random random = new Random(1);
  private final int port = Ports.free();
  private final int otherPort = Ports.free();
  @TempDir private Path directory;

  private String secret() {
    var bytes = new byte[48];
    random.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private Path manifest(int on, Origin origin) throws Exception {
    Authority authority = Authority.named("weir test");
    Path pem = directory.resolve("a.pem");
    if (!Files.exists(pem)) {
      Authority.write(pem, authority.server(NAME));
    }
    Path file = directory.resolve(on + ".yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener("https", on, "tls: {certificates: [{file: {certificate: a.pem}}]}")),
            List.of(Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED))));
    return file;
  }

  private boolean resumes(int at, String version, Path session) throws Exception {
    String said = OpenSsl.client(at, version, NAME, "-sess_in", session.toString());
    assertTrue(said.contains("HTTP/1.1 200"), said);
    return said.contains("Reused, ");
  }

  private Path session(int at, String version) throws Exception {
    Path session = directory.resolve("session");
    String said = OpenSsl.client(at, version, NAME, "-sess_out", session.toString());
    assertTrue(said.contains("HTTP/1.1 200"), said);
    return session;
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void proxiesThatShareSecretsResumeEachOthersSessions(String version) throws Exception {
    OpenSsl.needed();
    String first = secret();
    String second = secret();
    String third = secret();
    Path secrets = Files.writeString(directory.resolve("secrets"), first + "\n" + second + "\n");
    Path others = Files.writeString(directory.resolve("others"), first + "\n" + second + "\n");
    try (var origin = Origin.start("s1");
        var one =
            ProxyProcess.config(manifest(port, origin))
                .flags("--ticket-secrets-file", secrets.toString())
                .start();
        var other =
            ProxyProcess.config(manifest(otherPort, origin))
                .flags("--ticket-secrets-file", others.toString())
                .start()) {
      Path session = session(port, version);
      assertTrue(resumes(otherPort, version, session), "at the other");
      ConfigFile.replace(secrets, first + "\n" + second + "\n" + third + "\n");
      one.awaitLogged("session tickets have other secrets now: 3 of them");
      assertTrue(resumes(port, version, session), "made before the rotation");
      Path rotated = session(port, version);
      assertTrue(resumes(otherPort, version, rotated), "made with a secret that is next there");
      ConfigFile.replace(others, "nonsense\n");
      other.awaitLogged("secrets of session tickets stay as they were");
      assertTrue(resumes(otherPort, version, rotated), "what is wrong changes nothing");
      ConfigFile.replace(others, secret() + "\n" + secret() + "\n");
      other.awaitLogged("session tickets have other secrets now: 2 of them");
      assertFalse(resumes(otherPort, version, rotated), "made with a secret that is gone");
      for (ProxyProcess proxy : List.of(one, other)) {
        String state = proxy.state().toString();
        assertTrue(List.of(first, second, third).stream().noneMatch(state::contains), "secret");
      }
    }
  }

  @Test
  void sessionsOutliveTheProcessWhereThereIsAPlaceForSecrets() throws Exception {
    OpenSsl.needed();
    Path state = directory.resolve("state");
    try (var origin = Origin.start("s1")) {
      Path session;
      try (var _ =
          ProxyProcess.config(manifest(port, origin))
              .flags("--state-dir", state.toString())
              .start()) {
        session = session(port, "-tls1_3");
      }
      Path file = state.resolve("ticket-secrets");
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      try (var _ =
          ProxyProcess.config(manifest(port, origin))
              .flags("--state-dir", state.toString())
              .start()) {
        assertTrue(resumes(port, "-tls1_3", session), "after a restart");
      }
      Files.writeString(file, "damaged");
      try (var proxy =
          ProxyProcess.config(manifest(port, origin))
              .flags("--state-dir", state.toString())
              .start()) {
        proxy.awaitLogged("session tickets of an earlier run are forgotten");
        assertFalse(resumes(port, "-tls1_3", session), "without the secret");
      }
    }
  }

  @Test
  void aFileThatIsNoneOfSecretsEndsTheStart() throws Exception {
    Path secrets = Files.writeString(directory.resolve("secrets"), "c2hvcnQ=\n");
    try (var origin = Origin.start("s1")) {
      String said =
          ProxyProcess.run(
                  "proxy",
                  "--config",
                  manifest(port, origin).toString(),
                  "--health-address",
                  "127.0.0.1:0",
                  "--admin-socket",
                  "none",
                  "--ticket-secrets-file",
                  secrets.toString())
              .output();
      assertTrue(said.contains("each line must be base64 of 32 bytes or more"), said);
      assertFalse(said.contains("c2hvcnQ"), said);
    }
  }
}
