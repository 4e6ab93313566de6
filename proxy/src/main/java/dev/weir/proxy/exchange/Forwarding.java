package dev.weir.proxy.exchange;

import dev.weir.config.ListenerConfig.ForwardedHeaders;
import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.edit.HeaderEdits;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.RequestHead;
import io.netty.buffer.ByteBuf;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// How one client is announced to origins: `X-Forwarded-*` or `Forwarded` (RFC 7239). Made once for
/// a connection.
///
/// What a client that is not trusted says of itself is left out; a trusted one's words are kept and
/// appended to.
public final class Forwarding {
  private static final byte[] CRLF = Ascii.bytes("\r\n");
  private static final byte[] HOST = Ascii.bytes("X-Forwarded-Host: ");
  private static final byte[] FOR = Ascii.bytes("X-Forwarded-For: ");
  private static final byte[] HTTP = Ascii.bytes("X-Forwarded-Proto: http\r\n");
  private static final byte[] HTTPS = Ascii.bytes("X-Forwarded-Proto: https\r\n");
  private static final byte[] FORWARDED = Ascii.bytes("Forwarded: for=");
  private static final byte[] IPV6 = Ascii.bytes("\"[");
  private static final byte[] IPV6_END = Ascii.bytes("]\"");
  private static final byte[] UNKNOWN = Ascii.bytes("unknown");
  private static final byte[] FORWARDED_HTTP = Ascii.bytes(";proto=http");
  private static final byte[] FORWARDED_HTTPS = Ascii.bytes(";proto=https");
  private static final byte[] FORWARDED_HOST = Ascii.bytes(";host=\"");
  private static final byte[] FORWARDED_END = Ascii.bytes("\"\r\n");

  private static final long ALL =
      Field.FORWARDED.bit()
          | Field.X_FORWARDED_FOR.bit()
          | Field.X_FORWARDED_PROTO.bit()
          | Field.X_FORWARDED_HOST.bit();

  private final ForwardedHeaders headers;
  private final boolean trusted;
  private final Client client;
  private final byte[] proto;
  private final byte[] forwardedProto;
  private final @Nullable HttpPlan plan;

  /// @param trusted whether the client's own forwarding headers are kept
  /// @param client who it is; without an IP address there is no `X-Forwarded-For`, and `Forwarded`
  ///   says `for=unknown` (RFC 7239, 6.2)
  public Forwarding(ForwardedHeaders headers, boolean trusted, Client client) {
    this(headers, trusted, client, null);
  }

  private Forwarding(
      ForwardedHeaders headers, boolean trusted, Client client, @Nullable HttpPlan plan) {
    this.plan = plan;
    this.headers = headers;
    this.trusted = trusted;
    this.client = client;
    this.proto = client.tls() == null ? HTTP : HTTPS;
    this.forwardedProto = client.tls() == null ? FORWARDED_HTTP : FORWARDED_HTTPS;
  }

  /// How a client is announced under the plan in force.
  ///
  /// @param before how it was until now, which is returned when nothing about it has changed
  public static Forwarding under(HttpPlan plan, Client client, @Nullable Forwarding before) {
    HttpPlan old = before == null ? null : before.plan;
    if (before != null && old != null && (old == plan || old.forwardsLike(plan))) {
      return before;
    }
    boolean trusted =
        client.address() instanceof InetSocketAddress ip
            ? plan.trusted().contains(ip.getAddress())
            : plan.trusted().everyone();
    return new Forwarding(plan.config().forwarded().headers(), trusted, client, plan);
  }

  /// Drops what the origin must not see. To be called before the fields are copied.
  public void prepare(RequestHead head) {
    if (headers == ForwardedHeaders.None || trusted || !head.hasAny(ALL)) {
      return;
    }
    for (int i = 0; i < head.fields(); i++) {
      switch (head.id(i)) {
        case FORWARDED, X_FORWARDED_FOR, X_FORWARDED_PROTO, X_FORWARDED_HOST -> head.drop(i);
        default -> {}
      }
    }
  }

  /// As [#write], without the fields that edits take out.
  public void write(RequestHead head, HeaderEdits edits, ByteBuf out) {
    switch (headers) {
      case XForwarded -> {
        if (!edits.drops(Field.X_FORWARDED_FOR)) {
          forwardedFor(out);
        }
        if (!edits.drops(Field.X_FORWARDED_PROTO)) {
          proto(head, out);
        }
        if (!edits.drops(Field.X_FORWARDED_HOST)) {
          host(head, out);
        }
      }
      case Forwarded -> {
        if (!edits.drops(Field.FORWARDED)) {
          write(head, out);
        }
      }
      case None -> {}
    }
  }

  /// Writes this hop's fields. To be called after [#prepare].
  public void write(RequestHead head, ByteBuf out) {
    switch (headers) {
      case XForwarded -> {
        if (!head.hasAny(ALL) && authority(head) > 0) {
          forwardedFor(out);
          out.writeBytes(proto).writeBytes(HOST);
          out.writeBytes(head.bytes(), head.authorityStart(), authority(head));
          out.writeBytes(CRLF);
        } else {
          forwardedFor(out);
          proto(head, out);
          host(head, out);
        }
      }
      case Forwarded -> {
        out.writeBytes(FORWARDED);
        node(out);
        out.writeBytes(forwardedProto);
        if (authority(head) > 0) {
          out.writeBytes(FORWARDED_HOST);
          out.writeBytes(head.bytes(), head.authorityStart(), authority(head));
          out.writeBytes(FORWARDED_END);
        } else {
          out.writeBytes(CRLF);
        }
      }
      case None -> {}
    }
  }

  private void forwardedFor(ByteBuf out) {
    if (client.address() instanceof InetSocketAddress) {
      out.writeBytes(FOR).writeBytes(client.text()).writeBytes(CRLF);
    }
  }

  private void node(ByteBuf out) {
    if (!(client.address() instanceof InetSocketAddress ip)) {
      out.writeBytes(UNKNOWN);
    } else if (ip.getAddress() instanceof Inet6Address) {
      out.writeBytes(IPV6).writeBytes(client.text()).writeBytes(IPV6_END);
    } else {
      out.writeBytes(client.text());
    }
  }

  private void proto(RequestHead head, ByteBuf out) {
    if (head.find(Field.X_FORWARDED_PROTO) < 0) {
      out.writeBytes(proto);
    }
  }

  private static void host(RequestHead head, ByteBuf out) {
    if (head.find(Field.X_FORWARDED_HOST) < 0 && authority(head) > 0) {
      out.writeBytes(HOST);
      out.writeBytes(head.bytes(), head.authorityStart(), authority(head));
      out.writeBytes(CRLF);
    }
  }

  private static int authority(RequestHead head) {
    return head.authorityEnd() - head.authorityStart();
  }
}
