package dev.weir.config.manifest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads fields of an object that no schema of ours describes; what has another type than expected
/// is an error.
final class Fields {
  private final Tree.Mapping mapping;
  private final String path;
  private final Findings findings;

  Fields(Tree.Mapping mapping, String path, Findings findings) {
    this.mapping = mapping;
    this.path = path;
    this.findings = findings;
  }

  void error(String key, String rule, String message) {
    var entry = mapping.entries().get(key);
    findings.error(entry == null ? mapping.line() : entry.line(), at(key), rule, message);
  }

  private String at(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private void wrongType(String key, String wanted, Tree value) {
    error(key, "WrongType", "must be " + wanted + ", and is " + value.kind());
  }

  private @Nullable Tree value(String key) {
    var value = mapping.get(key);
    return value instanceof Tree.Scalar scalar && scalar.value() == null ? null : value;
  }

  /// The names of all fields.
  List<String> keys() {
    return List.copyOf(mapping.entries().keySet());
  }

  /// An object; an empty one when it is absent.
  Fields object(String key) {
    var value = value(key);
    if (value instanceof Tree.Mapping child) {
      return new Fields(child, at(key), findings);
    }
    if (value != null) {
      wrongType(key, "an object", value);
    }
    return new Fields(
        new Tree.Mapping(new LinkedHashMap<>(), mapping.line(), 1), at(key), findings);
  }

  /// The objects of a list; none when it is absent.
  List<Fields> objects(String key) {
    var objects = new ArrayList<Fields>();
    var items = items(key);
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i) instanceof Tree.Mapping child) {
        objects.add(new Fields(child, at(key) + "[" + i + "]", findings));
      } else {
        wrongType(key, "a list of objects", items.get(i));
      }
    }
    return objects;
  }

  /// The texts of a list; none when it is absent.
  List<String> texts(String key) {
    var texts = new ArrayList<String>();
    for (var item : items(key)) {
      if (item instanceof Tree.Scalar(String text, _, _)) {
        texts.add(text);
      } else {
        wrongType(key, "a list of strings", item);
      }
    }
    return texts;
  }

  private List<Tree> items(String key) {
    var value = value(key);
    if (value instanceof Tree.Sequence list) {
      return list.items();
    }
    if (value != null) {
      wrongType(key, "a list", value);
    }
    return List.of();
  }

  @Nullable String text(String key) {
    var value = value(key);
    if (value instanceof Tree.Scalar(String text, _, _)) {
      return text;
    }
    if (value != null) {
      wrongType(key, "a string", value);
    }
    return null;
  }

  @Nullable Boolean bool(String key) {
    var value = value(key);
    if (value instanceof Tree.Scalar(Boolean flag, _, _)) {
      return flag;
    }
    if (value != null) {
      wrongType(key, "true or false", value);
    }
    return null;
  }

  /// A port number.
  @Nullable Integer integer(String key) {
    var value = value(key);
    if (value instanceof Tree.Scalar(Long number, _, _)) {
      if (number >= 1 && number <= 65_535) {
        return number.intValue();
      }
      error(key, "OutOfRange", "must be 1 to 65535, and is " + number);
    } else if (value != null) {
      wrongType(key, "an integer", value);
    }
    return null;
  }

  /// A port number that must be there.
  @Nullable Integer required(String key) {
    if (value(key) == null) {
      error(key, "Required", "is required");
    }
    return integer(key);
  }
}
