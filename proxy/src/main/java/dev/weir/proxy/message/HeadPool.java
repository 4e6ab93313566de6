package dev.weir.proxy.message;

import java.util.ArrayDeque;

/// Heads that wait to be used again, so that an idle connection holds none. Thread: one event loop.
public final class HeadPool {
  private static final int KEPT = 256;

  private final ArrayDeque<RequestHead> requests = new ArrayDeque<>();
  private final ArrayDeque<ResponseHead> responses = new ArrayDeque<>();

  /// An empty request head.
  public RequestHead request() {
    RequestHead head = requests.pollFirst();
    return head != null ? head : new RequestHead();
  }

  /// An empty response head.
  public ResponseHead response() {
    ResponseHead head = responses.pollFirst();
    return head != null ? head : new ResponseHead();
  }

  /// Takes a head back; nobody may use it any more.
  public void release(RequestHead head) {
    head.clear();
    if (requests.size() < KEPT) {
      requests.addFirst(head);
    }
  }

  /// Takes a head back; nobody may use it any more.
  public void release(ResponseHead head) {
    head.clear();
    if (responses.size() < KEPT) {
      responses.addFirst(head);
    }
  }
}
