package dev.weir.proxy.message;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.proxy.http1.HeadParser;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcTest {
  private static RequestHead head(String method, String... lines) {
    var head = new RequestHead();
    String text =
        method + " /s/m HTTP/1.1\r\nHost: a\r\n" + String.join("\r\n", lines) + "\r\n\r\n";
    var bytes = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    assertEquals(0, new HeadParser(1 << 16, 100).parse(bytes, head));
    return head;
  }

  @ParameterizedTest
  @CsvSource({
    "POST, application/grpc, true",
    "POST, APPLICATION/GRPC+proto, true",
    "POST, application/grpc;charset=utf-8, true",
    "POST, application/grpc-web, false",
    "POST, application/grpcx, false",
    "POST, application/json, false",
    "GET, application/grpc, false"
  })
  void aPostOfItsContentTypeIsGrpc(String method, String type, boolean expected) {
    assertEquals(expected, Grpc.asks(head(method, "Content-Type: " + type)));
  }

  @ParameterizedTest
  @CsvSource({
    "1H, PT1H",
    "2M, PT2M",
    "30S, PT30S",
    "100m, PT0.1S",
    "5u, PT0.000005S",
    "7n, PT0.000000007S",
    "99999999H, PT99999999H",
    "123456789S, PT0S",
    "S, PT0S",
    "-1S, PT0S",
    "1, PT0S",
    "1x, PT0S"
  })
  void aTimeoutIsUpToEightDigitsAndAUnit(String text, Duration expected) {
    long nanos = expected.getSeconds() > 1 << 30 ? Long.MAX_VALUE : expected.toNanos();
    assertEquals(nanos, Grpc.timeout(head("POST", "grpc-timeout: " + text)));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "14, 14", "16, 16", "17, 2", "x, 2", "999999999999, 2", "'', 2"})
  void aStatusThatDoesNotExistIsUnknown(String text, int expected) {
    assertEquals(expected, Grpc.status(head("POST", "grpc-status: " + text)));
  }

  @Test
  void everyFailureHasAStatusThatIsNotOk() {
    for (Failure failure : Failure.values()) {
      int status = Grpc.status(failure);
      assertEquals(true, status > 0 && status < Grpc.STATUSES, failure.toString());
    }
    assertEquals(4, Grpc.status(Failure.REQUEST_DEADLINE));
    assertEquals(14, Grpc.status(Failure.NO_ENDPOINT));
    assertEquals(12, Grpc.status(Failure.NO_ROUTE));
  }
}
