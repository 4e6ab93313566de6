package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.PoolSpec;
import java.util.List;
import java.util.regex.Pattern;

/// Reads what `server` says of TLS. Stateless.
final class ServerTls {
  private static final Pattern TEXT = Pattern.compile("str\\(([^()]+)\\)");

  private ServerTls() {}

  static boolean verify(Arguments arguments) throws Refusal {
    var word = arguments.next("none or required behind 'verify'");
    return switch (word) {
      case "none" -> false;
      case "required" -> true;
      default -> throw Refusal.value("'verify %s': write none or required".formatted(word));
    };
  }

  static String serverName(Arguments arguments) throws Refusal {
    var expression = arguments.next("an expression behind 'sni'");
    var text = TEXT.matcher(expression);
    if (!text.matches()) {
      throw Refusal.unsupported(
          "'sni %s' asks for another name with every request, and a pool asks for one: write"
                  .formatted(expression)
              + " str(…), or one backend for each name");
    }
    return text.group(1);
  }

  static void alpn(ServerOptions options, Arguments arguments) throws Refusal {
    var protocols = arguments.next("protocols behind 'alpn'");
    if (protocols.equals("h2")) {
      options.protocol = arguments.setting(PoolSpec.Protocol.HTTP2);
    } else if (!List.of(protocols.split(",")).contains("http/1.1")) {
      throw Refusal.unsupported(
          "'alpn %s': Weir speaks h2 or http/1.1 with servers; write one of them"
              .formatted(protocols));
    }
  }
}
