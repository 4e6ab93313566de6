package dev.weir.config.manifest;

import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The CRD's CEL rules in Java, found by their text. A test fails when the CRD has one that is not
/// here.
final class CelRules {
  private static final Map<String, Predicate<Tree.Mapping>> RULES =
      Map.ofEntries(
          Map.entry(
              "!has(self.fleetRef) || !has(self.proxy)",
              self -> !has(self, "fleetRef") || !has(self, "proxy")),
          Map.entry(
              "(has(self.http) ? 1 : 0) + (has(self.tcp) ? 1 : 0) + (has(self.tls) ? 1 : 0) <= 1",
              self ->
                  Stream.of("http", "tcp", "tls").filter(field -> has(self, field)).count() <= 1),
          Map.entry(
              "!has(self.ca) || !has(self.verify) || self.verify",
              self ->
                  !has(self, "ca")
                      || !(self.get("verify") instanceof Tree.Scalar verify)
                      || !Boolean.FALSE.equals(verify.value())),
          Map.entry(
              "has(self.endpoints) != has(self.serviceRef)",
              self -> has(self, "endpoints") != has(self, "serviceRef")),
          Map.entry(
              "!has(self.http) || !has(self.protocol) || self.protocol == 'HTTP'",
              self -> !has(self, "http") || isHttp(self)),
          Map.entry(
              "!has(self.hosts) || !has(self.protocol) || self.protocol == 'HTTP' || has(self.tls)",
              self -> !has(self, "hosts") || isHttp(self) || has(self, "tls")),
          Map.entry(
              "!has(self.requestHeaders) && !has(self.responseHeaders) || !has(self.protocol)"
                  + " || self.protocol == 'HTTP'",
              self ->
                  !has(self, "requestHeaders") && !has(self, "responseHeaders") || isHttp(self)),
          Map.entry(
              "!has(self.accessLog) || !has(self.accessLog.format) || self.accessLog.format"
                  + " != 'HTTPLog' || !has(self.protocol) || self.protocol == 'HTTP'",
              self ->
                  !(self.get("accessLog") instanceof Tree.Mapping log
                          && "HTTPLog".equals(log.text("format")))
                      || isHttp(self)),
          Map.entry(
              "!has(self.replicas) || !has(self.kind) || self.kind != 'DaemonSet'",
              self -> !has(self, "replicas") || !"DaemonSet".equals(self.text("kind"))),
          Map.entry(
              "!has(self.externalTrafficPolicy) || has(self.type) && self.type in ['NodePort',"
                  + " 'LoadBalancer']",
              self ->
                  !has(self, "externalTrafficPolicy")
                      || "NodePort".equals(self.text("type"))
                      || "LoadBalancer".equals(self.text("type"))),
          Map.entry(
              "has(self.backends) != has(self.redirect)",
              self -> has(self, "backends") != has(self, "redirect")),
          Map.entry(
              "!has(self.redirect) || !has(self.requestHeaders) && !has(self.responseHeaders)",
              self ->
                  !has(self, "redirect")
                      || !has(self, "requestHeaders") && !has(self, "responseHeaders")),
          Map.entry(
              "has(self.certificates) != (has(self.mode) && self.mode == 'Passthrough')",
              self -> has(self, "certificates") != isPassthrough(self)),
          Map.entry(
              "!has(self.mode) || self.mode != 'Passthrough' || !has(self.minVersion) &&"
                  + " !has(self.ciphers) && !has(self.clientAuth) && !has(self.knownNamesOnly)",
              self ->
                  !isPassthrough(self)
                      || !has(self, "minVersion")
                          && !has(self, "ciphers")
                          && !has(self, "clientAuth")
                          && !has(self, "knownNamesOnly")),
          Map.entry(
              "!has(self.path) || !has(self.alpn)",
              self -> !has(self, "path") || !has(self, "alpn")),
          Map.entry(
              "has(self.exact) != has(self.prefix)",
              self -> has(self, "exact") != has(self, "prefix")),
          Map.entry(
              "!has(self.tls) || !has(self.tls.mode) || self.tls.mode != 'Passthrough' ||"
                  + " has(self.protocol) && self.protocol == 'TCP'",
              self ->
                  !(self.get("tls") instanceof Tree.Mapping tls)
                      || !isPassthrough(tls)
                      || "TCP".equals(self.text("protocol"))),
          Map.entry(
              "!has(self.tls) || !has(self.http) || !has(self.http.redirectToHttps)",
              self ->
                  !has(self, "tls")
                      || !(self.get("http") instanceof Tree.Mapping http)
                      || !has(http, "redirectToHttps")),
          Map.entry("has(self.secretRef)", self -> has(self, "secretRef") != has(self, "file")),
          Map.entry(
              "has(self.configMapRef) != has(self.secretRef)",
              self ->
                  Stream.of("configMapRef", "secretRef", "file")
                          .filter(field -> has(self, field))
                          .count()
                      == 1),
          Map.entry(
              "has(self.full) != has(self.replacePrefix)",
              self -> has(self, "full") != has(self, "replacePrefix")));

  private CelRules() {}

  static boolean known(Schema.Rule rule) {
    return RULES.containsKey(rule.cel());
  }

  /// Whether the object obeys the rule.
  static boolean holds(Schema.Rule rule, Tree.Mapping self) {
    var predicate = RULES.get(rule.cel());
    if (predicate == null) {
      throw new IllegalStateException("no Java for the CRD's rule " + rule.cel());
    }
    return predicate.test(self);
  }

  private static boolean isHttp(Tree.Mapping self) {
    return !has(self, "protocol") || "HTTP".equals(self.text("protocol"));
  }

  private static boolean isPassthrough(Tree.Mapping self) {
    return "Passthrough".equals(self.text("mode"));
  }

  private static boolean has(Tree.Mapping self, String field) {
    var value = self.get(field);
    return value != null && !(value instanceof Tree.Scalar scalar && scalar.value() == null);
  }
}
