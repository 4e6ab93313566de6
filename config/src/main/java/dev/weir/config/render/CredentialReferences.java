package dev.weir.config.render;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.AuthoritiesSpec;
import dev.weir.api.v1alpha1.CertificateSpec;
import dev.weir.api.v1alpha1.CertificateSpec.CertificateFile;
import dev.weir.api.v1alpha1.ObjectRef;
import dev.weir.config.CertificateConfig;
import dev.weir.config.Credentials;
import dev.weir.config.TrustConfig;
import dev.weir.config.pem.Authorities;
import dev.weir.config.pem.CertifiedKey;
import dev.weir.config.pem.InvalidPemException;
import dev.weir.config.render.References.ReferentKind;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Finds the certificates and authorities that a LoadBalancer refers to, and names them. Used by
/// one thread and thrown away.
///
/// What is not there, or cannot be used, is a problem that refuses nothing: a proxy that has an
/// earlier one under the same name keeps it.
final class CredentialReferences {
  private static final String CHAIN = "tls.crt";
  private static final String KEY = "tls.key";
  private static final String AUTHORITIES = "ca.crt";
  private static final String REVOCATIONS = "ca.crl";
  private static final String PRIVATE_KEY = "PRIVATE KEY-----";
  private static final int MAX_FILES = 1000;

  private final ObjectName owner;
  private final References references;
  private final Problems problems;
  private final TreeMap<String, CertificateConfig> certificates = new TreeMap<>();
  private final TreeMap<String, TrustConfig> trusts = new TreeMap<>();

  CredentialReferences(ObjectName owner, References references, Problems problems) {
    this.owner = owner;
    this.references = references;
    this.problems = problems;
  }

  /// What was found so far.
  Credentials credentials() {
    return new Credentials(List.copyOf(certificates.values()), List.copyOf(trusts.values()));
  }

  /// The names of the certificates' resources, which are among the credentials if all is well: one,
  /// or for a directory one for each of its files.
  ///
  /// @param path where they stand in the manifest
  List<String> certificates(CertificateSpec spec, String path) {
    var file = spec.file();
    var files =
        file == null || file.key() != null ? null : references.directory(file.certificate());
    if (file == null || files == null) {
      return List.of(certificate(spec, path));
    }
    var at = path + ".file.certificate";
    if (files.isEmpty()) {
      problems.unresolved(at, "InvalidDirectory", file.certificate() + " has no file in it");
    }
    if (files.size() > MAX_FILES) {
      problems.unresolved(
          at,
          "InvalidDirectory",
          "%s has %d files; the first %d are used"
              .formatted(file.certificate(), files.size(), MAX_FILES));
    }
    return files.stream()
        .limit(MAX_FILES)
        .map(one -> certificate(new CertificateSpec(null, new CertificateFile(one, null)), path))
        .toList();
  }

  /// The name of the certificate's resource, which is among the credentials if all is well.
  ///
  /// @param path where it stands in the manifest
  String certificate(CertificateSpec spec, String path) {
    var file = spec.file();
    if (file != null) {
      var keyFile = file.key();
      boolean one = keyFile == null || keyFile.equals(file.certificate());
      var name = name("File", file.certificate() + (one ? "" : "+" + keyFile));
      var at = path + ".file";
      var chain = text(file.certificate(), at + ".certificate");
      var key = keyFile == null ? keyBeside(file.certificate(), chain) : text(keyFile, at + ".key");
      certificate(name, chain, key, at);
      return name;
    }
    var ref = requireNonNullElse(spec.secretRef(), new ObjectRef("", null));
    var at = path + ".secretRef";
    var secret = secret(ref, at);
    var name = name(ref, ReferentKind.Secret);
    if (secret != null) {
      certificate(name, value(secret, CHAIN, at), value(secret, KEY, at), at);
    }
    return name;
  }

  /// Without a key in it, a file may have one beside it under its name with `.key`.
  private @Nullable String keyBeside(String file, @Nullable String chain) {
    if (chain == null || chain.contains(PRIVATE_KEY)) {
      return chain;
    }
    var beside = references.file(file + ".key").text();
    return beside == null ? chain : beside;
  }

  private void certificate(String name, @Nullable String chain, @Nullable String key, String path) {
    if (chain == null || key == null) {
      return;
    }
    try {
      CertifiedKey.read(chain, key);
      certificates.put(name, new CertificateConfig(name, chain, key));
    } catch (InvalidPemException e) {
      problems.unresolved(path, "InvalidCertificate", e.problem());
    }
  }

