package dev.weir.config.pem;

import java.io.ByteArrayOutputStream;
import java.security.PublicKey;
import java.util.Arrays;

/// As much of DER as it takes to wrap a key of an older form into PKCS #8 (RFC 5208), which is all
/// that the JDK reads. What kind of key it is says the certificate that it belongs to.
final class Der {
  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

  private Der() {}

  /// PKCS #8 of a `RSA PRIVATE KEY` (PKCS #1) or `EC PRIVATE KEY` (RFC 5915).
  static byte[] privateKey(PublicKey certified, byte[] older) throws InvalidPemException {
    byte[] algorithm = algorithm(certified.getEncoded());
    var body = new ByteArrayOutputStream();
    body.writeBytes(VERSION_0);
    body.writeBytes(algorithm);
    body.writeBytes(wrapped(OCTET_STRING, older));
    return wrapped(SEQUENCE, body.toByteArray());
  }

  /// The first element of a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), whole.
  private static byte[] algorithm(byte[] info) throws InvalidPemException {
    int outer = content(info, 0);
    int inner = content(info, outer);
    int end = inner + length(info, outer);
    if (end > info.length) {
      throw new InvalidPemException("the certificate's key cannot be read");
    }
    return Arrays.copyOfRange(info, outer, end);
  }

  private static int content(byte[] der, int at) throws InvalidPemException {
    if (at + 2 > der.length || (der[at] & 0xff) != SEQUENCE) {
      throw new InvalidPemException("the certificate's key cannot be read");
    }
    int first = der[at + 1] & 0xff;
    return first < 0x80 ? at + 2 : at + 2 + (first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = length << 8 | der[at + 2 + i] & 0xff;
    }
    return length;
  }

  private static byte[] wrapped(int tag, byte[] content) {
    var out = new ByteArrayOutputStream(content.length + 6);
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else if (content.length < 0x100) {
      out.write(0x81);
      out.write(content.length);
    } else {
      out.write(0x82);
      out.write(content.length >> 8);
      out.write(content.length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }
}
