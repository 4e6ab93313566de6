package dev.weir.proxy.proxyprotocol;

/// What became of the first bytes of a connection.
public sealed interface Parsed {

  /// So far it is a header, and more must come.
  record Incomplete() implements Parsed {
    static final Incomplete INSTANCE = new Incomplete();
  }

  /// A whole header.
  ///
  /// @param length its bytes; what comes behind is the connection's
  record Complete(ProxyHeader header, int length) implements Parsed {}

  /// No header, or one that must not be believed: the connection is to be closed.
  record Refused(Reason reason) implements Parsed {}

  /// Why a header is refused: a closed set, for logs.
  enum Reason {
    SIGNATURE("signature", "the connection does not start with a PROXY header"),
    LINE("line", "the line of version 1 is not as it must be"),
    LINE_LENGTH("line_length", "the line of version 1 is longer than 107 bytes"),
    ADDRESS("address", "an address or a port is not valid"),
    COMMAND("command", "the command of version 2 is neither LOCAL nor PROXY"),
    FAMILY("family", "the address family of version 2 is not one of a stream"),
    LENGTH("length", "the header of version 2 is too long, or too short for its addresses"),
    FIELD("field", "a field of version 2 is malformed, too long or there twice"),
    CHECKSUM("checksum", "the checksum of version 2 is wrong");

    private final String label;
    private final String text;

    Reason(String label, String text) {
      this.label = label;
      this.text = text;
    }

    /// One word for logs.
    public String label() {
      return label;
    }

    /// One sentence for a person, without a full stop.
    public String text() {
      return text;
    }
  }
}
