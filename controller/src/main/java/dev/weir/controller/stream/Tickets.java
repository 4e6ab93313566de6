package dev.weir.controller.stream;

import dev.weir.config.stream.ProxyGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The secrets of TLS session tickets: one set in the store, of which each group has its own, so
/// that the proxies of a group resume each other's sessions and nobody else's.
///
/// Every twelve hours the next secret comes into use, and another next one is made: proxies know a
/// secret for twelve hours before any of them uses it, and for twelve hours after. Looked at every
/// minute; without the store proxies make their own. Safe for use by any thread.
public final class Tickets {
  /// How long a secret makes tickets.
  public static final Duration ROTATION = Duration.ofHours(12);

  private static final Logger LOG = LoggerFactory.getLogger(Tickets.class);
  private static final int SIZE = 48;
  private static final String MAC = "HmacSHA384";

  private final TicketStore store;
  private final InstantSource clock;
  private final Runnable changed;
  private final EveryMinute rounds = new EveryMinute("weir-tickets", this::refresh);
  private final SecureRandom random = new SecureRandom();
  private volatile TicketStore.@Nullable Material material;
  private @Nullable String told;

  /// @param changed is told when other secrets are in force
  public Tickets(TicketStore store, InstantSource clock, Runnable changed) {
    this.store = store;
    this.clock = clock;
    this.changed = changed;
  }

  /// The secrets of a group for a frame; empty while there are none.
  public List<String> of(ProxyGroup group) {
    TicketStore.Material known = material;
    return known == null
        ? List.of()
        : known.secrets().stream().map(secret -> derived(secret, group)).toList();
  }

  private static String derived(String secret, ProxyGroup group) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret), MAC));
      byte[] own = mac.doFinal(group.path().getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(own);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + MAC, e);
    }
  }

  /// Looks now and every minute until [#stop].
  public void start() {
    rounds.start();
  }

  /// Ends looking.
  public void stop() {
    rounds.stop();
  }

  /// Looks now, and rotates what is old enough. Of several replicas one does it, and the others see
  /// it when they look next.
  public synchronized void refresh() {
    try {
      TicketStore.Material stored = store.load();
      if (stored == null) {
        var first = new TicketStore.Material(List.of(fresh(), fresh()), clock.instant());
        stored = store.createIfAbsent(first);
      } else if (!clock.instant().isBefore(stored.rotated().plus(ROTATION))) {
        TicketStore.Material next = rotated(stored);
        store.replace(stored, next);
        stored = next;
      }
      told = null;
      if (!stored.equals(material)) {
        material = stored;
        changed.run();
      }
    } catch (IOException | RuntimeException e) {
      String problem = String.valueOf(e.getMessage());
      if (!problem.equals(told)) {
        told = problem;
        LOG.warn("secrets of session tickets stay as they were: {}", problem);
      }
    }
  }

  /// In use, next, before.
  private TicketStore.Material rotated(TicketStore.Material stored) {
    var secrets = new ArrayList<String>();
    secrets.add(stored.secrets().size() > 1 ? stored.secrets().get(1) : fresh());
    secrets.add(fresh());
    secrets.add(stored.secrets().getFirst());
    return new TicketStore.Material(secrets, clock.instant());
  }

  private String fresh() {
    var bytes = new byte[SIZE];
    random.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }
}
