package dev.weir.config.manifest;

import com.fasterxml.jackson.databind.AnnotationIntrospector;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What files may say beyond the CRD: certificates and authorities that are in files themselves.
final class FileFields {
  private static final String FIELD = "file";
  private static final String CERTIFICATE =
      """
      file\ttype\tobject\trequired\tcertificate\tdescription\tPEM files, in place of secretRef. Only in \
      files that a proxy reads itself. Example: {certificate: shop.crt, key: shop.key}.
       certificate\ttype\tstring\tmin\t1\tmax\t4096\tdescription\tThe certificate, then those that lead \
      to its issuer; in a listener also a directory, of which each file is one, in the order of \
      their names. A relative path starts where the manifest is. Example: shop.crt.
       key\ttype\tstring\tmin\t1\tmax\t4096\tdescription\tIts private key. Default: in the \
      certificate's file, or in the one beside it whose name has .key added. Example: shop.key.
      """;
  private static final String AUTHORITIES =
      """
      file\ttype\tobject\trequired\tcertificates\tdescription\tPEM files, in place of configMapRef and \
      secretRef. Only in files that a proxy reads itself. Example: {certificates: partners.crt}.
       certificates\ttype\tstring\tmin\t1\tmax\t4096\tdescription\tThe certificates of the authorities; \
      a relative path starts where the manifest is. Example: partners.crt.
       crl\ttype\tstring\tmin\t1\tmax\t4096\tdescription\tTheir revocation lists. Default: none. \
      Example: partners.crl.
      """;

  /// Lets Jackson see what the CRD does not have.
  static final AnnotationIntrospector VISIBLE =
      new JacksonAnnotationIntrospector() {
        private static final long serialVersionUID = 1;

        @Override
        public boolean hasIgnoreMarker(AnnotatedMember member) {
          return false;
        }
      };

  private FileFields() {}

  /// Adds the fields to the CRD's schema.
  static void add(Schema schema) {
    var spec = schema.at("spec");
    var listener = spec.at("listeners").at("[]").at("tls");
    var pool = spec.at("pools").at("[]").at("tls");
    add(listener.at("certificates").at("[]"), CERTIFICATE);
    add(listener.at("clientAuth").at("ca"), AUTHORITIES);
    add(pool.at("certificate"), CERTIFICATE);
    add(pool.at("ca"), AUTHORITIES);
  }

  private static void add(Schema object, String field) {
    object.properties().put(FIELD, SchemaReader.read(field));
  }

  /// Makes relative paths in a spec start at the manifest's directory.
  static void resolve(@Nullable Object spec, String manifest) {
    Path directory = Path.of(manifest).toAbsolutePath().getParent();
    if (directory != null) {
      walk(spec, directory);
    }
  }

  private static void walk(@Nullable Object value, Path directory) {
    switch (value) {
      case Map<?, ?> map -> {
        if (map.get(FIELD) instanceof Map<?, ?> paths) {
          resolve(paths, directory);
        }
        map.values().forEach(child -> walk(child, directory));
      }
      case List<?> list -> list.forEach(child -> walk(child, directory));
      case null, default -> {}
    }
  }

  @SuppressWarnings("unchecked") // plain values, which have any type
  private static void resolve(Map<?, ?> paths, Path directory) {
    ((Map<Object, Object>) paths)
        .replaceAll(
            (name, path) ->
                path instanceof String text
                    ? directory.resolve(text).normalize().toString()
                    : path);
  }
}
