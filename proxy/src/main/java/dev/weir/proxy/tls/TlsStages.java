package dev.weir.proxy.tls;

import dev.weir.config.CertificateConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.TrustConfig;
import dev.weir.config.pem.Authorities;
import dev.weir.config.pem.InvalidPemException;
import dev.weir.config.stream.Rejection;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Builds what listeners need for TLS. What did not change stays the same object; what cannot be
/// used keeps the listener on what it had, and is told. Thread: the apply thread.
public final class TlsStages {
  private final TicketKeys tickets;
  private final InstantSource clock;

  public TlsStages(TicketKeys tickets, InstantSource clock) {
    this.tickets = tickets;
    this.clock = clock;
  }

  /// What a listener is to be.
  ///
  /// @param loadBalancer `namespace/name`
  /// @param config its TLS; null for none
  /// @param protocols what it speaks inside, as ALPN names it
  /// @param certificates of the LoadBalancer, by name
  /// @param trusts of the LoadBalancer, by name
  public record Wanted(
      String loadBalancer,
      String listener,
      ListenerConfig.Tls config,
      List<String> protocols,
      Map<String, CertificateConfig> certificates,
      Map<String, TrustConfig> trusts) {}

  /// What became of it.
  ///
  /// @param problems what could not be used
  public record Built(TlsStage stage, List<Rejection> problems) {}

  /// Builds the stage of a listener.
  ///
  /// @param before what it has now; null for nothing
  public Built build(Wanted wanted, @Nullable TlsStage before) {
    return new Build(wanted, before).run();
  }

  private final class Build {
    private final Wanted wanted;
    private final @Nullable TlsStage before;
    private final Map<String, ServerContext> running = new HashMap<>();
    private final List<Rejection> problems = new ArrayList<>();

    Build(Wanted wanted, @Nullable TlsStage before) {
      this.wanted = wanted;
      this.before = before;
      if (before != null) {
        before.certificates().all().forEach(context -> running.put(context.name(), context));
      }
    }

    Built run() {
      TlsSettings settings = settings();
      var contexts = new ArrayList<ServerContext>();
      if (settings != null) {
        for (String name : wanted.config().certificates()) {
          ServerContext context = context(name, settings);
          if (context != null) {
            contexts.add(context);
          }
        }
      }
      TlsStage last = before;
      if (last != null
          && Objects.equals(last.settings(), settings)
          && last.certificates().knownNamesOnly() == wanted.config().knownNamesOnly()
          && last.certificates().all().equals(contexts)) {
        return new Built(last, problems);
      }
      var certificates = new ServerCertificates(contexts, wanted.config().knownNamesOnly());
      return new Built(new TlsStage(settings, certificates), problems);
    }

    /// Null when nobody can be let in, since nothing says who may come.
    private @Nullable TlsSettings settings() {
      ListenerConfig.ClientAuth auth = wanted.config().clientAuth();
      TlsSettings.Clients clients = null;
      if (auth != null) {
        TrustConfig trust = trust(auth.trust());
        if (trust == null) {
          return null;
        }
        clients = new TlsSettings.Clients(auth.required(), trust);
      }
      return new TlsSettings(
          wanted.loadBalancer() + "/" + wanted.listener(),
          wanted.config().minVersion(),
          wanted.config().ciphers(),
          wanted.protocols(),
          clients);
    }

    private @Nullable TrustConfig trust(String name) {
      TrustConfig found = wanted.trusts().get(name);
      String problem = "it is not there";
      if (found != null) {
        try {
          Authorities.read(found);
          return found;
        } catch (InvalidPemException e) {
          problem = e.problem();
        }
      }
      TlsSettings last = before == null ? null : before.settings();
      TlsSettings.Clients asked = last == null ? null : last.clients();
      boolean kept = asked != null && asked.trust().name().equals(name);
      reject(
          "clientAuth.ca[" + id(name) + "]",
          "InvalidAuthorities",
          problem + (kept ? "; the earlier ones stay" : "; nobody is let in"));
      return kept && asked != null ? asked.trust() : null;
    }

    private @Nullable ServerContext context(String name, TlsSettings settings) {
      CertificateConfig config = wanted.certificates().get(name);
      ServerContext last = running.get(name);
      if (config == null) {
        return keep(name, "MissingCertificate", "it is not there", last, settings);
      }
      if (last != null && last.isOf(config, settings)) {
        return last;
      }
      try {
        ServerContext built = ServerContext.build(config, settings, tickets);
        var now = clock.instant();
        if (last != null && built.expiry().isBefore(now) && last.expiry().isAfter(now)) {
          return keep(
              name, "ExpiredCertificate", "it expired at " + built.expiry(), last, settings);
        }
        return built;
      } catch (InvalidPemException | SSLException e) {
        return keep(name, "InvalidCertificate", String.valueOf(e.getMessage()), last, settings);
      }
    }

    private @Nullable ServerContext keep(
        String name,
        String rule,
        String problem,
        @Nullable ServerContext last,
        TlsSettings settings) {
      reject(
          "certificates[" + id(name) + "]",
          rule,
          problem + (last == null ? "; the listener is without it" : "; the earlier one stays"));
      if (last == null || last.isOf(last.config(), settings)) {
        return last;
      }
      try {
        return ServerContext.build(last.config(), settings, tickets);
      } catch (InvalidPemException | SSLException e) {
        return null;
      }
    }

    private void reject(String field, String rule, String message) {
      String part = "listeners[" + wanted.listener() + "]";
      problems.add(
          new Rejection(wanted.loadBalancer(), rule, part + ".tls." + field, message, part));
    }

    private String id(String name) {
      String prefix = wanted.loadBalancer() + "/";
      return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }
  }
}
