package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// Deadlines of the client's side, as Gateway API durations.
public record ListenerTimeoutsSpec(
    @JsonPropertyDescription(
            "From the first byte of a request (of the first one: from the accept) to the end of its"
                + " head, as a duration; then 408. HTTP only. Default: 10s. Example: 5s.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String header,
    @JsonPropertyDescription(
            "How long a client connection may stay open without a request, as a duration. HTTP"
                + " only. Default: 50s. Example: 15s.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String keepAlive,
    @JsonPropertyDescription(
            "Without progress on the client's side while a message is under way, or in either"
                + " direction with protocol TCP, as a duration. Default: 50s. Example: 2m.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String idle,
    @JsonPropertyDescription(
            "For a whole request, from its first byte to the last one of its response, as a duration;"
                + " then 504, or a cut connection when the response has begun. Not for what follows an"
                + " upgrade. HTTP only. Default: none. Example: 5m.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String request,
    @JsonPropertyDescription(
            "Without a byte in either direction after an upgrade, such as a WebSocket, as a"
                + " duration. HTTP only. Default: 1h. Example: 4h.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String tunnelIdle,
    @JsonPropertyDescription(
            "How long connections may live on when their listener is removed or the proxy stops, as"
                + " a duration; 0s closes them at once. Default: 30s. Example: 5m.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String drain) {}
