package dev.weir.proxy.dns;

import dev.weir.proxy.net.EventLoops;
import io.netty.channel.EventLoop;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the addresses of a set of names current.
///
/// Every name is asked for once a second; the resolver's cache answers until the TTL is over, at
/// least 1 s and at most 60 s. A name that cannot be resolved keeps its last good addresses.
/// Changes are told on the control loop.
public final class Names {
  private static final Logger LOG = LoggerFactory.getLogger(Names.class);
  private static final int MIN_TTL_SECONDS = 1;
  private static final int MAX_TTL_SECONDS = 60;
  private static final int QUERY_TIMEOUT_MILLIS = 2_000;
  private static final Path HOSTS = Path.of("/etc/hosts");
  private static final Comparator<InetAddress> ORDER =
      Comparator.<InetAddress>comparingInt(a -> a.getAddress().length)
          .thenComparing(InetAddress::getAddress, Arrays::compareUnsigned);

  private final EventLoop control;
  private final DnsNameResolver resolver;
  private final HostsFile hosts;
  private final Consumer<String> changed;
  private final Map<String, Resolution> known = new ConcurrentHashMap<>();
  private final Set<String> asking = ConcurrentHashMap.newKeySet();

  /// Names as this machine resolves them.
  ///
  /// @param changed is told a name whose resolution is another than before; on the control loop
  public Names(EventLoops loops, Consumer<String> changed) {
    this(loops, DnsServerAddressStreamProviders.platformDefault(), HOSTS, changed);
  }

  Names(
      EventLoops loops,
      DnsServerAddressStreamProvider servers,
      Path hostsFile,
      Consumer<String> changed) {
    this.control = loops.control();
    this.changed = changed;
    this.hosts = new HostsFile(hostsFile);
    this.resolver =
        new DnsNameResolverBuilder(control)
            .datagramChannelType(loops.transport().datagramChannel())
            .socketChannelType(loops.transport().socketChannel())
            .nameServerProvider(servers)
            .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
            .ttl(MIN_TTL_SECONDS, MAX_TTL_SECONDS)
            .negativeTtl(MIN_TTL_SECONDS)
            .queryTimeoutMillis(QUERY_TIMEOUT_MILLIS)
            .build();
    control.scheduleWithFixedDelay(this::askAll, 1, 1, TimeUnit.SECONDS);
  }

  /// What is known of a name. Thread: any.
  public Resolution resolution(String name) {
    return known.getOrDefault(name, Resolution.UNKNOWN);
  }

  /// Says which names matter from now on, and waits a while for the first answers about new ones.
  public void watch(Set<String> names, Duration patience) throws InterruptedException {
    known.keySet().retainAll(names);
    List<String> added =
        names.stream().filter(n -> known.putIfAbsent(n, Resolution.UNKNOWN) == null).toList();
    var answers = new CountDownLatch(added.size());
    for (String name : added) {
      control.execute(() -> ask(name, answers::countDown));
    }
    boolean all = answers.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    if (!all) {
      LOG.info("{} names are not resolved yet, going on without them", answers.getCount());
    }
  }

  private void askAll() {
    for (String name : known.keySet()) {
      try {
        ask(name, () -> {});
      } catch (RuntimeException e) {
        failed(name, e);
      }
    }
  }

  private void ask(String name, Runnable answered) {
    List<InetAddress> local = hosts.addresses(name);
    if (!local.isEmpty()) {
      resolved(name, local);
      answered.run();
      return;
    }
    if (!asking.add(name)) {
      answered.run();
      return;
    }
    resolver
        .resolveAll(name)
        .addListener(
            (io.netty.util.concurrent.Future<List<InetAddress>> result) -> {
              asking.remove(name);
              if (result.isSuccess()) {
                resolved(name, result.getNow());
              } else {
                failed(name, result.cause());
              }
              answered.run();
            });
  }

  private void resolved(String name, List<InetAddress> addresses) {
    publish(name, new Resolution(addresses.stream().distinct().sorted(ORDER).toList(), null));
  }

  private void failed(String name, Throwable cause) {
    publish(name, new Resolution(resolution(name).addresses(), problem(cause)));
  }

  private void publish(String name, Resolution next) {
    Resolution before = known.replace(name, next);
    if (before == null || before.equals(next)) {
      return;
    }
    if (next.problem() == null) {
      LOG.info("{} resolves to {}", name, next.addresses());
    } else if (!next.problem().equals(before.problem())) {
      LOG.warn("{} cannot be resolved: {}", name, next.problem());
    }
    changed.accept(name);
  }

  private static String problem(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String message = String.valueOf(root.getMessage());
    if (message.contains("NXDOMAIN")) {
      return "no such name";
    }
    if (message.contains("timed out") || message.contains("timeout")) {
      return "no answer from the name server";
    }
    return root instanceof UnknownHostException ? "no such name" : message;
  }
}