  /// The name of the authorities' resource, which is among the credentials if all is well.
  ///
  /// @param path where they stand in the manifest
  String trust(AuthoritiesSpec spec, String path) {
    var file = spec.file();
    if (file != null) {
      var crl = file.crl();
      var name = name("File", file.certificates() + (crl == null ? "" : "+" + crl));
      var at = path + ".file";
      var listed = crl == null ? null : text(crl, at + ".crl");
      if (crl == null || listed != null) {
        trust(name, text(file.certificates(), at + ".certificates"), listed, at);
      }
      return name;
    }
    var configMapRef = spec.configMapRef();
    if (configMapRef != null) {
      var at = path + ".configMapRef";
      var found = configMap(configMapRef, at);
      var name = name(configMapRef, ReferentKind.ConfigMap);
      if (found != null) {
        var authorities = found.value(AUTHORITIES);
        missing(authorities, ReferentKind.ConfigMap, found.name(), AUTHORITIES, at);
        trust(name, authorities, found.value(REVOCATIONS), at);
      }
      return name;
    }
    var ref = requireNonNullElse(spec.secretRef(), new ObjectRef("", null));
    var at = path + ".secretRef";
    var found = secret(ref, at);
    var name = name(ref, ReferentKind.Secret);
    if (found != null) {
      trust(name, value(found, AUTHORITIES, at), found.value(REVOCATIONS), at);
    }
    return name;
  }

  private void trust(
      String name, @Nullable String authorities, @Nullable String revocations, String path) {
    if (authorities == null) {
      return;
    }
    try {
      Authorities.read(authorities, revocations);
      trusts.put(name, new TrustConfig(name, authorities, revocations));
    } catch (InvalidPemException e) {
      problems.unresolved(path, "InvalidAuthorities", e.problem());
    }
  }

  private @Nullable SecretView secret(ObjectRef ref, String path) {
    var name = object(ref);
    if (!readable(ReferentKind.Secret, name, path)) {
      return null;
    }
    var found = references.secret(name);
    if (found == null) {
      problems.unresolved(path, "SecretNotFound", "there is no Secret " + name);
    }
    return found;
  }

  private @Nullable ConfigMapView configMap(ObjectRef ref, String path) {
    var name = object(ref);
    if (!readable(ReferentKind.ConfigMap, name, path)) {
      return null;
    }
    var found = references.configMap(name);
    if (found == null) {
      problems.unresolved(path, "ConfigMapNotFound", "there is no ConfigMap " + name);
    }
    return found;
  }

  private boolean readable(ReferentKind kind, ObjectName name, String path) {
    if (!references.permitted(owner, kind, name)) {
      problems.unresolved(
          path,
          Rendered.NOT_PERMITTED,
          "%s %s is in another namespace, and no ReferenceGrant there permits it"
              .formatted(kind, name));
      return false;
    }
    if (references.forbidden(kind, name)) {
      problems.unresolved(
          path,
          "RefForbidden",
          "the controller may not read %s %s: bind the ClusterRole weir-references to its ServiceAccount in namespace %s"
              .formatted(kind, name, name.namespace()));
      return false;
    }
    return true;
  }

  private @Nullable String value(SecretView secret, String key, String path) {
    var value = secret.value(key);
    missing(value, ReferentKind.Secret, secret.name(), key, path);
    return value;
  }

  private void missing(
      @Nullable String value, ReferentKind kind, ObjectName name, String key, String path) {
    if (value == null) {
      problems.unresolved(path, "KeyNotFound", "%s %s has no %s".formatted(kind, name, key));
    }
  }

  private @Nullable String text(String file, String path) {
    var view = references.file(file);
    if (view.problem() != null) {
      problems.unresolved(path, "FileNotReadable", file + " " + view.problem());
    }
    return view.text();
  }

  private ObjectName object(ObjectRef ref) {
    return owner.referred(ref.namespace(), ref.name());
  }

  private String name(ObjectRef ref, ReferentKind kind) {
    var object = object(ref);
    return owner + "/" + kind + ":" + object.namespace() + ":" + object.name();
  }

  private String name(String kind, String path) {
    return owner + "/" + kind + ":" + URLEncoder.encode(path, StandardCharsets.UTF_8);
  }
}
