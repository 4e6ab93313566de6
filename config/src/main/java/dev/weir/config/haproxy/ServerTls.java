package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.TlsSpec;
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

  static TlsSpec.Version version(Arguments arguments) throws Refusal {
    var word = arguments.next("a version behind 'ssl-min-ver'");
    return switch (word) {
      case "TLSv1.2" -> TlsSpec.Version.TLS12;
      case "TLSv1.3" -> TlsSpec.Version.TLS13;
      default ->
          throw Refusal.unsupported(
              "'ssl-min-ver %s': Weir speaks TLSv1.2 and TLSv1.3".formatted(word));
    };
  }

  static void alpn(Arguments arguments) throws Refusal {
    var protocols = arguments.next("protocols behind 'alpn'");
    if (!List.of(protocols.split(",")).contains("http/1.1")) {
      throw Refusal.unsupported(
          "'alpn %s' leaves HTTP/1.1 out, which is what Weir speaks with servers; remove it"
              .formatted(protocols));
    }
  }
}
