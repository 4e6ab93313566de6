package dev.weir.proxy.corpus;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One entry of the corpus.
///
/// @param group the class of attacks or of usual traffic that it belongs to
/// @param name unique in its group
/// @param why what a reader could get wrong here
/// @param send the bytes as ISO-8859-1: of a client, or of an origin that answers `request`
/// @param request for responses: the request that is answered
/// @param status of the refusal; 0 when the message is accepted
/// @param reason of the refusal as metrics have it; null when none is counted
/// @param messages requests: what reaches the origin; responses: what reaches the client, without
///   our own reply
/// @param closes whether the sender closes behind these bytes (half-closes, for a client)
/// @param last whether the proxy serves nothing else on that connection
/// @param cut whether the client sees a response that ends in the middle
/// @param haproxy why HAProxy decides otherwise; null when it does not
/// @param strangers which other parsers refuse what reaches the origin, and why; null for none
public record Case(
    String group,
    String name,
    String why,
    String send,
    String request,
    int status,
    @Nullable String reason,
    List<Message> messages,
    boolean closes,
    boolean last,
    boolean cut,
    @Nullable String haproxy,
    @Nullable String strangers) {

  /// Whether the message or what follows it is refused.
  public boolean refused() {
    return status != 0;
  }

  @Override
  public String toString() {
    return group + " / " + name;
  }
}
