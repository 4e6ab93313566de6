package dev.weir.proxy.stream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Makes links. Token and CA are read, and the name is resolved, for every attempt, on a virtual
/// thread: a rotated token or CA needs no restart, and a resolver that hangs holds nobody up.
final class Dialer {
  private static final int MAX_TOKEN = 12 * 1024;
  private static final int MAX_IDENTITY = 64 * 1024;
  private static final String PEM = "-----BEGIN ";
  private static final int MAX_CA = 1 << 20;

  private final StreamOptions options;
  private final EventLoop loop;
  private final Class<? extends Channel> type;
  private int attempt = ThreadLocalRandom.current().nextInt(1 << 16);

  Dialer(StreamOptions options, EventLoop loop, Class<? extends Channel> type) {
    this.options = options;
    this.loop = loop;
    this.type = type;
  }

  /// Starts an attempt; the outcome is an event of the link.
  Link dial(Consumer<Link.Event> heard) {
    int number = attempt++;
    var link = new Link(heard);
    Thread.ofVirtual()
        .name("weir-dial")
        .start(
            () -> {
              try {
                dial(link, number);
              } catch (IOException | RuntimeException e) {
                link.failed(String.valueOf(e.getMessage()));
              }
            });
    return link;
  }

  private void dial(Link link, int number) throws IOException {
    Path file = options.identityFile();
    byte[] identity = file == null ? new byte[0] : bytes(file, MAX_IDENTITY);
    boolean certificate = new String(identity, StandardCharsets.US_ASCII).contains(PEM);
    String token = file == null || certificate ? null : token(file, identity);
    SslContext tls = tls(certificate ? identity : null);
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(options.host());
    } catch (UnknownHostException e) {
      throw new IOException("cannot resolve " + options.host(), e);
    }
    InetAddress address = addresses[number % addresses.length];
    link.dial(
        loop,
        type,
        tls,
        new InetSocketAddress(address, options.port()),
        options.host(),
        options.group().path(),
        token);
  }

  private static String token(Path file, byte[] identity) throws IOException {
    String token = new String(identity, StandardCharsets.US_ASCII).strip();
    if (token.isEmpty()
        || token.length() > MAX_TOKEN
        || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IOException("token file " + file + " does not hold one token");
    }
    return token;
  }

  /// @param identity a certificate and its key; null when the proxy shows none
  private SslContext tls(byte @Nullable [] identity) throws IOException {
    byte[] ca = bytes(options.caFile(), MAX_CA);
    SslContextBuilder builder =
        SslContextBuilder.forClient().sslProvider(SslProvider.JDK).protocols("TLSv1.3", "TLSv1.2");
    try {
      builder.trustManager(new ByteArrayInputStream(ca));
    } catch (IllegalArgumentException e) {
      throw new IOException("CA file " + options.caFile() + " holds no PEM certificate", e);
    }
    if (identity != null) {
      try {
        builder.keyManager(new ByteArrayInputStream(identity), new ByteArrayInputStream(identity));
      } catch (IllegalArgumentException e) {
        throw new IOException(
            options.identityFile() + " does not hold a certificate and its key in PEM", e);
      }
    }
    return builder.build();
  }

  private static byte[] bytes(Path file, int max) throws IOException {
    try (var in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(max + 1);
      if (bytes.length > max) {
        throw new IOException(file + " is longer than " + max + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new IOException("cannot read " + file + ": " + e, e);
    }
  }
}
