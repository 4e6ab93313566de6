package dev.weir.proxy.testkit;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.TestServiceImpl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/// A server of gRPC that offers the service of gRPC's interop tests, made by grpc-java.
public final class GrpcOrigin implements AutoCloseable {
  /// The largest message that it takes.
  public static final int MAX_MESSAGE = 128 << 20;

  private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(2);
  private final AtomicInteger calls = new AtomicInteger();
  private final Server server;

  private GrpcOrigin() throws IOException {
    var service =
        ServerInterceptors.intercept(new TestServiceImpl(executor), TestServiceImpl.interceptors());
    server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free()))
            .maxInboundMessageSize(MAX_MESSAGE)
            .addService(service)
            .intercept(new Counter())
            .build()
            .start();
  }

  /// Starts it on a free port of 127.0.0.1.
  public static GrpcOrigin start() throws IOException {
    return new GrpcOrigin();
  }

  /// The port.
  public int port() {
    return server.getPort();
  }

  /// How many calls it got, of whatever kind.
  public int calls() {
    return calls.get();
  }

  /// Refuses new connections and has cut every other one when it returns.
  public void kill() throws InterruptedException {
    server.shutdownNow().awaitTermination();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
    executor.shutdownNow();
  }

  private final class Counter implements ServerInterceptor {
    @Override
    public <Q, S> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
      calls.incrementAndGet();
      return next.startCall(call, headers);
    }
  }
}
