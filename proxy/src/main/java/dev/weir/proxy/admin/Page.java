package dev.weir.proxy.admin;

/// What a path answers. Thread: the control loop.
@FunctionalInterface
public interface Page {

  /// The answer now.
  Reply get();

  /// One answer.
  ///
  /// @param type the value of Content-Type
  record Reply(int status, String type, String body) {
    static Reply text(int status, String body) {
      return new Reply(status, "text/plain; charset=utf-8", body + "\n");
    }
  }
}
