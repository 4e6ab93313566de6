package dev.weir.proxy.listener;

import dev.weir.proxy.net.TlsFacts;
import org.jspecify.annotations.Nullable;

/// Something that every connection of a listener passes before its protocol speaks, such as a TLS
/// handshake. Stages of a plan come one after the other, within one deadline for all of them.
/// Immutable, shared by all loops.
///
/// A stage puts its handlers into the pipeline with [Passage#add], reads, and in the end calls
/// [Passage#pass]. What it read and does not need it then fires on: who comes next is in the
/// pipeline behind it by that time. Whatever fails is counted by the stage, and the channel closed.
/// Thread: the connection's loop.
public interface Stage {

  /// Takes a connection that does not read.
  ///
  /// @return who is told when the connection gets no further
  Attempt begin(Arrival arrival, Passage passage);

  /// Whether a connection that passed another listener's stage, or an earlier one of this listener,
  /// may carry what is for this listener.
  ///
  /// @param tls null without TLS
  default boolean admits(@Nullable TlsFacts tls) {
    return true;
  }

  /// A connection in a stage.
  interface Attempt {

    /// The deadline is over: says so to the client where that is possible, counts, and closes the
    /// channel.
    void expired();

    /// The channel was closed, by anyone: counts it unless that was done already.
    void closed();
  }
}
