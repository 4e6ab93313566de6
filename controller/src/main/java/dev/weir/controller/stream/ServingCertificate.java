package dev.weir.controller.stream;

import dev.weir.config.pem.CertifiedKey;
import dev.weir.config.pem.InvalidPemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate that somebody else makes for the config stream, as a mounted Secret of type
/// `kubernetes.io/tls` has it: `tls.crt`, `tls.key`, and `ca.crt` for those who check it. Read
/// again when a connection comes, every five seconds at most; what cannot be used changes nothing.
/// Safe for use by any thread.
public final class ServingCertificate {
  private static final Logger LOG = LoggerFactory.getLogger(ServingCertificate.class);
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final Path directory;
  private final Runnable authoritiesChanged;
  private final long interval;
  private volatile Loaded loaded;
  private volatile long readAt;
  private String told = "";

  /// @param chain the certificate of `key`, then those that lead to its issuer
  /// @param authorities whom others must trust to accept it
  /// @param authoritiesPem the same, PEM
  record Loaded(
      PrivateKey key,
      List<X509Certificate> chain,
      List<X509Certificate> authorities,
      String authoritiesPem) {
    Loaded {
      chain = List.copyOf(chain);
      authorities = List.copyOf(authorities);
    }

    @Override
    public String toString() {
      return "certificate " + chain.getFirst().getSerialNumber().toString(16);
    }
  }

  /// @param authoritiesChanged is told when `ca.crt` is another one
  /// @throws IOException when there is none that can be used
  public ServingCertificate(Path directory, Runnable authoritiesChanged) throws IOException {
    this(directory, authoritiesChanged, INTERVAL);
  }

  /// @param interval how often files are read at most
  ServingCertificate(Path directory, Runnable authoritiesChanged, Duration interval)
      throws IOException {
    this.directory = directory;
    this.interval = interval.toNanos();
    this.authoritiesChanged = authoritiesChanged;
    loaded = read();
    readAt = System.nanoTime();
  }

  /// The certificates that proxies need to trust it, PEM.
  public String authoritiesPem() {
    return current().authoritiesPem;
  }

  /// The one to be used now; the same object while it stays.
  Loaded current() {
    return System.nanoTime() - readAt < interval ? loaded : refreshed();
  }

  private synchronized Loaded refreshed() {
    if (System.nanoTime() - readAt < interval) {
      return loaded;
    }
    readAt = System.nanoTime();
    try {
      Loaded before = loaded;
      Loaded now = read();
      told = "";
      if (!now.equals(before)) {
        loaded = now;
        LOG.info("the serving certificate is another one: {}", now);
      }
      if (!now.authoritiesPem.equals(before.authoritiesPem)) {
        authoritiesChanged.run();
      }
    } catch (IOException e) {
      String problem = String.valueOf(e.getMessage());
      if (!problem.equals(told)) {
        LOG.warn("the serving certificate stays as it was: {}", problem);
        told = problem;
      }
    }
    return loaded;
  }

  private Loaded read() throws IOException {
    try {
      CertifiedKey pair = CertifiedKey.read(text("tls.crt"), text("tls.key"));
      String authorities = text("ca.crt");
      return new Loaded(pair.key(), pair.chain(), certificates(authorities), authorities);
    } catch (InvalidPemException e) {
      throw new IOException(directory + ": tls.crt, tls.key: " + e.getMessage(), e);
    }
  }

  private String text(String name) throws IOException {
    try {
      return Files.readString(directory.resolve(name));
    } catch (IOException e) {
      throw new IOException("cannot read " + directory.resolve(name), e);
    }
  }

  private List<X509Certificate> certificates(String pem) throws IOException {
    try {
      var read =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
      if (read.isEmpty()) {
        throw new IOException(directory + ": ca.crt has no certificate");
      }
      return read.stream().map(X509Certificate.class::cast).toList();
    } catch (CertificateException e) {
      throw new IOException(directory + ": ca.crt: " + e.getMessage(), e);
    }
  }
}
