package dev.weir.proxy.tls;

import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys that session tickets (RFC 5077, RFC 8446 section 4.6.1) are encrypted with: the first
/// encrypts, the others still decrypt. Each comes from a secret, so that processes with the same
/// secrets resume each other's sessions.
///
/// Secrets are the process's own, unless somebody gives others ([#give]). Own ones are used for as
/// long as a ticket is good, and known for twice that. Thread: any.
public final class TicketKeys {
  /// How long a ticket is good.
  static final Duration LIFETIME = Duration.ofHours(1);

  /// The shortest secret, in bytes.
  public static final int LEAST_SECRET = 32;

  private static final Logger LOG = LoggerFactory.getLogger(TicketKeys.class);
  private static final int KEPT = 3;
  private static final String MAC = "HmacSHA256";

  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Set<OpenSslServerSessionContext> users =
      Collections.newSetFromMap(new WeakHashMap<>());
  private final List<Secret> own = new ArrayList<>();
  private @Nullable TicketFile kept;
  private @Nullable List<byte[]> given;

  /// Made of the secrets when the first context asks; null until then, and after a change of
  /// secrets that no context was told of.
  private OpenSslSessionTicketKey @Nullable [] keys;

  /// A secret of this process.
  record Secret(byte[] bytes, Instant made) {}

  /// Keys from secrets of its own.
  public TicketKeys(InstantSource clock) {
    this.clock = clock;
    own.add(fresh());
  }

  /// Keeps the process's own secrets in a file, and goes on with those that are there and not too
  /// old: sessions outlive the process.
  public synchronized void keep(TicketFile file) {
    Instant now = clock.instant();
    kept = file;
    try {
      List<Secret> before =
          file.read().stream()
              .filter(secret -> secret.made().plus(LIFETIME.multipliedBy(KEPT)).isAfter(now))
              .filter(secret -> !secret.made().isAfter(now))
              .toList();
      if (!before.isEmpty()) {
        own.clear();
        own.addAll(before);
      }
    } catch (IOException e) {
      LOG.warn("session tickets of an earlier run are forgotten: {}", e.getMessage());
    }
    save();
    changed();
  }

  /// Replaces all secrets: from now on these are used, and none is made here.
  ///
  /// @param secrets at least one; the first encrypts; each of [#LEAST_SECRET] bytes or more
  public synchronized void give(List<byte[]> secrets) {
    List<byte[]> before = given;
    if (before != null && same(before, secrets)) {
      return;
    }
    given = List.copyOf(secrets);
    changed();
  }

  private static boolean same(List<byte[]> one, List<byte[]> other) {
    return one.size() == other.size()
        && IntStream.range(0, one.size()).allMatch(i -> Arrays.equals(one.get(i), other.get(i)));
  }

  /// Gives a context the keys, now and whenever they change.
  synchronized void use(OpenSslServerSessionContext context) {
    users.add(context);
    context.setTicketKeys(keys());
  }

  /// Makes a new secret when the newest of its own is old enough. To be called now and then.
  public synchronized void rotate() {
    if (given != null || clock.instant().isBefore(own.getFirst().made().plus(LIFETIME))) {
      return;
    }
    own.addFirst(fresh());
    while (own.size() > KEPT) {
      own.removeLast();
    }
    save();
    changed();
  }

  private void save() {
    TicketFile file = kept;
    if (file == null) {
      return;
    }
    try {
      file.write(own);
    } catch (IOException e) {
      LOG.warn("session tickets will not outlive this process: {}", e.getMessage());
    }
  }

  private void changed() {
    keys = null;
    for (OpenSslServerSessionContext user : users) {
      user.setTicketKeys(keys());
    }
  }

  private OpenSslSessionTicketKey[] keys() {
    OpenSslSessionTicketKey[] made = keys;
    if (made == null) {
      List<byte[]> others = given;
      List<byte[]> secrets = others != null ? others : own.stream().map(Secret::bytes).toList();
      made = secrets.stream().map(TicketKeys::key).toArray(OpenSslSessionTicketKey[]::new);
      keys = made;
    }
    return made;
  }

  private static OpenSslSessionTicketKey key(byte[] secret) {
    return new OpenSslSessionTicketKey(
        derived(secret, "name", OpenSslSessionTicketKey.NAME_SIZE),
        derived(secret, "hmac", OpenSslSessionTicketKey.HMAC_KEY_SIZE),
        derived(secret, "aes", OpenSslSessionTicketKey.AES_KEY_SIZE));
  }

  private static byte[] derived(byte[] secret, String use, int size) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(new SecretKeySpec(secret, MAC));
      byte[] all = mac.doFinal(("weir session ticket " + use).getBytes(StandardCharsets.US_ASCII));
      return Arrays.copyOf(all, size);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + MAC, e);
    }
  }

  private Secret fresh() {
    var bytes = new byte[LEAST_SECRET];
    random.nextBytes(bytes);
    return new Secret(bytes, clock.instant());
  }
}
