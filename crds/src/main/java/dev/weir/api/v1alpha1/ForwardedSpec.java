package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the client is announced to the origin.
public record ForwardedSpec(
    @JsonPropertyDescription(
            "XForwarded: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host. Forwarded: the"
                + " header of RFC 7239. None: neither is written. Default: XForwarded."
                + " Example: Forwarded.")
        @Nullable Headers headers,
    @JsonPropertyDescription(
            "Networks in CIDR notation whose own forwarding headers are kept and appended to;"
                + " everyone else's are replaced. At most 64. Default: none."
                + " Example: [10.0.0.0/8, \"fd00::/8\"].")
        @Size(max = 64)
        @Nullable List<@Size(max = 43) @Pattern("^[0-9A-Fa-f:.]+/[0-9]{1,3}$") String> trust) {

  /// Which headers are written.
  public enum Headers {
    XForwarded,
    Forwarded,
    None
  }
}
