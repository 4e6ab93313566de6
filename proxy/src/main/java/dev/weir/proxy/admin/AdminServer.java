package dev.weir.proxy.admin;

import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.SocketFile;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A small HTTP server for pages. Thread: everything on the control loop, but for opening and
/// closing.
public final class AdminServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
  private static final int MAX_BODY = 4 * 1024;
  private static final int IDLE_SECONDS = 60;
  private static final int MAX_CONNECTIONS = 512;
  private static final int BACKLOG = 128;

  private final EventLoops loops;
  private final byte @Nullable [] authorization;
  private @Nullable Channel channel;
  private @Nullable SocketFile file;
  private int connections;
  private volatile Map<String, Page> pages = Map.of();

  private AdminServer(EventLoops loops, @Nullable String token) {
    this.loops = loops;
    this.authorization =
        token == null ? null : ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
  }

  /// Listens on a TCP address; answers 503 until [#serve].
  ///
  /// @param token what clients must present; null for nothing
  /// @throws IOException when it cannot listen there
  public static AdminServer onTcp(
      EventLoops loops, InetSocketAddress address, @Nullable String token) throws IOException {
    var server = new AdminServer(loops, token);
    server.opened(server.bootstrap().channel(loops.transport().serverChannel()).bind(address));
    return server;
  }

  /// Listens on a unix socket that its owner and group may use; a file that a dead process left
  /// there is replaced.
  ///
  /// @throws IOException when it cannot listen there
  public static AdminServer onSocket(EventLoops loops, Path file) throws IOException {
    var server = new AdminServer(loops, null);
    SocketFile socketFile = SocketFile.at(file);
    ServerChannel listening = loops.transport().listen(socketFile, BACKLOG);
    server.opened(server.bootstrap().channelFactory(() -> listening).register());
    server.file = socketFile;
    return server;
  }

  /// Answers these paths from now on.
  public void serve(Map<String, Page> byPath) {
    pages = Map.copyOf(byPath);
  }

  /// The port that it listens on.
  public int port() {
    if (channel != null && channel.localAddress() instanceof InetSocketAddress address) {
      return address.getPort();
    }
    throw new IllegalStateException("not listening on TCP");
  }

  @Override
  public void close() {
    if (file != null) {
      file.remove();
    }
    if (channel != null) {
      channel.close();
    }
  }

  private ServerBootstrap bootstrap() {
    return new ServerBootstrap().group(loops.control()).childHandler(new Pipeline());
  }

  private void opened(ChannelFuture opening) throws IOException {
    opening.awaitUninterruptibly();
    if (!opening.isSuccess()) {
      throw new IOException(opening.cause().getMessage(), opening.cause());
    }
    channel = opening.channel();
  }

  private Page.Reply answer(FullHttpRequest request) {
    if (!authorized(request.headers().get(HttpHeaderNames.AUTHORIZATION))) {
      return Page.Reply.text(401, "a token is needed");
    }
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      return Page.Reply.text(405, "only GET");
    }
    String uri = request.uri();
    int query = uri.indexOf('?');
    Map<String, Page> served = pages;
    Page page = served.get(query < 0 ? uri : uri.substring(0, query));
    if (page == null) {
      return served.isEmpty()
          ? Page.Reply.text(503, "starting")
          : Page.Reply.text(404, "there is nothing here");
    }
    return page.get();
  }

  private boolean authorized(@Nullable String header) {
    return authorization == null
        || (header != null
            && MessageDigest.isEqual(authorization, header.getBytes(StandardCharsets.UTF_8)));
  }

  private final class Pipeline extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel child) {
      if (++connections > MAX_CONNECTIONS) {
        child.close();
      }
      child.closeFuture().addListener(closed -> connections--);
      child
          .pipeline()
          .addLast(
              new ReadTimeoutHandler(IDLE_SECONDS),
              new HttpServerCodec(),
              new HttpObjectAggregator(MAX_BODY),
              new Pages());
    }
  }

  private final class Pages extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      Page.Reply reply = answer(request);
      byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
      boolean head = request.method().equals(HttpMethod.HEAD);
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.valueOf(reply.status()),
              head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, reply.type())
          .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
          .set(HttpHeaderNames.CACHE_CONTROL, "no-store");
      boolean keep = HttpUtil.isKeepAlive(request);
      HttpUtil.setKeepAlive(response, keep);
      ChannelFuture written = ctx.writeAndFlush(response);
      if (!keep) {
        written.addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (!(cause instanceof IOException) && !(cause instanceof ReadTimeoutException)) {
        LOG.warn("admin connection closed: {}", cause.toString());
      }
      ctx.close();
    }
  }
}
