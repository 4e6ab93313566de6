package dev.weir.controller.status;

import dev.weir.config.render.ObjectName;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.infra.Infrastructure;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes what happened as Kubernetes Events: one for each kind of occurrence, which counts how
/// often. At most 25 at once for a LoadBalancer and one every fifteen seconds after that; what is
/// over is counted and left out. Thread: any, one at a time for each LoadBalancer.
final class EventWriter {
  private static final Logger LOG = LoggerFactory.getLogger(EventWriter.class);
  private static final int AT_ONCE = 25;
  private static final Duration EACH = Duration.ofSeconds(15);
  private static final int MOST_NAME = 230;
  private static final String COMPONENT = Infrastructure.FIELD_MANAGER;

  private final Map<ObjectName, Book> books = new ConcurrentHashMap<>();
  private final LongAdder dropped = new LongAdder();
  private final KubernetesClient client;
  private final InstantSource clock;

  EventWriter(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /// How many occurrences were left out.
  long dropped() {
    return dropped.sum();
  }

  /// Writes them. Never throws: an Event that is lost changes nothing.
  void write(Observed about, List<Occurrence> occurrences) {
    if (occurrences.isEmpty()) {
      return;
    }
    Book book = books.computeIfAbsent(about.resource().name(), n -> new Book(clock.instant()));
    for (Occurrence occurrence : occurrences) {
      if (book.allows(clock.instant())) {
        write(about, occurrence, book.count(occurrence, clock.instant()));
      } else {
        dropped.increment();
      }
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
      client.resource(event).fieldManager(COMPONENT).forceConflicts().serverSideApply();
    } catch (KubernetesClientException e) {
      if (e.getCode() != 404) {
        LOG.warn("cannot write an Event about {}: {}", name, e.getMessage());
      }
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
