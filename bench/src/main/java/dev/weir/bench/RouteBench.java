package dev.weir.bench;

import dev.weir.config.RouteConfig;
import dev.weir.config.RouteConfig.Backend;
import dev.weir.config.RouteConfig.Path;
import dev.weir.config.RouteConfig.PathMatch;
import dev.weir.proxy.http1.HeadParser;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.route.RouteTable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// What finding the route of a request costs among few and among many: a tenth of them has a
/// wildcard, and each host has ten prefixes.
public class RouteBench extends Nanoseconds {
  @Param({"10", "1000", "100000"})
  int routes = 10;

  private RouteTable<String> table = RouteTable.of(List.of(), RouteConfig::name);
  private RequestHead exact = new RequestHead();
  private RequestHead wildcard = new RequestHead();
  private RequestHead unknown = new RequestHead();

  @Setup
  public void setUp() {
    table =
        RouteTable.of(
            IntStream.range(0, routes).mapToObj(RouteBench::route).toList(), RouteConfig::name);
    exact = request("shop3.example.com", "/items1/42/reviews?page=2");
    wildcard = request("de.shop0.example.com", "/items5/42/reviews?page=2");
    unknown = request("nobody.example.org", "/items5/42/reviews?page=2");
  }

  @Benchmark
  public @Nullable String wholeHost() {
    return table.find(exact);
  }

  @Benchmark
  public @Nullable String wildcardHost() {
    return table.find(wildcard);
  }

  @Benchmark
  public @Nullable String noRoute() {
    return table.find(unknown);
  }

  private static RouteConfig route(int number) {
    String host = "shop" + number / 10 + ".example.com";
    return new RouteConfig(
        "r" + number,
        List.of("web"),
        List.of(number / 10 % 10 == 0 ? "*." + host : host),
        List.of(new Path(PathMatch.Prefix, "/items" + number % 10)),
        List.of(),
        0,
        List.of(new Backend("web", 1)),
        null,
        null,
        null);
  }

  private static RequestHead request(String host, String target) {
    byte[] bytes =
        "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n\r\n"
            .formatted(target, host)
            .getBytes(StandardCharsets.US_ASCII);
    var head = new RequestHead();
    System.arraycopy(bytes, 0, head.reserve(bytes.length), 0, bytes.length);
    head.advance(bytes.length);
    new HeadParser(32 * 1024, 128).parse(head);
    int field = head.find(Field.HOST);
    head.authority(head.valueStart(field), head.valueEnd(field));
    return head;
  }
}
