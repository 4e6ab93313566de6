package dev.weir.proxy.testkit;

import dev.weir.config.Addresses;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority of a test, and what it signs.
public final class Authority {
  private static final Duration VALID = Duration.ofDays(10);
  private static final char[] NO_PASSWORD = {};

  private final X509Bundle root;

  private Authority(X509Bundle root) {
    this.root = root;
  }

  /// An authority of that name.
  public static Authority named(String name) throws Exception {
    return new Authority(
        builder("CN=" + name, Instant.now().plus(VALID))
            .setIsCertificateAuthority(true)
            .buildSelfSigned());
  }

  private static CertificateBuilder builder(String subject, Instant until) {
    return new CertificateBuilder()
        .subject(subject)
        .algorithm(Algorithm.ecp256)
        .notBefore(Instant.now().minus(VALID))
        .notAfter(until);
  }

  /// A server's certificate with a key on an elliptic curve.
  ///
  /// @param hosts DNS names, IP addresses, URIs
  public X509Bundle server(String... hosts) throws Exception {
    return server(Instant.now().plus(VALID), hosts);
  }

  /// As above, with an RSA key.
  public X509Bundle rsaServer(String... hosts) throws Exception {
    return issue("RSA", Instant.now().plus(VALID), hosts);
  }

  /// A server's certificate that is valid until then.
  public X509Bundle server(Instant until, String... hosts) throws Exception {
    return issue("EC", until, hosts);
  }

  private X509Bundle issue(String algorithm, Instant until, String... hosts) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(algorithm.equals("RSA") ? 2048 : 256);
    KeyPair keys = generator.generateKeyPair();
    var names = Arrays.stream(hosts).map(Authority::alternative);
    var builder =
        new JcaX509v3CertificateBuilder(
            root.getCertificate(),
            new BigInteger(64, new SecureRandom()),
            Date.from(Instant.now().minus(VALID)),
            Date.from(until),
            new X500Principal("CN=" + hosts[0]),
            keys.getPublic());
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(names.toArray(GeneralName[]::new)));
    X509Certificate certificate =
        new JcaX509CertificateConverter().getCertificate(builder.build(signer()));
    return X509Bundle.fromCertificatePath(
        new X509Certificate[] {certificate}, root.getCertificate(), keys);
  }

  private ContentSigner signer() throws Exception {
    return new JcaContentSignerBuilder("SHA256withECDSA").build(root.getKeyPair().getPrivate());
  }

  private static GeneralName alternative(String host) {
    if (host.contains("://")) {
      return new GeneralName(GeneralName.uniformResourceIdentifier, host);
    }
    boolean dns = Addresses.literal(host) == null;
    return new GeneralName(dns ? GeneralName.dNSName : GeneralName.iPAddress, host);
  }

  /// A server's certificate that was valid until yesterday.
  public X509Bundle expired(String... hosts) throws Exception {
    return server(Instant.now().minus(Duration.ofDays(1)), hosts);
  }

  /// A client's certificate.
  ///
  /// @param subject a distinguished name
  public X509Bundle client(String subject) throws Exception {
    return builder(subject, Instant.now().plus(VALID))
        .addExtendedKeyUsageClientAuth()
        .buildIssuedBy(root, "SHA256withECDSA");
  }

  /// The authority's own certificate as PEM.
  public String pem() {
    return root.getCertificatePEM();
  }

  /// A revocation list as PEM.
  public String crl(X509Bundle... revoked) throws Exception {
    var now = new Date();
    var builder =
        new X509v2CRLBuilder(
            X500Name.getInstance(root.getCertificate().getSubjectX500Principal().getEncoded()),
            now);
    builder.setNextUpdate(Date.from(Instant.now().plus(VALID)));
    for (X509Bundle one : revoked) {
      builder.addCRLEntry(one.getCertificate().getSerialNumber(), now, CRLReason.keyCompromise);
    }
    byte[] der =
        builder
            .build(
                new JcaContentSignerBuilder("SHA256withECDSA")
                    .build(root.getKeyPair().getPrivate()))
            .getEncoded();
    return "-----BEGIN X509 CRL-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END X509 CRL-----\n";
  }

  /// What a server needs.
  ///
  /// @param clients whose certificates are accepted when clients are asked for theirs
  public static SSLContext serving(X509Bundle own, Authority... clients) throws Exception {
    KeyStore trusted = empty();
    for (Authority each : clients) {
      trusted.setCertificateEntry(String.valueOf(trusted.size()), each.root.getCertificate());
    }
    return context(trusted, own);
  }

  /// What a client of this authority's servers needs.
  ///
  /// @param own its own certificate; none when absent
  public SSLContext trusting(X509Bundle... own) throws Exception {
    KeyStore trusted = empty();
    trusted.setCertificateEntry("root", root.getCertificate());
    return context(trusted, own);
  }

  private static SSLContext context(KeyStore trusted, X509Bundle... own) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyStore keys = empty();
    for (X509Bundle bundle : own) {
      PrivateKey key = bundle.getKeyPair().getPrivate();
      keys.setKeyEntry("own", key, NO_PASSWORD, new X509Certificate[] {bundle.getCertificate()});
    }
    KeyManagerFactory mine = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    mine.init(keys, NO_PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(mine.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  /// Writes the certificate and its key into one file, atomically.
  public static Path write(Path file, X509Bundle bundle) throws Exception {
    Path young = file.resolveSibling(file.getFileName() + ".young");
    Files.writeString(young, bundle.getCertificatePathPEM() + "\n" + bundle.getPrivateKeyPEM());
    return Files.move(
        young, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static KeyStore empty() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
