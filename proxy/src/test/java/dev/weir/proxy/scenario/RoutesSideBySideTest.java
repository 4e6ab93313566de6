package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.HaproxyProcess;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lines that choose by the request, run by HAProxy and by Weir: every request goes to the same
/// backend, or elsewhere by the same redirect.
class RoutesSideBySideTest {
  private static final int FRONTENDS = 16;
  private static final List<String> HOSTS =
      List.of("a.test", "b.a.test", "c.b.a.test", "test", "other.example");
  private static final List<String> PATHS =
      List.of("/", "/p", "/p/", "/p/q?x=/r", "/p/q/", "/p/q/r", "/q/p?", "//p", "/p//q", "/P");

  @TempDir Path directory;

  private static <T> T pick(Random random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static String term(Random random) {
    var host = pick(random, HOSTS);
    var path = pick(random, List.of("/p", "/p/q", "/q", "/p/q/r"));
    var term =
        switch (random.nextInt(6)) {
          case 0 -> "{ hdr(host) -i " + host + " }";
          case 1 -> "{ hdr_end(host) -i ." + host + " }";
          case 2 -> "{ path " + path + " /p/ }";
          case 3 -> "{ path_beg " + path + "/ }";
          case 4 -> "{ path_beg " + path + " }";
          default -> "named";
        };
    return random.nextInt(4) == 0 ? "!" + term : term;
  }

  private static String condition(Random random) {
    var text = new StringBuilder(random.nextInt(5) == 0 ? "unless " : "if ").append(term(random));
    for (int i = random.nextInt(3); i > 0; i--) {
      text.append(random.nextBoolean() ? " or " : " ").append(term(random));
    }
    return text.toString();
  }

  private static String file(Path socket, List<Integer> ports, List<Origin> origins) {
    var random = new Random(11);
    var redirects =
        List.of(
            "scheme https",
            "scheme https code 301",
            "prefix https://new.test code 308",
            "prefix http://new.test:8080/base code 307");
    var text =
        new StringBuilder("global\n  stats socket %s\ndefaults\n  mode http\n".formatted(socket))
            .append("  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n");
    for (int i = 0; i < FRONTENDS; i++) {
      text.append("frontend f%d\n  bind 127.0.0.1:%d\n".formatted(i, ports.get(i)))
          .append("  acl named path_beg /q/\n  acl named hdr(host) -i b.a.test\n");
      for (int n = random.nextInt(3); n > 0; n--) {
        text.append("  http-request redirect %s ".formatted(pick(random, redirects)))
            .append(condition(random) + " !{ hdr(host) test }\n");
      }
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        text.append("  use_backend %s ".formatted(pick(random, origins).name()))
            .append(condition(random) + "\n");
      }
      text.append("  default_backend %s\n".formatted(origins.getFirst().name()));
    }
    for (var origin : origins) {
      text.append("backend %s\n  server s 127.0.0.1:%d\n".formatted(origin.name(), origin.port()));
    }
    return text.toString();
  }

  private static List<String> answers(List<Integer> ports) throws Exception {
    var answers = new ArrayList<String>();
    for (int i = 0; i < ports.size(); i++) {
      try (var wire = Wire.connect(ports.get(i))) {
        for (var host : HOSTS) {
          for (var path : PATHS) {
            wire.send("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(path, host));
            var response = wire.readResponse();
            answers.add(
                "f%d %s%s: %d %s %s"
                    .formatted(
                        i,
                        host,
                        path,
                        response.status(),
                        response.head().first("Location"),
                        response.body()));
          }
        }
      }
    }
    return answers;
  }

  @Test
  void theSameLinesChooseTheSameBackends() throws Exception {
    var program = HaproxyProcess.needed();
    var ports = IntStream.range(0, FRONTENDS).mapToObj(i -> Ports.free()).toList();
    var others = IntStream.range(0, FRONTENDS).mapToObj(i -> Ports.free()).toList();
    var socket = directory.resolve("h.sock");
    try (var a = Origin.start("a", call -> call.reply(200, "a"));
        var b = Origin.start("b", call -> call.reply(200, "b"));
        var c = Origin.start("c", call -> call.reply(200, "c"))) {
      var origins = List.of(a, b, c);
      var theirs = directory.resolve("haproxy.cfg");
      Files.writeString(theirs, file(socket, ports, origins));
      var ours = directory.resolve("weir-haproxy.cfg");
      Files.writeString(ours, file(socket, others, origins));
      try (var haproxy = HaproxyProcess.start(program, theirs, socket);
          var weir = ProxyProcess.config(ours).start()) {
        var wanted = answers(ports);
        var kinds = new TreeSet<String>();
        wanted.forEach(answer -> kinds.add(answer.replaceFirst(".*: (\\d+) .*( .?)$", "$1$2")));
        assertTrue(
            kinds.containsAll(List.of("200 a", "200 b", "200 c", "308 ", "307 ")), kinds::toString);
        assertEquals(
            String.join("\n", wanted),
            String.join("\n", answers(others)),
            () -> haproxy + "\n" + weir);
      }
    }
  }
}
