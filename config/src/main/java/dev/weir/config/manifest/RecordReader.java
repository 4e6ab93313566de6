package dev.weir.config.manifest;

import dev.weir.api.v1alpha1.IntOrString;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes the API's records of plain maps, lists and values that their schema has been found to fit.
/// Looks only at the records that a document has: a general mapper looks at all first, which is a
/// sixth of a proxy's start.
final class RecordReader {
  private RecordReader() {}

  /// A record of `type`. Fields that are absent are null.
  ///
  /// @throws IllegalStateException when the value does not fit, which the schema should have found
  static <T extends Record> T read(@Nullable Object value, Class<T> type) {
    return type.cast(Objects.requireNonNull(any(value, type)));
  }

  private static @Nullable Object any(@Nullable Object value, Type type) {
    return switch (value) {
      case null -> null;
      case List<?> list when type instanceof ParameterizedType of -> list(list, argument(of, 0));
      case Map<?, ?> map when type instanceof ParameterizedType of -> map(map, argument(of, 1));
      case Map<?, ?> map when type instanceof Class<?> c && c.isRecord() -> fields(map, c);
      case Integer number when type == Long.class -> number.longValue();
      case String name when type instanceof Class<?> c && c.isEnum() -> constant(name, c);
      default -> {
        if (type == IntOrString.class) {
          yield IntOrString.parse(value);
        }
        if (value.getClass() == type) {
          yield value;
        }
        throw new IllegalStateException(value.getClass() + " where " + type + " is wanted");
      }
    };
  }

  private static Type argument(ParameterizedType type, int index) {
    return type.getActualTypeArguments()[index];
  }

  private static List<@Nullable Object> list(List<?> values, Type type) {
    var list = new ArrayList<@Nullable Object>(values.size());
    for (var value : values) {
      list.add(any(value, type));
    }
    return list;
  }

  private static Map<String, @Nullable Object> map(Map<?, ?> values, Type type) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    values.forEach((key, value) -> map.put((String) key, any(value, type)));
    return map;
  }

  private static Object constant(String name, Class<?> type) {
    for (var constant : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(name)) {
        return constant;
      }
    }
    throw new IllegalStateException(type + " has no " + name);
  }

  private static Object fields(Map<?, ?> values, Class<?> type) {
    var components = type.getRecordComponents();
    var arguments = new @Nullable Object[components.length];
    int used = 0;
    for (int i = 0; i < components.length; i++) {
      var value = values.get(components[i].getName());
      if (value != null) {
        arguments[i] = any(value, components[i].getGenericType());
        used++;
      }
    }
    if (used < values.size()) {
      throw new IllegalStateException(type + " has not all of " + values.keySet());
    }
    try {
      return constructor(type, components).newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("cannot make a " + type, e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Constructor<?> constructor(Class<?> type, RecordComponent[] components)
      throws NoSuchMethodException {
    return type.getConstructor(
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
  }
}
