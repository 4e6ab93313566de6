package dev.weir.config.pem;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The blocks of a PEM text. Text between them means nothing.
final class Pem {
  private static final int MAX_BLOCKS = 10_000;
  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----");

  private Pem() {}

  /// One block.
  ///
  /// @param label such as `CERTIFICATE`
  record Block(String label, byte[] der) {
    /// Without the bytes.
    @Override
    public String toString() {
      return label;
    }
  }

  /// All blocks in their order.
  static List<Block> blocks(String text) throws InvalidPemException {
    var blocks = new ArrayList<Block>();
    Matcher begin = BEGIN.matcher(text);
    int from = 0;
    while (begin.find(from)) {
      String label = begin.group(1);
      String end = "-----END " + label + "-----";
      int until = text.indexOf(end, begin.end());
      if (until < 0) {
        throw new InvalidPemException("a block " + label + " has no end");
      }
      if (blocks.size() == MAX_BLOCKS) {
        throw new InvalidPemException("there are more than " + MAX_BLOCKS + " blocks");
      }
      blocks.add(new Block(label, decode(label, text.substring(begin.end(), until))));
      from = until + end.length();
    }
    return blocks;
  }

  private static byte[] decode(String label, String body) throws InvalidPemException {
    if (body.contains("ENCRYPTED")) {
      throw new InvalidPemException(label + " is encrypted; give it without a passphrase");
    }
    try {
      return Base64.getMimeDecoder().decode(body.strip());
    } catch (IllegalArgumentException e) {
      throw new InvalidPemException("a block " + label + " is not base64");
    }
  }
}
