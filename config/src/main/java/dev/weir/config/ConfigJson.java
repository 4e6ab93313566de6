package dev.weir.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The one JSON form of what a proxy runs: bodies on the config stream and in the last-known-good
/// file.
///
/// Writing is deterministic (record components in declared order, null left out, durations as
/// Gateway API strings, instants as RFC 3339), so equal records give equal bytes. Reading is
/// strict: an unknown field, an unknown enum value, a missing or null component that is not
/// `@Nullable`, a duplicate key or a value of another type is an error, never ignored or coerced.
/// Safe for use by any thread.
public final class ConfigJson {
  private static final JsonMapper MAPPER = mapper();

  private ConfigJson() {}

  /// The bytes of a record of this package, UTF-8, without line breaks.
  public static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a record that has a JSON form: " + value, e);
    }
  }

  /// Reads one document of the type.
  ///
  /// @throws InvalidJsonException when anything in it is not exactly what the type says
  public static <T> T read(byte[] json, Class<T> type) throws InvalidJsonException {
    try {
      T value = MAPPER.readValue(json, type);
      if (value == null) {
        throw new InvalidJsonException("", "null is not a " + type.getSimpleName());
      }
      return value;
    } catch (JsonMappingException e) {
      throw new InvalidJsonException(path(e), firstLine(e.getOriginalMessage()));
    } catch (JsonProcessingException e) {
      throw new InvalidJsonException("", firstLine(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new InvalidJsonException("", String.valueOf(e.getMessage()));
    }
  }

  /// A document that is refused.
  public static final class InvalidJsonException extends Exception {
    private static final long serialVersionUID = 1;
    private final String path;
    private final String problem;

    InvalidJsonException(String path, String problem) {
      super(path.isEmpty() ? problem : path + ": " + problem);
      this.path = path;
      this.problem = problem;
    }

    /// Where in the document, as in `listeners[0].port`; empty for the document itself.
    public String path() {
      return path;
    }

    /// What is wrong there, in one line.
    public String problem() {
      return problem;
    }
  }

  private static JsonMapper mapper() {
    var factory =
        JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(32)
                    .maxNumberLength(32)
                    .maxNameLength(1024)
                    .build())
            .build();
    var times = new SimpleModule("weir-times");
    times.addSerializer(Duration.class, new DurationWriter());
    times.addDeserializer(Duration.class, new DurationReader());
    times.addSerializer(Instant.class, new ToStringSerializer(Instant.class));
    times.addDeserializer(Instant.class, new InstantReader());
    return JsonMapper.builder(factory)
        .addModule(times)
        .annotationIntrospector(new NullnessIntrospector())
        .addMixIn(PoolConfig.Probe.class, ProbeJson.class)
        .serializationInclusion(JsonInclude.Include.NON_NULL)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .enable(
            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
            DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
            DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS,
            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .build();
  }

  private static String path(JsonMappingException e) {
    return e.getPath().stream()
        .map(r -> r.getFieldName() != null ? "." + r.getFieldName() : "[" + r.getIndex() + "]")
        .collect(Collectors.joining())
        .replaceFirst("^\\.", "");
  }

  private static String firstLine(@Nullable String message) {
    if (message == null) {
      return "unreadable";
    }
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = PoolConfig.Probe.Tcp.class, name = "TCP"),
    @JsonSubTypes.Type(value = PoolConfig.Probe.Tls.class, name = "TLS"),
    @JsonSubTypes.Type(value = PoolConfig.Probe.Http.class, name = "HTTP")
  })
  private interface ProbeJson {}

  /// A record component without `@Nullable` is required and takes no null.
  private static final class NullnessIntrospector extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
      return isRequired(member) ? Boolean.TRUE : super.hasRequiredMarker(member);
    }

    @Override
    public JsonSetter.Value findSetterInfo(Annotated annotated) {
      return isRequired(annotated)
          ? JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL)
          : super.findSetterInfo(annotated);
    }

    private static boolean isRequired(Annotated annotated) {
      return annotated instanceof AnnotatedParameter parameter
          && parameter.getOwner().getAnnotated() instanceof Constructor<?> constructor
          && constructor.getDeclaringClass().isRecord()
          && !constructor.getAnnotatedParameterTypes()[parameter.getIndex()].isAnnotationPresent(
              Nullable.class);
    }
  }

  private static final class DurationWriter extends StdScalarSerializer<Duration> {
    private static final long serialVersionUID = 1;

    DurationWriter() {
      super(Duration.class);
    }

    @Override
    public void serialize(Duration value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeString(Durations.format(value));
    }
  }

  private static final class InstantReader extends StdScalarDeserializer<Instant> {
    private static final long serialVersionUID = 1;

    InstantReader() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser json, DeserializationContext context) throws IOException {
      String text = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : "";
      try {
        return Instant.parse(text);
      } catch (DateTimeParseException e) {
        return (Instant)
            context.handleWeirdStringValue(Instant.class, text, "not an RFC 3339 time in UTC");
      }
    }
  }

  private static final class DurationReader extends StdScalarDeserializer<Duration> {
    private static final long serialVersionUID = 1;

    DurationReader() {
      super(Duration.class);
    }

    @Override
    public Duration deserialize(JsonParser json, DeserializationContext context)
        throws IOException {
      String text = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : "";
      if (!Durations.valid(text)) {
        return (Duration)
            context.handleWeirdStringValue(Duration.class, text, "not a Gateway API duration");
      }
      return Durations.parse(text);
    }
  }
}
