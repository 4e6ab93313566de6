package dev.weir.bench;

import dev.weir.proxy.http1.HeadParser;
import dev.weir.proxy.message.RequestHead;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;

/// What parsing the head of one browser's request costs.
public class HeadParserBench extends Nanoseconds {
  private static final byte[] REQUEST =
      """
      GET /shop/items?page=2 HTTP/1.1\r
      Host: shop.example.com\r
      User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r
      Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r
      Accept-Language: en-US,en;q=0.5\r
      Accept-Encoding: gzip, deflate, br, zstd\r
      Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r
      Connection: keep-alive\r
      \r
      """
          .getBytes(StandardCharsets.US_ASCII);

  private final RequestHead head = new RequestHead();
  private final HeadParser parser = new HeadParser(32 * 1024, 128);

  @Benchmark
  public int requestOfABrowser() {
    head.clear();
    parser.reset();
    System.arraycopy(REQUEST, 0, head.reserve(REQUEST.length), head.length(), REQUEST.length);
    head.advance(REQUEST.length);
    return parser.parse(head);
  }
}
