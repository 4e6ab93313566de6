package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is changed in the header of a message on its way: first what is removed, then what is set,
/// then what is added.
public record HeaderEditsSpec(
    @JsonPropertyDescription(
            "Fields that replace all of their name. At most 16, each name once. Default: none."
                + " Example: [{name: X-Client, value: \"%{client.address}\"}].")
        @Size(max = 16)
        @Nullable List<Field> set,
    @JsonPropertyDescription(
            "Fields that come on top of those of their name. At most 16. Default: none."
                + " Example: [{name: Cache-Control, value: no-store}].")
        @Size(max = 16)
        @Nullable List<Field> add,
    @JsonPropertyDescription(
            "Names whose fields are taken out, all of them. At most 16. Default: none."
                + " Example: [X-Debug].")
        @Size(max = 16)
        @Nullable List<@Size(min = 1, max = 128) @Pattern(Patterns.FIELD_NAME) String> remove) {

  /// A name and a value.
  public record Field(
      @JsonPropertyDescription(
              "The field's name; case does not matter. Names that frame the message or belong to"
                  + " the connection are refused. Example: X-Client.")
          @Required
          @Size(min = 1, max = 128)
          @Pattern(Patterns.FIELD_NAME)
          String name,
      @JsonPropertyDescription(
              "The field's value. %{client.address}, %{client.port}, %{listener}, %{endpoint},"
                  + " %{request.id} and, for what TLS agreed on, %{tls.version} and others are"
                  + " replaced, %% is a percent sign."
                  + " Example: \"%{client.address}\".")
          @Required
          @Size(max = 1024)
          @Pattern(Patterns.FIELD_VALUE)
          String value) {}
}
