package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.TlsSpec;
import dev.weir.config.CipherSuites;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads how TLS is spoken, which `bind`, `server` and `global` say with the same words. Stateless.
final class TlsWords {
  static final String SUITES = "nothing: TLS 1.3 has its three suites, always";
  static final String CURVES = "nothing: the usual curves are spoken";

  private static final String MIN = "`%s[].tls.minVersion`";
  private static final String OLD = "nothing: TLS 1.2 and 1.3 are spoken alone";

  /// What switches versions and the like, and what it becomes.
  static final Map<String, String> OPTIONS = options();

  /// The same for binds, which say more.
  static final Map<String, String> BIND_OPTIONS = bindOptions();

  /// Parts of a list of ciphers that stand for many suites.
  private static final Set<String> EXCLUSIONS = Set.of("!", "-");

  private TlsWords() {}

  private static Map<String, String> options() {
    var options = new LinkedHashMap<String, String>();
    options.put("ssl-min-ver", MIN);
    options.put("ssl-max-ver", "nothing, and only TLSv1.3 is taken");
    options.put("no-sslv3", OLD);
    options.put("no-tlsv10", OLD);
    options.put("no-tlsv11", OLD);
    options.put("no-tlsv12", MIN);
    options.put("force-tlsv13", MIN);
    options.put("no-tls-tickets", "nothing: sessions are resumed by tickets");
    options.put("tls-tickets", "nothing: sessions are resumed by tickets");
    options.put("prefer-client-ciphers", "nothing: the order of ciphers is the proxy's");
    options.put("allow-0rtt", "nothing: early data is never taken");
    return Collections.unmodifiableMap(options);
  }

  private static Map<String, String> bindOptions() {
    var options = new LinkedHashMap<>(OPTIONS);
    options.put("strict-sni", "`%s[].tls.knownNamesOnly`");
    options.put("no-strict-sni", "`%s[].tls.knownNamesOnly`: not set");
    return Collections.unmodifiableMap(options);
  }

  /// What an option becomes, for the reference.
  ///
  /// @param where `listeners` or `pools`
  static String becomes(String word, String where) {
    return BIND_OPTIONS.getOrDefault(word, "").formatted(where);
  }

  /// The words of `ssl-default-bind-options` and the like.
  ///
  /// @param known those that may stand there
  static void options(TlsSpeech speech, Map<String, String> known, Arguments arguments)
      throws Refusal {
    while (arguments.more()) {
      var word = arguments.next("an option");
      if (!known.containsKey(word)) {
        throw Refusals.directive(word, "ssl-default-…-options", RefusedWords.BIND, known.keySet());
      }
      option(speech, word, arguments);
    }
    arguments.holds();
  }

  /// One option, whose word is taken already.
  static void option(TlsSpeech speech, String word, Arguments arguments) throws Refusal {
    switch (word) {
      case "ssl-min-ver" -> minVersion(speech, arguments);
      case "ssl-max-ver" -> {
        var version = arguments.next("a version behind 'ssl-max-ver'");
        if (!version.equals("TLSv1.3")) {
          throw Refusal.unsupported(
              "'ssl-max-ver %s': Weir speaks TLSv1.3 wherever clients do; remove it"
                  .formatted(version));
        }
      }
      case "no-tlsv12", "force-tlsv13" ->
          speech.minVersion = arguments.setting(TlsSpec.Version.TLS13);
      case "strict-sni" -> speech.strictSni = arguments.setting(Boolean.TRUE);
      case "no-strict-sni" -> speech.strictSni = arguments.setting(Boolean.FALSE);
      case "no-tls-tickets" ->
          arguments.notice(
              "Differs",
              "sessions are resumed by tickets all the same, whose keys are replaced all the time");
      case "prefer-client-ciphers" ->
          arguments.notice("Differs", "the order of ciphers is the proxy's, with TLS 1.2");
      case "allow-0rtt" ->
          arguments.notice("Differs", "early data is never taken, so that nobody can replay it");
      default -> {}
    }
  }

  private static void minVersion(TlsSpeech speech, Arguments arguments) throws Refusal {
    var word = arguments.next("a version behind 'ssl-min-ver'");
    speech.minVersion =
        switch (word) {
          case "TLSv1.2" -> arguments.setting(TlsSpec.Version.TLS12);
          case "TLSv1.3" -> arguments.setting(TlsSpec.Version.TLS13);
          case "SSLv3", "TLSv1.0", "TLSv1.1" -> {
            arguments.notice(
                "Differs", "'ssl-min-ver %s': Weir speaks TLSv1.2 and TLSv1.3".formatted(word));
            yield arguments.setting(TlsSpec.Version.TLS12);
          }
          default -> throw Refusal.value("'ssl-min-ver %s' is not a version".formatted(word));
        };
  }

  /// A list of ciphers of OpenSSL. Suites that are not spoken are left out with a notice; parts
  /// that stand for many leave it at the usual ones.
  static void ciphers(TlsSpeech speech, Arguments arguments) throws Refusal {
    var text = arguments.next("ciphers");
    var known = new ArrayList<String>();
    var unknown = new ArrayList<String>();
    var many = new ArrayList<String>();
    for (var part : text.split("[:, ]+")) {
      if (part.isEmpty() || EXCLUSIONS.contains(part.substring(0, 1)) || part.startsWith("@")) {
        continue;
      }
      if (CipherSuites.iana(part) != null) {
        known.add(part);
      } else if (part.startsWith("TLS_") || part.contains("-") && !part.contains("+")) {
        unknown.add(part);
      } else {
        many.add(part);
      }
    }
    if (!many.isEmpty()) {
      arguments.notice(
          "Differs",
          "'%s' stands for many suites: the usual ones are spoken, ECDHE with AES-GCM or ChaCha20"
              .formatted(String.join(":", many)));
      arguments.holds();
      return;
    }
    if (known.isEmpty()) {
      throw Refusal.unsupported(
          "none of the ciphers '%s' is spoken here; those are %s"
              .formatted(text, String.join(", ", CipherSuites.all())));
    }
    if (!unknown.isEmpty()) {
      arguments.notice("Differs", "not spoken and left out: " + Units.list(List.copyOf(unknown)));
    }
    speech.ciphers = arguments.setting(List.copyOf(known.stream().distinct().toList()));
  }

  static void suites(Arguments arguments) throws Refusal {
    arguments.next("suites");
    arguments.holds();
    arguments.notice("Differs", "TLS 1.3 has its three suites, always");
  }

  static void curves(Arguments arguments) throws Refusal {
    arguments.next("curves");
    arguments.holds();
    arguments.notice("Differs", "curves are not a choice: X25519, P-256 and P-384 are spoken");
  }

  static void resumed(String word, Arguments arguments) {
    if (word.startsWith("no-")) {
      arguments.notice("Differs", "sessions with servers are resumed all the same");
    }
  }
}
