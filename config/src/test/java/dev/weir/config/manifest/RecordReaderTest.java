package dev.weir.config.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.LoadBalancerSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordReaderTest {
  @Test
  void everyFieldOfTheSchemaIsReadAsAGeneralMapperReadsIt() {
    var everything = value(Schema.loadBalancer().at("spec"));
    var mapper = JsonMapper.builder().annotationIntrospector(FileFields.VISIBLE).build();
    assertEquals(
        mapper.convertValue(everything, LoadBalancerSpec.class),
        RecordReader.read(everything, LoadBalancerSpec.class));
  }

  @Test
  void whatTheSchemaShouldHaveRefusedIsRefused() {
    for (var wrong : List.of(Map.of("port", "80"), Map.of("protocol", "FTP"), Map.of("x", 1))) {
      assertThrows(IllegalStateException.class, () -> RecordReader.read(wrong, ListenerSpec.class));
    }
  }

  /// Something of the type that the schema says, with every property that it knows.
  private static Object value(Schema schema) {
    if (!schema.allowed().isEmpty()) {
      return schema.allowed().getLast();
    }
    return switch (schema.type()) {
      case null -> 7;
      case "integer" -> 7;
      case "boolean" -> true;
      case "array" -> List.of(value(schema.at("[]")), value(schema.at("[]")));
      case "object" -> {
        var object = new LinkedHashMap<String, Object>();
        schema.properties().forEach((name, child) -> object.put(name, value(child)));
        if (schema.values() != null) {
          object.put("key", value(schema.values()));
        }
        yield object;
      }
      default -> "text";
    };
  }
}
