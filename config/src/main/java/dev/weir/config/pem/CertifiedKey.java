package dev.weir.config.pem;

import dev.weir.config.CertificateConfig;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// A certificate with its private key, which belong together. Immutable.
public final class CertifiedKey {
  private static final int DNS_NAME = 2;
  private static final Pattern HOST =
      Pattern.compile("([*]\\.)?[a-z0-9_]([-a-z0-9_]*)(\\.[a-z0-9_]([-a-z0-9_]*))*");

  private final List<X509Certificate> chain;
  private final PrivateKey key;

  private CertifiedKey(List<X509Certificate> chain, PrivateKey key) {
    this.chain = List.copyOf(chain);
    this.key = key;
  }

  /// Reads and checks both.
  ///
  /// @throws InvalidPemException when there is no certificate, not exactly one key, something
  ///   unreadable, or when the key is not the certificate's
  public static CertifiedKey read(String chain, String privateKey) throws InvalidPemException {
    List<X509Certificate> certificates = Certificates.read(chain);
    PublicKey certified = certificates.getFirst().getPublicKey();
    PrivateKey key = key(privateKey, certified);
    if (!belongs(key, certified)) {
      throw new InvalidPemException(
          "the private key is not the one of the certificate for "
              + names(certificates.getFirst()));
    }
    return new CertifiedKey(certificates, key);
  }

  /// As [#read(String, String)].
  public static CertifiedKey read(CertificateConfig config) throws InvalidPemException {
    return read(config.chain(), config.privateKey());
  }

  /// The certificate, then those that lead to its issuer.
  public List<X509Certificate> chain() {
    return chain;
  }

  /// The certificate.
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  /// The private key.
  public PrivateKey key() {
    return key;
  }

  /// `RSA`, `EC` or `EdDSA`.
  public String algorithm() {
    return certificate().getPublicKey().getAlgorithm();
  }

  /// When it stops being valid.
  public Instant expiry() {
    return certificate().getNotAfter().toInstant();
  }

  /// The hosts that it is for, in lower case, perhaps with `*.` in front: its DNS names, or without
  /// any the common name of its subject.
  public List<String> hosts() {
    return names(certificate());
  }

  /// Without the key.
  @Override
  public String toString() {
    return "CertifiedKey" + hosts();
  }

  private static List<String> names(X509Certificate certificate) {
    var names = new ArrayList<String>();
    Collection<List<?>> alternatives = null;
    try {
      alternatives = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      // Then it has none that anybody could use.
    }
    if (alternatives != null) {
      for (List<?> name : alternatives) {
        if (name.get(0) instanceof Integer kind
            && kind == DNS_NAME
            && name.get(1) instanceof String text) {
          add(text, names);
        }
      }
    }
    String common = names.isEmpty() ? CommonName.of(certificate) : null;
    if (common != null) {
      add(common, names);
    }
    return List.copyOf(names);
  }

  private static void add(String name, List<String> names) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (HOST.matcher(lower).matches() && !names.contains(lower)) {
      names.add(lower);
    }
  }

  private static PrivateKey key(String text, PublicKey certified) throws InvalidPemException {
    PrivateKey found = null;
    for (var block : Pem.blocks(text)) {
      byte[] encoded =
          switch (block.label()) {
            case "PRIVATE KEY" -> block.der();
            case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> Der.privateKey(certified, block.der());
            case "ENCRYPTED PRIVATE KEY" ->
                throw new InvalidPemException(
                    "the private key is encrypted; give it without a passphrase");
            default -> null;
          };
      if (encoded != null) {
        if (found != null) {
          throw new InvalidPemException("there is more than one private key");
        }
        found = key(encoded, certified);
      }
    }
    if (found == null) {
      throw new InvalidPemException("there is no private key");
    }
    return found;
  }

  private static PrivateKey key(byte[] encoded, PublicKey certified) throws InvalidPemException {
    try {
      return KeyFactory.getInstance(certified.getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (GeneralSecurityException e) {
      throw new InvalidPemException(
          "the private key cannot be read as one of the certificate's kind, "
              + certified.getAlgorithm());
    }
  }

  private static boolean belongs(PrivateKey key, PublicKey certified) throws InvalidPemException {
    if (key instanceof RSAPrivateCrtKey mine && certified instanceof RSAPublicKey theirs) {
      return mine.getModulus().equals(theirs.getModulus())
          && mine.getPublicExponent().equals(theirs.getPublicExponent());
    }
    String algorithm =
        switch (certified.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "EdDSA", "Ed25519" -> "EdDSA";
          default ->
              throw new InvalidPemException(
                  "keys of kind " + certified.getAlgorithm() + " are not supported; use RSA or EC");
        };
    byte[] sample = {1, 2, 3, 4};
    try {
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(sample);
      byte[] signature = signing.sign();
      signing.initVerify(certified);
      signing.update(sample);
      return signing.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
