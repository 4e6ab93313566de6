package dev.weir.proxy.testkit;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The start line and the fields of an HTTP/1 message, as they came.
public record Head(String startLine, List<Field> fields) {

  public Head {
    fields = List.copyOf(fields);
  }

  /// One field line.
  public record Field(String name, String value) {}

  /// The value of the first field of that name, in any case.
  public @Nullable String first(String name) {
    for (var field : fields) {
      if (field.name().equalsIgnoreCase(name)) {
        return field.value();
      }
    }
    return null;
  }

  /// All values of that name, in order.
  public List<String> all(String name) {
    return fields.stream()
        .filter(field -> field.name().equalsIgnoreCase(name))
        .map(Field::value)
        .toList();
  }

  /// Whether a field of that name holds `token` in a comma-separated list, in any case.
  public boolean lists(String name, String token) {
    return all(name).stream()
        .flatMap(value -> List.of(value.split(",")).stream())
        .anyMatch(item -> item.strip().equalsIgnoreCase(token));
  }

  /// The status code of a response.
  public int status() {
    return Integer.parseInt(startLine.split(" ", 3)[1]);
  }

  /// The method of a request.
  public String method() {
    return startLine.split(" ", 3)[0];
  }

  /// The target of a request.
  public String target() {
    return startLine.split(" ", 3)[1];
  }

  /// The declared length of the body; -1 when there is none.
  public long contentLength() {
    var value = first("content-length");
    return value == null ? -1 : Long.parseLong(value.strip());
  }

  /// Whether the body is chunked.
  public boolean chunked() {
    var value = first("transfer-encoding");
    return value != null && value.toLowerCase(Locale.ROOT).endsWith("chunked");
  }
}
