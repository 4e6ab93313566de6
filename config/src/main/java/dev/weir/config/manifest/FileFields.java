package dev.weir.config.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.AnnotationIntrospector;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What files may say beyond the CRD: certificates and authorities that are in files themselves.
final class FileFields {
  private static final String FIELD = "file";
  private static final String LISTENER =
      "/properties/spec/properties/listeners/items/properties/tls/properties";
  private static final String POOL =
      "/properties/spec/properties/pools/items/properties/tls/properties";
  private static final String CERTIFICATE =
      """
      {"type": "object",
       "description": "PEM files, in place of secretRef. Only in files that a proxy reads itself. \
      Example: {certificate: shop.crt, key: shop.key}.",
       "properties": {
         "certificate": {"type": "string", "minLength": 1, "maxLength": 4096,
           "description": "The certificate, then those that lead to its issuer; in a listener also \
      a directory, of which each file is one, in the order of their names. A relative path starts \
      where the manifest is. Example: shop.crt."},
         "key": {"type": "string", "minLength": 1, "maxLength": 4096,
           "description": "Its private key. Default: in the certificate's file, or in the one beside \
      it whose name has .key added. Example: shop.key."}},
       "required": ["certificate"]}
      """;
  private static final String AUTHORITIES =
      """
      {"type": "object",
       "description": "PEM files, in place of configMapRef and secretRef. Only in files that a \
      proxy reads itself. Example: {certificates: partners.crt}.",
       "properties": {
         "certificates": {"type": "string", "minLength": 1, "maxLength": 4096,
           "description": "The certificates of the authorities; a relative path starts where the \
      manifest is. Example: partners.crt."},
         "crl": {"type": "string", "minLength": 1, "maxLength": 4096,
           "description": "Their revocation lists. Default: none. Example: partners.crl."}},
       "required": ["certificates"]}
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
  static void add(JsonNode schema) {
    add(schema, LISTENER + "/certificates/items", CERTIFICATE);
    add(schema, LISTENER + "/clientAuth/properties/ca", AUTHORITIES);
    add(schema, POOL + "/certificate", CERTIFICATE);
    add(schema, POOL + "/ca", AUTHORITIES);
  }

  private static void add(JsonNode schema, String pointer, String field) {
    if (!(schema.at(pointer + "/properties") instanceof ObjectNode properties)) {
      throw new IllegalStateException("the CRD has no " + pointer);
    }
    try {
      properties.set(FIELD, new JsonMapper().readTree(field));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
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
