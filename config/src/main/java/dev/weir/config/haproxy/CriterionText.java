package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.Patterns;
import dev.weir.config.haproxy.Criterion.Always;
import dev.weir.config.haproxy.Criterion.Any;
import dev.weir.config.haproxy.Criterion.Hello;
import dev.weir.config.haproxy.Criterion.HostEnds;
import dev.weir.config.haproxy.Criterion.HostIs;
import dev.weir.config.haproxy.Criterion.PathBegins;
import dev.weir.config.haproxy.Criterion.PathIs;
import dev.weir.config.haproxy.Criterion.Tls;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads one criterion with its flags and values, such as `hdr(host) -i a.example.com`. Used by one
/// thread and thrown away.
final class CriterionText {
  static final String KNOWN =
      "Weir chooses by hdr(host), hdr_end(host), path and path_beg alone, and in mode tcp by"
          + " req.ssl_sni and req.ssl_alpn: remove the condition, or keep HAProxy for it";

  private static final Pattern HOST =
      Pattern.compile("(?:req\\.f?)?hdr\\(host\\)((?:,(?:lower|host_only|field\\(1,:\\)))*)");
  private static final Pattern SNI = Pattern.compile("req[._]ssl_sni(?:,lower)*");
  private static final Set<String> HELLO =
      Set.of("req.ssl_hello_type 1", "req_ssl_hello_type 1", "req.ssl_hello_type eq 1");
  private static final Pattern NAME = Pattern.compile(Patterns.HOST);
  private static final Pattern PATH = Pattern.compile(Patterns.PATH);
  private static final Set<String> TLS = Set.of("ssl_fc", "ssl_fc 1", "ssl_fc eq 1");

  /// Why there is nothing exact for it.
  private static final Map<String, String> MEANINGS =
      Map.of(
          "hdr_dom", "also takes hosts that only have the name inside; write hdr(host) and hdr_end",
          "hdr_beg", "takes hosts by how they begin; write hdr(host) with the whole names",
          "hdr_reg", "takes hosts by a pattern; write hdr(host) with the whole names",
          "hdr_sub", "takes hosts by a part; write hdr(host) with the whole names",
          "path_dir", "takes paths by an element anywhere; write path_beg",
          "path_end", "takes paths by how they end; write path with the whole paths",
          "path_reg", "takes paths by a pattern; write path and path_beg",
          "path_sub", "takes paths by a part; write path and path_beg",
          "src", "chooses by the client; " + KNOWN);

  private final ProxyDraft draft;
  private final Arguments arguments;
  private boolean ignoreCase;
  private String method = "";

  CriterionText(ProxyDraft draft, Arguments arguments) {
    this.draft = draft;
    this.arguments = arguments;
  }

  /// @param words the criterion and what follows it
  Criterion read(List<String> words) throws Refusal {
    if (words.isEmpty()) {
      throw Refusal.value("there is no condition between '{' and '}'");
    }
    var fetch = words.getFirst().replaceFirst("\\((?i:host)\\)", "(host)");
    var text = String.join(" ", words);
    if (fetch.equals("always_true") || fetch.equals("always_false")) {
      return new Always(text.equals("always_true"));
    }
    if (HELLO.contains(text)) {
      draft.sawTls(arguments.line());
      return new Hello();
    }
    if (TLS.contains(text)) {
      return new Tls();
    }
    var values = values(words);
    if (SNI.matcher(fetch).matches()) {
      draft.sawTls(arguments.line());
      return names(values, method("str"), words.getFirst());
    }
    if (fetch.equals("req.ssl_alpn")) {
      draft.sawTls(arguments.line());
      return protocols(values);
    }
    draft.sawRequest(arguments.line());
    boolean whole = HOST.matcher(fetch).matches();
    if (whole || fetch.equals("hdr_end(host)")) {
      return host(values, whole ? method("str") : "end", words.getFirst());
    }
    return switch (fetch) {
      case "path" -> path(values, method("str"), "path");
      case "path_beg" -> path(values, "beg", "path_beg");
      default -> throw unknown(words.getFirst());
    };
  }

  private String method(String otherwise) {
    return method.isEmpty() ? otherwise : method;
  }

  private static Refusal unknown(String word) {
    var fetch = word.replaceFirst("[(,].*", "");
    var meaning = MEANINGS.get(fetch);
    boolean otherHeader =
        fetch.startsWith("hdr") && !word.toLowerCase(Locale.ROOT).contains("(host)");
    return Refusal.unsupported(
        meaning == null || otherHeader
            ? "'%s' is not a condition that Weir knows; %s".formatted(word, KNOWN)
            : "'%s' %s".formatted(word, meaning));
  }

