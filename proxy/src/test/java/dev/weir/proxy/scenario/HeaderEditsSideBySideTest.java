package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.HaproxyProcess;
import dev.weir.proxy.testkit.Head;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lines that edit headers, in any order, run by HAProxy and by Weir: origins and clients get the
/// same.
class HeaderEditsSideBySideTest {
  private static final int FRONTENDS = 24;
  private static final List<String> NAMES = List.of("X-A", "x-b", "X-C", "X-D");
  private static final List<String> VALUES =
      List.of("plain", "%[src]", "\"100%% of  %f\"", "%ci/%[fe_name]");

  @TempDir Path directory;

  private static String rules(Random random, String kind, List<String> names) {
    var text = new StringBuilder();
    for (int i = random.nextInt(7); i > 0; i--) {
      var name = names.get(random.nextInt(names.size()));
      var value = VALUES.get(random.nextInt(VALUES.size()));
      switch (random.nextInt(3)) {
        case 0 -> text.append("  %s set-header %s %s\n".formatted(kind, name, value));
        case 1 -> text.append("  %s add-header %s %s\n".formatted(kind, name, value));
        default -> text.append("  %s del-header %s\n".formatted(kind, name));
      }
    }
    return text.toString();
  }

  /// Both sides of the responses may not edit the same names, see the importer's reference.
  private static String file(Path socket, List<Integer> ports, int origin) {
    var random = new Random(7);
    var text =
        new StringBuilder(
            "global\n  stats socket %s\ndefaults\n  mode http\n".formatted(socket)
                + "  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n");
    for (int i = 0; i < FRONTENDS; i++) {
      text.append("frontend f%d\n  bind 127.0.0.1:%d\n".formatted(i, ports.get(i)))
          .append(rules(random, "http-request", NAMES))
          .append(rules(random, "http-response", NAMES.subList(0, 2)))
          .append("  default_backend b%d\nbackend b%d\n".formatted(i, i))
          .append(rules(random, "http-request", NAMES))
          .append(rules(random, "http-response", NAMES.subList(2, 4)))
          .append("  server s 127.0.0.1:%d\n".formatted(origin));
    }
    return text.toString();
  }

  private static Map<String, List<String>> fields(Head head) {
    var fields = new TreeMap<String, List<String>>();
    for (var name : NAMES) {
      fields.put(name.toLowerCase(Locale.ROOT), head.all(name));
    }
    return fields;
  }

  private static String exchange(int port, RawOrigin origin) throws Exception {
    try (var wire = Wire.connect(port)) {
      wire.get("/", "X-A: client", "X-B: client", "x-a: again", "X-C: client");
      try (var to = origin.accept()) {
        var request = to.readHead();
        to.send(
            "HTTP/1.1 200 OK\r\nX-A: origin\r\nx-c: origin\r\nX-B: origin\r\nX-C: again\r\n"
                + "Content-Length: 0\r\n\r\n");
        return "request  %s\nresponse %s"
            .formatted(fields(request), fields(wire.readResponse().head()));
      }
    }
  }

  @Test
  void theSameLinesGiveTheSameHeaders() throws Exception {
    var program = HaproxyProcess.needed();
    var ports = IntStream.range(0, FRONTENDS).mapToObj(i -> Ports.free()).toList();
    var others = IntStream.range(0, FRONTENDS).mapToObj(i -> Ports.free()).toList();
    var socket = directory.resolve("h.sock");
    try (var origin = RawOrigin.start()) {
      var theirs = directory.resolve("haproxy.cfg");
      Files.writeString(theirs, file(socket, ports, origin.port()));
      var ours = directory.resolve("weir-haproxy.cfg");
      Files.writeString(ours, file(socket, others, origin.port()));
      try (var haproxy = HaproxyProcess.start(program, theirs, socket);
          var weir = ProxyProcess.config(ours).start()) {
        var wanted = new ArrayList<String>();
        var found = new ArrayList<String>();
        for (int i = 0; i < FRONTENDS; i++) {
          wanted.add("f" + i + " " + exchange(ports.get(i), origin));
          found.add("f" + i + " " + exchange(others.get(i), origin));
        }
        assertTrue(wanted.toString().contains("100% of  f1"), wanted::toString);
        assertEquals(
            String.join("\n", wanted), String.join("\n", found), () -> haproxy + "\n" + weir);
      }
    }
  }
}
