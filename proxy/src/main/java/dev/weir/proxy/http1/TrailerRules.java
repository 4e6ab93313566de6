package dev.weir.proxy.http1;

import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.Trailers;

/// Which trailers go on: those that frame, route or authenticate a message have no place behind it
/// (RFC 9110 section 6.5.1).
final class TrailerRules {

  private TrailerRules() {}

  static void apply(Trailers trailers) {
    for (int i = 0; i < trailers.fields(); i++) {
      if (trailers.id(i) != Field.OTHER) {
        trailers.drop(i);
      }
    }
  }
}