  private List<String> values(List<String> words) throws Refusal {
    int at = 1;
    while (at < words.size() && words.get(at).startsWith("-")) {
      var flag = words.get(at++);
      if (flag.equals("--")) {
        break;
      }
      switch (flag) {
        case "-i" -> ignoreCase = true;
        case "-n" -> {}
        case "-m" -> method = at < words.size() ? words.get(at++) : "";
        case "-f" ->
            throw Refusal.unsupported("'-f' reads values from a file; write them in the line");
        default ->
            throw Refusal.unsupported(
                "'%s' changes how '%s' compares; remove it".formatted(flag, words.getFirst()));
      }
    }
    if (at == words.size()) {
      throw Refusal.value("'%s' needs a value".formatted(words.getFirst()));
    }
    return words.subList(at, words.size());
  }

  private Criterion host(List<String> values, String how, String fetch) throws Refusal {
    Criterion any = names(values, how, fetch);
    if (!draft.saidHosts) {
      draft.saidHosts = true;
      arguments.notice(
          "Differs",
          "hosts are compared without their port, and whatever their case; HAProxy's hdr(host) has"
              + " the port when the client sends one");
    }
    return any;
  }

  private Criterion protocols(List<String> values) throws Refusal {
    if (!method("str").equals("str") || ignoreCase) {
      throw Refusal.unsupported("'req.ssl_alpn' is compared as it is; write the whole name");
    }
    for (var value : values) {
      if (!value.matches("[!-+\\--~]{1,64}")) {
        throw Refusal.value(
            "'req.ssl_alpn %s' is not the name of one protocol; write one line for each"
                .formatted(value));
      }
    }
    arguments.notice(
        "Differs",
        "'req.ssl_alpn' takes clients that offer the protocol among others; in HAProxy those that"
            + " offer it alone");
    return new Any(values.stream().<Criterion>map(PathIs::new).toList());
  }

  private static Criterion names(List<String> values, String how, String fetch) throws Refusal {
    var any = new ArrayList<Criterion>();
    for (var value : values) {
      var name = value.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]*$", "");
      boolean domain = how.equals("end");
      if (!domain && !how.equals("str")) {
        throw Refusal.unsupported("'-m %s' %s".formatted(how, KNOWN));
      }
      if (domain && !name.startsWith(".")) {
        throw Refusal.unsupported(
            "'%s %s' also takes other names that end so; write hdr(host) -i %s and hdr_end(host) -i .%s"
                .formatted(fetch, value, name, name));
      }
      var plain = domain ? name.substring(1) : name;
      if (!NAME.matcher(plain).matches() || plain.length() > 253) {
        throw Refusal.value("'%s' is not the name of a host".formatted(value));
      }
      any.add(domain ? new HostEnds(plain) : new HostIs(plain));
    }
    return new Any(any);
  }

  private Criterion path(List<String> values, String how, String fetch) throws Refusal {
    var any = new ArrayList<Criterion>();
    for (var value : values) {
      if (ignoreCase && !value.equals(value.toUpperCase(Locale.ROOT))
          || ignoreCase && !value.equals(value.toLowerCase(Locale.ROOT))) {
        throw Refusal.unsupported(
            "'-i' ignores the case of paths, which Weir never does; remove it, or write each"
                + " spelling");
      }
      if (!PATH.matcher(value).matches() || value.length() > 1024) {
        throw Refusal.value(
            "'%s %s': a path starts with '/' and has no blank, '?' or '#'".formatted(fetch, value));
      }
      switch (how) {
        case "str" -> any.add(new PathIs(value));
        case "beg" -> any.add(begins(value));
        default -> throw Refusal.unsupported("'-m %s' %s".formatted(how, KNOWN));
      }
    }
    return new Any(any);
  }

  private Criterion begins(String value) throws Refusal {
    if (!value.endsWith("/")) {
      if (!Character.isLetterOrDigit(value.charAt(value.length() - 1))) {
        throw Refusal.unsupported(
            "'path_beg %s' takes paths by a part of an element, and Weir's prefixes are whole"
                    .formatted(value)
                + " elements; write path with the whole paths, or keep HAProxy for it");
      }
      arguments.notice(
          "Differs",
          "prefixes are whole elements: %s takes %s and %s/x, and not %sx, which HAProxy takes; end"
                  .formatted(value, value, value, value)
              + " it with '/' for what both take");
    } else if (value.endsWith("//")) {
      throw Refusal.unsupported(
          "'path_beg %s' ends with an empty element, which Weir's prefixes cannot; remove it"
              .formatted(value));
    }
    return new PathBegins(value);
  }
}
