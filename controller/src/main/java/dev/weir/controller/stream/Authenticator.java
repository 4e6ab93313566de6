package dev.weir.controller.stream;

/// Says whom a bearer token belongs to. Called on virtual threads; may block.
public interface Authenticator {
  /// The token's owner, or why there is none. The token is never logged.
  Answer authenticate(String token);

  /// What is known of a token.
  sealed interface Answer {
    /// The token is good and is meant for this controller.
    record Known(ProxyIdentity identity) implements Answer {}

    /// The token is not good, or is meant for somebody else.
    ///
    /// @param reason for the log, without any part of the token
    record Refused(String reason) implements Answer {}

    /// Nobody can say at present: the API server is away.
    ///
    /// @param reason for the log
    record Unavailable(String reason) implements Answer {}
  }
}
