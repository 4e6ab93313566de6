package dev.weir.proxy.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// First bytes of TLS clients.
public final class Hello {
  private static final int HEADER = 5;

  private Hello() {}

  /// What the JDK's client sends first: one record with a ClientHello.
  ///
  /// @param name null for none
  public static byte[] of(@Nullable String name, String... protocols) {
    try {
      var engine = SSLContext.getDefault().createSSLEngine();
      engine.setUseClientMode(true);
      var parameters = engine.getSSLParameters();
      parameters.setServerNames(
          name == null ? List.of() : List.<SNIServerName>of(new SNIHostName(name)));
      parameters.setApplicationProtocols(protocols);
      engine.setSSLParameters(parameters);
      engine.beginHandshake();
      var out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), out);
      var bytes = new byte[out.flip().remaining()];
      out.get(bytes);
      return bytes;
    } catch (GeneralSecurityException | SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The same message in records of at most so many bytes.
  public static byte[] inRecords(byte[] hello, int size) {
    var out = new ByteArrayOutputStream();
    for (int at = HEADER; at < hello.length; at += size) {
      int part = Math.min(size, hello.length - at);
      out.write(hello, 0, 3);
      out.write(part >> 8);
      out.write(part);
      out.write(hello, at, part);
    }
    return out.toByteArray();
  }
}
