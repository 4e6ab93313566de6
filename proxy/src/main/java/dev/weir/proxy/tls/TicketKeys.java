package dev.weir.proxy.tls;

import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/// The keys that session tickets (RFC 5077, RFC 8446 section 4.6.1) are encrypted with: the newest
/// encrypts, older ones still decrypt. A key is used for as long as a ticket is good, and is known
/// for twice that. Thread: any.
public final class TicketKeys {
  /// How long a ticket is good.
  static final Duration LIFETIME = Duration.ofHours(1);

  private static final int KEPT = 3;

  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Set<OpenSslServerSessionContext> users =
      Collections.newSetFromMap(new WeakHashMap<>());
  private final List<Key> keys = new ArrayList<>();

  private record Key(OpenSslSessionTicketKey key, Instant made) {}

  public TicketKeys(InstantSource clock) {
    this.clock = clock;
    keys.add(newKey());
  }

  /// Gives a context the keys, now and whenever they change.
  synchronized void use(OpenSslServerSessionContext context) {
    users.add(context);
    context.setTicketKeys(current());
  }

  /// Makes a new key when the newest is old enough. To be called now and then.
  public synchronized void rotate() {
    if (clock.instant().isBefore(keys.getFirst().made().plus(LIFETIME))) {
      return;
    }
    keys.addFirst(newKey());
    while (keys.size() > KEPT) {
      keys.removeLast();
    }
    for (OpenSslServerSessionContext user : users) {
      user.setTicketKeys(current());
    }
  }

  private OpenSslSessionTicketKey[] current() {
    return keys.stream().map(Key::key).toArray(OpenSslSessionTicketKey[]::new);
  }

  private Key newKey() {
    return new Key(
        new OpenSslSessionTicketKey(
            bytes(OpenSslSessionTicketKey.NAME_SIZE),
            bytes(OpenSslSessionTicketKey.HMAC_KEY_SIZE),
            bytes(OpenSslSessionTicketKey.AES_KEY_SIZE)),
        clock.instant());
  }

  private byte[] bytes(int count) {
    var bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
