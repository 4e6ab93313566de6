package dev.weir.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.RouteConfig;
import dev.weir.config.RouteConfig.Path;
import dev.weir.config.RouteConfig.PathMatch;
import dev.weir.config.RouteConfig.Redirect;
import dev.weir.proxy.http1.HeadParser;
import dev.weir.proxy.message.RequestHead;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The Location that is made of a request.
class RedirectionTest {
  private static final Redirect KEEP = new Redirect(302, null, null, null, null, null);

  private static RequestHead request(String text) {
    var head = new RequestHead();
    var bytes = (text + "\r\n").getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, head.reserve(bytes.length), 0, bytes.length);
    head.advance(bytes.length);
    assertEquals(bytes.length, new HeadParser(32 * 1024, 128).parse(head));
    return head;
  }

  private static RequestHead get(String host, String target) {
    return request("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
  }

  private static Redirection of(Redirect redirect, String... prefixes) {
    var paths = Arrays.stream(prefixes).map(p -> new Path(PathMatch.Prefix, p)).toList();
    var route =
        new RouteConfig(
            "r", List.of(), List.of(), paths, List.of(), 0, List.of(), redirect, null, null);
    return new Redirection(route, redirect, "http");
  }

  private static String location(Redirection redirection, RequestHead request) {
    var out = Unpooled.buffer();
    redirection.write(request, out);
    assertTrue(out.readableBytes() <= redirection.size(request));
    return out.toString(StandardCharsets.US_ASCII);
  }

  private static Redirect to(
      @Nullable String scheme,
      @Nullable String host,
      @Nullable Integer port,
      @Nullable String path,
      @Nullable String prefix) {
    return new Redirect(302, scheme, host, port, path, prefix);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // scheme, host, port, request's host, target, location
        "https, -, -, a.test, /x?q=1, https://a.test/x?q=1",
        "https, -, -, A.test:8080, /x, https://A.test/x",
        "https, -, 8443, a.test:8080, /x, https://a.test:8443/x",
        "http, b.test, -, a.test:8080, /, http://b.test/",
        "-, b.test, -, a.test:8080, /x, http://b.test:8080/x",
        "-, -, 81, a.test, /?, http://a.test:81/?",
        "-, -, -, a.test, //evil.test/%2e%2e?//, http://a.test//evil.test/%2e%2e?//",
        "https, -, -, [::1]:80, /x, https://[::1]/x",
        "https, -, -, [::1], /x, https://[::1]/x",
        "https, -, -, a.test, http://a.test?q, https://a.test/?q",
        "https, -, -, a.test, http://a.test, https://a.test/",
      })
  void whatTheRedirectDoesNotSayStays(
      @Nullable String scheme,
      @Nullable String host,
      @Nullable Integer port,
      String requestHost,
      String target,
      String location) {
    var redirect = to(scheme, host, port, null, null);
    assertEquals(location, location(of(redirect), get(requestHost, target)));
  }

  @ParameterizedTest
  @CsvSource({
    // path, target, location
    "/new, /old/x?q=1, http://a.test/new?q=1",
    "/, /x, http://a.test/",
  })
  void theWholePathIsReplaced(String path, String target, String location) {
    assertEquals(location, location(of(to(null, null, null, path, null)), get("a.test", target)));
  }

  @ParameterizedTest
  @CsvSource({
    // matched, replacement, target, location
    "/v1, /api, /v1, /api",
    "/v1, /api, /v1/, /api/",
    "/v1, /api, /v1/x/y?q, /api/x/y?q",
    "/v1/, /api/, /v1/x, /api/x",
    "/v1, /, /v1, /",
    "/v1, /, /v1/x, /x",
    "/v1, /, /v1?q, /?q",
    "/, /api, /, /api/",
    "/, /api, /x, /api/x",
  })
  void aPrefixIsReplacedByElements(String matched, String to, String target, String location) {
    var redirection = of(to(null, null, null, null, to), matched);
    assertEquals("http://a.test" + location, location(redirection, get("a.test", target)));
  }

  @Test
  void theLongestOfSeveralPrefixesIsReplaced() {
    var redirection = of(to(null, null, null, null, "/new"), "/a", "/a/b", "/c");
    assertEquals("http://h/new/x", location(redirection, get("h", "/a/b/x")));
    assertEquals("http://h/new/bx", location(redirection, get("h", "/a/bx")));
    assertEquals("http://h/new", location(redirection, get("h", "/c")));
  }

  @Test
  void theWholeServerHasTheRootAsItsPath() {
    var star = request("OPTIONS * HTTP/1.1\r\nHost: a.test\r\n");
    assertEquals("http://a.test/", location(of(KEEP), star));
    assertEquals("http://a.test/new", location(of(to(null, null, null, null, "/new")), star));
  }

  @Test
  void withoutAnyHostThereIsNoLocation() {
    var old = request("GET / HTTP/1.0\r\n");
    assertFalse(of(KEEP).possible(old));
    var redirection = of(to(null, "b.test", null, null, null));
    assertTrue(redirection.possible(old));
    assertEquals("http://b.test/", location(redirection, old));
  }
}
