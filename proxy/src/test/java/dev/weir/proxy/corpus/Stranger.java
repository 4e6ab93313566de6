package dev.weir.proxy.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.proxy.testkit.Needs;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Another program that reads requests: how the origins behind us understand what we send.
///
/// @param name as the corpus calls it
/// @param command the program, which reads streams from its standard input
record Stranger(String name, List<String> command) {
  private static final Path HOME = Path.of("src", "test", "resources", "corpus", "parsers");
  private static final long BUILD_MINUTES = 5;

  /// What a stream of bytes means to a reader.
  ///
  /// @param end `clean`, `incomplete`, or `error` and why
  record Reading(List<Message> messages, String end) {}

  /// Node's HTTP server, which is llhttp.
  static Stranger node() {
    Needs.that(installed("node"), "no node: apt-get install nodejs");
    return new Stranger("node", List.of("node", HOME.resolve("node.js").toString()));
  }

  /// Go's net/http.
  static Stranger go(Path directory) throws IOException, InterruptedException {
    Needs.that(installed("go"), "no go: apt-get install golang-go");
    Path program = directory.resolve("corpus-go").toAbsolutePath();
    var builder =
        new ProcessBuilder("go", "build", "-o", program.toString(), ".")
            .directory(HOME.resolve("go").toFile())
            .inheritIO();
    builder.environment().putAll(java.util.Map.of("CGO_ENABLED", "0", "GOTOOLCHAIN", "local"));
    Process build = builder.start();
    if (!build.waitFor(BUILD_MINUTES, TimeUnit.MINUTES) || build.exitValue() != 0) {
      throw new IOException("go build failed");
    }
    return new Stranger("go", List.of(program.toString()));
  }

  private static boolean installed(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /// Has it read streams.
  List<Reading> read(List<byte[]> streams) throws IOException, InterruptedException {
    var input = new ByteArrayOutputStream();
    var data = new DataOutputStream(input);
    for (byte[] stream : streams) {
      data.writeInt(stream.length);
      data.write(stream);
    }
    Path file = Files.createTempFile("streams-", ".bin");
    Files.write(file, input.toByteArray());
    Process process =
        new ProcessBuilder(command)
            .redirectInput(file.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Files.delete(file);
    if (process.waitFor() != 0) {
      throw new IOException(name + " ended with " + process.exitValue());
    }
    var json = new ObjectMapper();
    var readings = new ArrayList<Reading>();
    for (String line : output.split("\n")) {
      readings.add(reading(json.readTree(line)));
    }
    return readings;
  }

  private static Reading reading(JsonNode node) {
    var messages = new ArrayList<Message>();
    for (JsonNode message : node.get("messages")) {
      messages.add(
          new Message(
              message.get("start").asText(),
              message.get("host").asText(),
              message.get("digest").asText()));
    }
    return new Reading(messages, node.get("end").asText());
  }

  /// Netty's decoder.
  static Reading netty(byte[] stream) throws IOException {
    try (var reader = NettyReader.requests()) {
      List<Message> messages = reader.read(stream, stream.length);
      Throwable failure = reader.failure();
      String end = reader.open() == null ? "clean" : "incomplete";
      return new Reading(messages, failure == null ? end : "error " + failure.getMessage());
    }
  }
}
