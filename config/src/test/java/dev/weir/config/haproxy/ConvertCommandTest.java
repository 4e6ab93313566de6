package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  @TempDir Path directory;

  private int run(String... args) {
    return ConvertCommand.run(List.of(args), Map.of(), new PrintStream(out), new PrintStream(err));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private String file(String text) throws Exception {
    var file = directory.resolve("haproxy.cfg");
    Files.writeString(file, text);
    return file.toString();
  }

  @Test
  void aGoodFileIsPrintedAsAManifest() throws Exception {
    assertEquals(0, run(file("global\n maxconn 7\n nbthread 2\n" + Cfg.listenText())));
    assertTrue(
        out().startsWith("# Options of weir proxy: --max-connections 7 --loops 2\napiVersion: "),
        out());
    assertTrue(err().endsWith("11 lines: 11 mapped, 0 noted, 0 refused\n"), err());
  }

  @Test
  void aRefusedFilePrintsNoManifest() throws Exception {
    var file = file(Cfg.listenText("acl x src 192.0.2.1"));
    assertEquals(1, run(file));
    assertEquals("", out());
    assertTrue(err().startsWith(file + ":9: listen web: 'src' chooses by the client"), err());
    assertTrue(err().endsWith("9 lines: 8 mapped, 0 noted, 1 refused\n"), err());
  }

  @Test
  void whatOnlyTheManifestForbidsIsFoundWithItsLine() throws Exception {
    var file = file(Cfg.listenText("bind :9901"));
    assertEquals(1, run(file));
    assertEquals("", out());
    assertTrue(err().contains(file + ":9: spec.listeners[web-9901].port: "), err());
  }

  @Test
  void aPortThatIsTakenTwiceIsFoundWithItsLine() throws Exception {
    var file =
        file(Cfg.listenText() + "frontend other\n bind 127.0.0.1:80\n default_backend web\n");
    assertEquals(1, run(file));
    assertTrue(err().contains(file + ":11: spec.listeners[other].port: "), err());
  }

  @Test
  void aFileThatIsNotThereIsSaid() {
    assertEquals(1, run(directory.resolve("none.cfg").toString()));
    assertTrue(err().endsWith("none.cfg: cannot be read: no such file\n"), err());
  }

  @Test
  void aDirectoryCannotBeRead() {
    assertEquals(1, run(directory.toString()));
    assertTrue(err().contains("cannot be read"), err());
  }

  @Test
  void aFileThatIsNotUtf8IsSaid() throws Exception {
    var file = directory.resolve("latin.cfg");
    Files.write(file, new byte[] {(byte) 0xe9, '\n'});
    assertEquals(1, run(file.toString()));
    assertTrue(err().endsWith("is not UTF-8\n"), err());
  }

  @Test
  void wrongUsageIsSaid() {
    assertEquals(64, run());
    assertEquals(64, run("a", "b"));
    assertEquals(64, run("--loud", "a"));
    assertTrue(err().contains("unknown option --loud"), err());
    assertTrue(err().contains("usage: weir convert FILE"), err());
    assertEquals("", out());
  }

  @Test
  void helpIsPrinted() {
    assertEquals(0, run("--help"));
    assertTrue(out().startsWith("usage: weir convert FILE"), out());
  }
}
