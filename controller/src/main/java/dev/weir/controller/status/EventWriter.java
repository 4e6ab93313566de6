package dev.weir.controller.status;

import dev.weir.config.render.ObjectName;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.infra.Infrastructure;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes what happened as Kubernetes Events: one for each kind of occurrence, which counts how
/// often. At most 25 at once for a LoadBalancer and one every fifteen seconds after that; what is
/// over is counted and left out.
///
/// Statuses are worth more than Events: one thread writes these, one after the other, and nobody
/// waits for it. What happens again before its turn is written once; when too much waits, the rest
/// is counted and left out. Thread: any, one at a time for each LoadBalancer.
final class EventWriter {
  private static final Logger LOG = LoggerFactory.getLogger(EventWriter.class);
  private static final int AT_ONCE = 25;
  private static final Duration EACH = Duration.ofSeconds(15);
  private static final int MOST_NAME = 230;
  private static final int MOST_WAITING = 10_000;
  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;
  private static final String COMPONENT = Infrastructure.FIELD_MANAGER;

  private final Map<ObjectName, Book> books = new ConcurrentHashMap<>();
  private final Map<Kind, Waiting> waiting = new ConcurrentHashMap<>();
  private final BlockingQueue<Kind> turns = new LinkedBlockingQueue<>();
  private final Thread thread =
      Thread.ofPlatform().name("weir-events").daemon().unstarted(this::work);
  private final LongAdder dropped = new LongAdder();
  private final KubernetesClient client;
  private final InstantSource clock;
  private volatile boolean stopped;

  /// What becomes one Event.
  private record Kind(ObjectName about, boolean warning, String reason) {}

  private record Waiting(Observed about, Occurrence occurrence, Tally tally) {}

  EventWriter(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  void start() {
    thread.start();
  }

  void stop() {
    stopped = true;
    thread.interrupt();
  }

  /// How many occurrences were left out.
  long dropped() {
    return dropped.sum();
  }

  /// Has them written.
  void add(Observed about, List<Occurrence> occurrences) {
    if (occurrences.isEmpty()) {
      return;
    }
    Book book = books.computeIfAbsent(about.resource().name(), n -> new Book(clock.instant()));
    for (Occurrence occurrence : occurrences) {
      if (book.allows(clock.instant())) {
        add(new Waiting(about, occurrence, book.count(occurrence, clock.instant())));
      } else {
        dropped.increment();
      }
    }
  }

  private void add(Waiting one) {
    Kind kind =
        new Kind(one.about.resource().name(), one.occurrence.warning(), one.occurrence.reason());
    if (waiting.size() >= MOST_WAITING) {
      dropped.increment();
    } else if (waiting.put(kind, one) == null) {
      turns.add(kind);
    }
  }

  private void work() {
    try {
      while (!stopped) {
        Kind kind = turns.take();
        Waiting next = waiting.remove(kind);
        try {
          if (next != null) {
            write(next.about, next.occurrence, next.tally);
          }
        } catch (RuntimeException e) {
          if (!stopped) {
            LOG.error("cannot write an Event about {}", kind.about, e);
          }
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("no more Events are written");
    }
  }

  /// The LoadBalancer is gone.
  void forget(ObjectName name) {
    books.remove(name);
  }

  private void write(Observed about, Occurrence occurrence, Tally tally) {
    ObjectName name = about.resource().name();
    String kind = occurrence.warning() + occurrence.reason();
    String hash = HexFormat.of().toHexDigits(kind.hashCode() * 31L + about.uid().hashCode());
    String prefix = name.name().substring(0, Math.min(MOST_NAME, name.name().length()));
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withName(prefix + "." + hash)
            .withNamespace(name.namespace())
            .endMetadata()
            .withNewInvolvedObject()
            .withApiVersion("weir.dev/v1alpha1")
            .withKind("LoadBalancer")
            .withName(name.name())
            .withNamespace(name.namespace())
            .withUid(about.uid())
            .endInvolvedObject()
            .withType(occurrence.warning() ? "Warning" : "Normal")
            .withReason(occurrence.reason())
            .withMessage(occurrence.message())
            .withFirstTimestamp(time(tally.first))
            .withLastTimestamp(time(tally.last))
            .withCount(tally.count)
            .withNewSource()
            .withComponent(COMPONENT)
            .endSource()
            .withReportingComponent(COMPONENT)
            .withReportingInstance(COMPONENT)
            .build();
    try {
      if (tally.count > 1 || !create(event)) {
        client.resource(event).fieldManager(COMPONENT).forceConflicts().serverSideApply();
      }
    } catch (KubernetesClientException e) {
      if (e.getCode() != NOT_FOUND) {
        LOG.warn("cannot write an Event about {}: {}", name, e.getMessage());
      }
    }
  }

  /// Costs the API server less than to apply one that is new.
  ///
  /// @return false when there is one already, of another leader
  private boolean create(Event event) {
    try {
      client.resource(event).create();
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == CONFLICT) {
        return false;
      }
      throw e;
    }
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// How often something happened.
  private record Tally(Instant first, Instant last, int count) {}

  /// What is written about one LoadBalancer, and how much more may be.
  private static final class Book {
    private final Map<String, Tally> tallies = new HashMap<>();
    private double allowance = AT_ONCE;
    private Instant asked;

    Book(Instant now) {
      asked = now;
    }

    synchronized boolean allows(Instant now) {
      double passed = Duration.between(asked, now).toMillis() / (double) EACH.toMillis();
      allowance = Math.min(AT_ONCE, allowance + Math.max(0, passed));
      asked = now;
      if (allowance < 1) {
        return false;
      }
      allowance--;
      return true;
    }

    synchronized Tally count(Occurrence occurrence, Instant now) {
      return tallies.merge(
          occurrence.warning() + occurrence.reason(),
          new Tally(now, now, 1),
          (before, one) -> new Tally(before.first, now, before.count + 1));
    }
  }
}
