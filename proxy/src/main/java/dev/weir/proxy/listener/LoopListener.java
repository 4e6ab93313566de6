package dev.weir.proxy.listener;

import dev.weir.proxy.net.Loop;

/// One bind on one loop: where connections find the plan that is in force. Thread: the loop.
public interface LoopListener {

  /// The loop.
  Loop loop();

  /// The plan in force now; to be read again for each request.
  ListenerPlan plan();

  /// Whether the listener or the process is draining: responses then say `Connection: close`.
  boolean draining();

  /// Open connections of this listener in the whole process, for logs.
  int connections();

  /// Open connections of the whole process, for logs.
  int processConnections();

  /// Counts a connection of a client, when there is a limit of them, until its channel is closed.
  ///
  /// @return false when the client has too many
  boolean admit(Arrival arrival);

  /// A connection goes on as another one, which from now on is drained, closed, and calls
  /// [#closed].
  void replace(LiveConnection before, LiveConnection now);

  /// Must be called exactly once by each connection that [ListenerPlan#accept] returned, when its
  /// channel is closed.
  void closed(LiveConnection connection);
}
