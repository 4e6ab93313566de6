package dev.weir.proxy.edit;

import dev.weir.config.HeaderEditsConfig;
import org.jspecify.annotations.Nullable;

/// The edits of a request and of its response. Immutable.
///
/// @param request null for none
/// @param response null for none
public record MessageEdits(@Nullable HeaderEdits request, @Nullable HeaderEdits response) {
  /// Nothing is edited.
  public static final MessageEdits NONE = new MessageEdits(null, null);

  /// What one of listener, route and pool says.
  ///
  /// @param request null for none
  /// @param response null for none
  public record Scope(@Nullable HeaderEditsConfig request, @Nullable HeaderEditsConfig response) {}

  /// The net effect of scopes in the order in which they apply.
  ///
  /// @param listener what `%{listener}` stands for
  public static MessageEdits of(String listener, Scope... scopes) {
    var requests = new @Nullable HeaderEditsConfig[scopes.length];
    var responses = new @Nullable HeaderEditsConfig[scopes.length];
    for (int i = 0; i < scopes.length; i++) {
      requests[i] = scopes[i].request();
      responses[i] = scopes[i].response();
    }
    var request = EditCompiler.compile(listener, requests);
    var response = EditCompiler.compile(listener, responses);
    return request == null && response == null ? NONE : new MessageEdits(request, response);
  }
}
