package dev.weir.controller.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Remembers answers by the SHA-256 of the token: good ones for five minutes, or until the token
/// expires, so that an outage of the API server cuts no known proxy off; refusals for ten seconds,
/// so that guessing costs the API server little. "Unavailable" is not remembered. Safe for use by
/// any thread.
public final class CachingAuthenticator implements Authenticator {
  private static final Duration KNOWN = Duration.ofMinutes(5);
  private static final Duration REFUSED = Duration.ofSeconds(10);
  private static final int MAX_REMEMBERED = 20_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Authenticator delegate;
  private final InstantSource clock;
  private final Map<String, Remembered> entries =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  private record Remembered(Answer answer, Instant until) {}

  /// @param delegate asked when nothing is remembered
  public CachingAuthenticator(Authenticator delegate, InstantSource clock) {
    this.delegate = delegate;
    this.clock = clock;
  }

  @Override
  public Answer authenticate(String token) {
    String hash = hash(token);
    synchronized (entries) {
      Remembered entry = entries.get(hash);
      if (entry != null && clock.instant().isBefore(entry.until)) {
        return entry.answer;
      }
    }
    Answer answer = delegate.authenticate(token);
    Instant until = until(answer, token);
    if (until != null) {
      synchronized (entries) {
        entries.put(hash, new Remembered(answer, until));
      }
    }
    return answer;
  }

  private @Nullable Instant until(Answer answer, String token) {
    Instant now = clock.instant();
    return switch (answer) {
      case Answer.Known ignored -> {
        Instant expiry = expiry(token);
        Instant latest = now.plus(KNOWN);
        yield expiry != null && expiry.isBefore(latest) ? expiry : latest;
      }
      case Answer.Refused ignored -> now.plus(REFUSED);
      case Answer.Unavailable ignored -> null;
    };
  }

  /// The `exp` of a token whose signature somebody else has checked; null when it has none that can
  /// be read.
  private static @Nullable Instant expiry(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      return null;
    }
    try {
      JsonNode exp = JSON.readTree(Base64.getUrlDecoder().decode(parts[1])).path("exp");
      return exp.canConvertToLong() && exp.isNumber()
          ? Instant.ofEpochSecond(Math.min(exp.longValue(), Instant.MAX.getEpochSecond()))
          : null;
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  private static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
