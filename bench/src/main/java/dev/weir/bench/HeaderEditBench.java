package dev.weir.bench;

import dev.weir.config.HeaderEditsConfig;
import dev.weir.config.HeaderEditsConfig.Field;
import dev.weir.config.ListenerConfig.ForwardedHeaders;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.edit.HeaderEdits;
import dev.weir.proxy.edit.MessageEdits;
import dev.weir.proxy.edit.RequestFacts;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.http1.HeadParser;
import dev.weir.proxy.http1.HeadWriter;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.net.RequestIds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/// What writing the head of one browser's request costs, with nothing edited, with edits that are
/// bytes alone, and with variables.
public class HeaderEditBench extends Nanoseconds {
  private static final byte[] REQUEST =
      """
      GET /shop/items?page=2 HTTP/1.1\r
      Host: shop.example.com\r
      User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r
      Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r
      Accept-Language: en-US,en;q=0.5\r
      Accept-Encoding: gzip, deflate, br, zstd\r
      X-Debug: 1\r
      Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r
      \r
      """
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NO_HOST = {};

  private final RequestHead head = new RequestHead();
  private final ByteBuf out = Unpooled.directBuffer(4096);
  private final AccessRecord record = new AccessRecord();
  private final Client client = new Client(new InetSocketAddress("192.0.2.1", 51_234));
  private final Forwarding forwarding = new Forwarding(ForwardedHeaders.XForwarded, false, client);
  private final HeaderEdits bytes =
      edits(List.of(new Field("X-Team", "shop"), new Field("X-Stage", "prod")));
  private final HeaderEdits variables =
      edits(
          List.of(
              new Field("X-Client", "%{client.address}:%{client.port}"),
              new Field("X-Endpoint", "%{endpoint}")));
  private final HeaderEdits identifier = edits(List.of(new Field("X-Request-Id", "%{request.id}")));

  private RequestFacts facts = new RequestFacts(record, new RequestIds(0));

  private static HeaderEdits edits(List<Field> set) {
    var scope =
        new MessageEdits.Scope(
            new HeaderEditsConfig(set, List.of(), List.of("X-Debug", "Proxy")), null);
    return Objects.requireNonNull(MessageEdits.of("http", scope).request());
  }

  @Setup
  public void parse() {
    System.arraycopy(REQUEST, 0, head.reserve(REQUEST.length), 0, REQUEST.length);
    head.advance(REQUEST.length);
    new HeadParser(32 * 1024, 128).parse(head);
    record.client(client);
    record.endpoint = "web-1";
    facts = new RequestFacts(record, new RequestIds(0));
  }

  @Benchmark
  public int nothingEdited() {
    HeadWriter.request(head, forwarding, NO_HOST, out.clear());
    return out.writerIndex();
  }

  @Benchmark
  public int twoSetTwoRemoved() {
    return edited(bytes);
  }

  @Benchmark
  public int threeVariablesTwoRemoved() {
    return edited(variables);
  }

  @Benchmark
  public int anIdentifierOfItsOwnTwoRemoved() {
    record.identified = false;
    return edited(identifier);
  }

  private int edited(HeaderEdits edits) {
    HeadWriter.request(head, forwarding, NO_HOST, edits, facts, out.clear());
    return out.writerIndex();
  }
}
