package dev.weir.controller.stream;

import dev.weir.config.stream.ProxyGroup;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// The controller's own certificate authority (EC P-256): proxies trust its certificate and nothing
/// else, and each controller process gets a server certificate from it. Immutable.
public final class ControllerCa {
  private static final Duration CA_LIFETIME = Duration.ofDays(3650);
  private static final Duration SERVER_LIFETIME = Duration.ofDays(90);
  private static final Duration PROXY_LIFETIME = Duration.ofDays(365);
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);
  private static final Pattern IP =
      Pattern.compile("[0-9]+(\\.[0-9]+){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final String ALGORITHM = "SHA256withECDSA";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final X509Certificate certificate;
  private final PrivateKey key;
  private final List<X509Certificate> trusted;

  private ControllerCa(X509Certificate certificate, PrivateKey key, List<X509Certificate> trusted) {
    this.certificate = certificate;
    this.key = key;
    this.trusted = List.copyOf(trusted);
  }

  /// A server certificate with its key, and when to ask for the next.
  public record ServerCertificate(PrivateKey key, X509Certificate certificate, Instant renewAfter) {
    @Override
    public String toString() {
      return "server certificate " + certificate.getSerialNumber().toString(16);
    }
  }

  /// The stored CA, or a new one that is stored then.
  ///
  /// @throws IOException when the store fails
  static CaStore.Material loadOrCreate(CaStore store, InstantSource clock) throws IOException {
    CaStore.Material stored = store.load();
    return stored == null ? store.createIfAbsent(create(clock.instant())) : stored;
  }

  /// The stored CA, or a new one that is stored then.
  ///
  /// @throws IOException when the store fails, or what it has is not a CA that is valid now
  public static ControllerCa of(CaStore store, InstantSource clock) throws IOException {
    return read(loadOrCreate(store, clock), clock.instant());
  }

  /// What comes of the material by one step of a rotation. The first announces a new CA, which does
  /// not sign yet; the second has it sign; the third has the old one forgotten. Between two of them
  /// everybody has to have heard of the last.
  ///
  /// @throws IOException when the material is not a CA that is valid now
  public static CaStore.Material rotated(CaStore.Material stored, Instant now) throws IOException {
    ControllerCa ca = read(stored, now);
    String next = stored.next();
    if (next != null) {
      return new CaStore.Material(stored.certificates(), next, null);
    }
    if (ca.trusted.size() > 1) {
      return new CaStore.Material(pem(List.of(ca.certificate)), stored.key(), null);
    }
    CaStore.Material made = create(now);
    return new CaStore.Material(
        pem(List.of(ca.certificate)) + made.certificates(), stored.key(), made.key());
  }

  /// The certificates to trust as PEM: what proxies get as their `--ca-file`.
  public String certificatePem() {
    return pem(trusted);
  }

  private static String pem(List<X509Certificate> certificates) {
    try {
      StringBuilder all = new StringBuilder();
      for (X509Certificate each : certificates) {
        all.append(pem("CERTIFICATE", each.getEncoded()));
      }
      return all.toString();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was read can be written", e);
    }
  }

  /// Whose certificates peers may show: its own, and during a rotation the other one's.
  List<X509Certificate> trusted() {
    return trusted;
  }

  /// A new key and a certificate of a controller for it, valid for 90 days, to be renewed after 60.
  /// It is good for both ends of a connection between replicas.
  ///
  /// @param names DNS names and IP literals that clients dial
  public ServerCertificate issue(Set<String> names, Instant now) {
    return issue(
        "CN=weir-controller",
        alternativeNames(names),
        new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth},
        now,
        SERVER_LIFETIME);
  }

  /// A new key and a certificate for it with which proxies outside of Kubernetes prove that they
  /// may have the config of a group, valid for a year: both as PEM, the certificate first.
  public String issueProxy(ProxyGroup group, Instant now) {
    var uri = new GeneralName(GeneralName.uniformResourceIdentifier, PeerIdentity.uri(group));
    ServerCertificate issued =
        issue(
            "CN=weir-proxy",
            new GeneralNames(uri),
            new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth},
            now,
            PROXY_LIFETIME);
    try {
      return pem("CERTIFICATE", issued.certificate().getEncoded())
          + pem("PRIVATE KEY", issued.key().getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was issued can be written", e);
    }
  }

  private ServerCertificate issue(
      String subject, GeneralNames names, KeyPurposeId[] purposes, Instant now, Duration lifetime) {
    try {
      KeyPair pair = newKey();
      Instant end = now.plus(lifetime);
      if (end.isAfter(certificate.getNotAfter().toInstant())) {
        end = certificate.getNotAfter().toInstant();
      }
      var builder =
          builder(
              new X500Name(certificate.getSubjectX500Principal().getName()),
              new X500Name(subject),
              now,
              end,
              pair.getPublic());
      var utils = new JcaX509ExtensionUtils();
      add(builder, Extension.basicConstraints, true, new BasicConstraints(false));
      add(builder, Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      add(builder, Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
      add(
          builder,
          Extension.authorityKeyIdentifier,
          false,
          utils.createAuthorityKeyIdentifier(certificate));
      add(builder, Extension.subjectAlternativeName, false, names);
      return new ServerCertificate(
          pair.getPrivate(),
          sign(builder, key),
          now.plus(Duration.between(now, end).multipliedBy(2).dividedBy(3)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot issue a certificate", e);
    }
  }

  private static CaStore.Material create(Instant now) {
    try {
      KeyPair pair = newKey();
      var name = new X500Name("CN=weir-ca-" + new BigInteger(32, RANDOM).toString(16));
      var builder = builder(name, name, now, now.plus(CA_LIFETIME), pair.getPublic());
      var utils = new JcaX509ExtensionUtils();
      add(builder, Extension.basicConstraints, true, new BasicConstraints(0));
      add(builder, Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      add(
          builder,
          Extension.subjectKeyIdentifier,
          false,
          utils.createSubjectKeyIdentifier(pair.getPublic()));
      return new CaStore.Material(
          pem("CERTIFICATE", sign(builder, pair.getPrivate()).getEncoded()),
          pem("PRIVATE KEY", pair.getPrivate().getEncoded()),
          null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot create a CA", e);
    }
  }

  /// The CA that the material is.
  ///
  /// @throws IOException when it is none that is valid now
  public static ControllerCa read(CaStore.Material stored, Instant now) throws IOException {
    try {
      byte[] pem = stored.certificates().getBytes(StandardCharsets.US_ASCII);
      PrivateKey key =
          KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der(stored.key())));
      X509Certificate own = null;
      List<X509Certificate> trusted = new ArrayList<>();
      for (var read :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))) {
        var certificate = (X509Certificate) read;
        trusted.add(certificate);
        if (isPair(certificate.getPublicKey(), key)) {
          own = certificate;
        }
      }
      if (own == null) {
        throw new GeneralSecurityException("no certificate belongs to the key");
      }
      own.checkValidity(Date.from(now));
      return new ControllerCa(own, key, trusted);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          "the stored CA is not a valid EC certificate with its key"
              + " (delete it to have another one made, then restart proxies): "
              + e.getMessage(),
          e);
    }
  }

  private static boolean isPair(PublicKey publicKey, PrivateKey privateKey)
      throws GeneralSecurityException {
    byte[] probe = {1, 2, 3};
    Signature signer = Signature.getInstance(ALGORITHM);
    signer.initSign(privateKey);
    signer.update(probe);
    byte[] signature = signer.sign();
    signer.initVerify(publicKey);
    signer.update(probe);
    return signer.verify(signature);
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, Instant now, Instant end, PublicKey publicKey) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(127, RANDOM),
        Date.from(now.minus(CLOCK_SKEW)),
        Date.from(end),
        subject,
        publicKey);
  }

  private static void add(
      X509v3CertificateBuilder builder,
      ASN1ObjectIdentifier oid,
      boolean critical,
      ASN1Encodable value) {
    try {
      builder.addExtension(oid, critical, value);
    } catch (CertIOException e) {
      throw new IllegalStateException("an extension that cannot be encoded: " + oid, e);
    }
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder(ALGORITHM).build(key)));
    } catch (OperatorCreationException e) {
      throw new GeneralSecurityException(e);
    }
  }

  private static GeneralNames alternativeNames(Set<String> hosts) {
    var all = new TreeSet<>(hosts);
    all.addAll(Set.of("localhost", "127.0.0.1", "::1"));
    List<GeneralName> names = new ArrayList<>();
    for (String name : all) {
      int kind = IP.matcher(name).matches() ? GeneralName.iPAddress : GeneralName.dNSName;
      names.add(new GeneralName(kind, name));
    }
    names.add(new GeneralName(GeneralName.uniformResourceIdentifier, PeerIdentity.CONTROLLER));
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }

  private static KeyPair newKey() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
    return generator.generateKeyPair();
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }

  private static byte[] der(String pem) {
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
  }
}
